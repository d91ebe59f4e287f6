package io.ingest4j.api;

/**
 * The source is no longer the version that a run began with. Going on would splice two versions.
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
        super(source + " must stay at version " + expected + " during a run, was " + found, null);
    }
}
