package io.ingest4j.api;

/**
 * What goes first, highest first.
 *
 * @since 0.1
 */
public enum Priority {
    /** Before all else. */
    HIGH,
    /** After HIGH. */
    MEDIUM,
    /** When nothing else waits. */
    LOW
}
