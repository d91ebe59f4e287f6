package io.ingest4j.s3;

import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How long a request may take, and how often and how long it is tried again. */
record TryOptions(
        int maxAttempts,
        long giveUpAfterNanos,
        long firstBackoffNanos,
        long longestBackoffNanos,
        long timeoutNanos)
        implements Serializable {

    static final TryOptions DEFAULT =
            new TryOptions(
                    16,
                    TimeUnit.MINUTES.toNanos(2),
                    TimeUnit.MILLISECONDS.toNanos(100),
                    TimeUnit.SECONDS.toNanos(10),
                    TimeUnit.SECONDS.toNanos(30));

    TryOptions withMaxAttempts(int value) {
        require(value >= 1, "maxAttempts must be >= 1", value);
        return new TryOptions(
                value, giveUpAfterNanos, firstBackoffNanos, longestBackoffNanos, timeoutNanos);
    }

    TryOptions withGiveUpAfter(Duration value) {
        return new TryOptions(
                maxAttempts,
                positiveNanos("giveUpAfter", value),
                firstBackoffNanos,
                longestBackoffNanos,
                timeoutNanos);
    }

    TryOptions withBackoff(Duration first, Duration longest) {
        require(!first.isNegative(), "first backoff must be >= 0", first);
        require(
                longest.compareTo(first) >= 0,
                "longest backoff must be >= the first, " + first,
                longest);
        return new TryOptions(
                maxAttempts, giveUpAfterNanos, nanos(first), nanos(longest), timeoutNanos);
    }

    TryOptions withTimeout(Duration value) {
        return new TryOptions(
                maxAttempts,
                giveUpAfterNanos,
                firstBackoffNanos,
                longestBackoffNanos,
                positiveNanos("timeout", value));
    }

    static long positiveNanos(String name, Duration value) {
        require(!value.isNegative() && !value.isZero(), name + " must be > 0", value);
        return nanos(value);
    }

    static void require(boolean holds, String rule, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", was " + value);
        }
    }

    /** Converts without overflowing. */
    private static long nanos(Duration value) {
        return TimeUnit.NANOSECONDS.convert(value);
    }
}
