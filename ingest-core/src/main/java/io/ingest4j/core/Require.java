package io.ingest4j.core;

import java.time.Duration;

/** Checks of settings, with messages that give the name, the rule and the value. */
final class Require {

    private Require() {}

    static long atLeast(String name, long least, long value) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be >= " + least + ", was " + value);
        }
        return value;
    }

    static Duration positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be > 0, was " + value);
        }
        return value;
    }

    static Duration notNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must be >= 0, was " + value);
        }
        return value;
    }

    /** Nanoseconds, at most about 146 years, so that adding to a clock's reading stays right. */
    static long nanos(Duration value) {
        return value.toSeconds() >= Long.MAX_VALUE / 2_000_000_000L
                ? Long.MAX_VALUE / 2
                : value.toNanos();
    }
}
