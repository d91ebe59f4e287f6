package io.ingest4j.api;

/**
 * The source is no longer the version that a run, or the job that it continues, began with. Going on
 * would splice two versions.
 *
 * @since 0.1
 */
public class SourceChangedException extends IngestException {

    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param source the name of the source
     * @param expected the version that the run began with
     * @param found the version that is there now, or what is known of it
     */
    public SourceChangedException(String source, String expected, String found) {
        this(source + " must stay at version " + expected + " during a run, was " + found);
    }

    private SourceChangedException(String message) {
        super(message, null);
    }

    /**
     * Returns what a run fails with that finds another version than an earlier run of its job has read.
     *
     * @param source the name of the source
     * @param expected the version that the job began with, or what is known of it
     * @param found the version that is there now, or what is known of it
     * @return the exception, whose message names the way out
     */
    public static SourceChangedException betweenRuns(String source, String expected, String found) {
        return new SourceChangedException(
                source
                        + " must stay at version "
                        + expected
                        + " until the job is completed, was "
                        + found
                        + " when it was to go on; startOver() begins the job at the start of what is"
                        + " there now");
    }
}
