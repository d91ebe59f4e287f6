package io.ingest4j.s3;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** How long a request may take, and how often and how long it is tried again. */
record TryOptions(
        int maxAttempts,
        long giveUpAfterNanos,
        long firstBackoffNanos,
        long longestBackoffNanos,
        long timeoutNanos)
        implements Serializable {

    private static final long SLOW_BYTES_PER_SECOND = 256 << 10;

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
        Objects.requireNonNull(first, "first backoff must not be null");
        Objects.requireNonNull(longest, "longest backoff must not be null");
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

    /** The same, with the time that so many bytes take over a slow link, for each attempt. */
    TryOptions forBytes(long bytes) {
        long more = TimeUnit.MILLISECONDS.toNanos(bytes * 1_000 / SLOW_BYTES_PER_SECOND);
        return withTimeout(Duration.ofNanos(timeoutNanos).plusNanos(more))
                .withGiveUpAfter(Duration.ofNanos(giveUpAfterNanos).plusNanos(more));
    }

    static long positiveNanos(String name, Duration value) {
        Objects.requireNonNull(value, name + " must not be null");
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
