package io.ingest4j.spi;

/**
 * A clock that measures spans of time. Safe for use by several threads.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Ticker {

    /**
     * Returns the current reading, which may be any number and may overflow: only the difference of
     * two readings means something.
     *
     * @return nanoseconds since an arbitrary instant, never going back
     */
    long nanos();

    /**
     * Returns the clock of this JVM.
     *
     * @return {@link System#nanoTime()}
     */
    static Ticker system() {
        return System::nanoTime;
    }
}
