package io.ingest4j.api;

/**
 * How far a run is.
 *
 * @since 0.1
 */
public enum RunState {
    /** Records are read and written. */
    RUNNING,
    /** No more records are read; what is in flight finishes. */
    STOPPING,
    /** Ended: every record of the source is delivered, a dead letter or skipped. */
    COMPLETED,
    /** Ended early because the run itself saw no point in going on for now. */
    PAUSED,
    /** Ended early because it was asked to. */
    STOPPED,
    /** Ended early because of an error. */
    FAILED;

    /**
     * Tells whether nothing happens any more.
     *
     * @return false for {@link #RUNNING} and {@link #STOPPING}
     */
    public boolean isEnd() {
        return this != RUNNING && this != STOPPING;
    }
}
