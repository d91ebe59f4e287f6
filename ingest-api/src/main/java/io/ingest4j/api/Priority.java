package io.ingest4j.api;

/**
 * What goes first, highest first.
 *
 * @since 0.1
 */
public enum Priority {
    /** Before all else. */
    HIGH(0),
    /** After HIGH. */
    MEDIUM(1),
    /** When nothing else waits. */
    LOW(2);

    private final int rank;

    Priority(int rank) {
        this.rank = rank;
    }

    /**
     * Returns its place in the order, which never changes.
     *
     * @return 0 for the highest
     */
    public int rank() {
        return rank;
    }
}
