package io.ingest4j.core.loop;

import java.time.Duration;
import java.util.Objects;

/** Checks of settings, with messages that give the name, the rule and the value. */
public final class Require {

    private Require() {}

    /**
     * Requires a number that is large enough.
     *
     * @param name the setting's name
     * @param least the least that it may be
     * @param value what it is
     * @return the value
     * @throws IllegalArgumentException if it is not
     */
    public static long atLeast(String name, long least, long value) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be >= " + least + ", was " + value);
        }
        return value;
    }

    /**
     * Requires a time of more than zero.
     *
     * @param name the setting's name
     * @param value what it is
     * @return the value
     * @throws IllegalArgumentException if it is not
     */
    public static Duration positive(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be > 0, was " + value);
        }
        return value;
    }

    /**
     * Requires a time that is not negative.
     *
     * @param name the setting's name
     * @param value what it is
     * @return the value
     * @throws IllegalArgumentException if it is not
     */
    public static Duration notNegative(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must be >= 0, was " + value);
        }
        return value;
    }

    /**
     * Gives a time in nanoseconds, at most about 146 years, so that adding to a clock's reading stays right,
     * and so does the sum of two.
     *
     * @param value not negative
     * @return nanoseconds
     */
    public static long nanos(Duration value) {
        return value.toSeconds() >= Long.MAX_VALUE / 2_000_000_000L
                ? Long.MAX_VALUE / 2
                : value.toNanos();
    }
}
