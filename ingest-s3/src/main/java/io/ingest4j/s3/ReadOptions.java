package io.ingest4j.s3;

import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How a source reads. */
record ReadOptions(
        int rangeBytes,
        int prefetch,
        int maxAttempts,
        long giveUpAfterNanos,
        long firstBackoffNanos,
        long longestBackoffNanos,
        long timeoutNanos,
        boolean pinVersionId)
        implements Serializable {

    static final ReadOptions DEFAULT =
            new ReadOptions(
                    8 << 20,
                    2,
                    16,
                    TimeUnit.MINUTES.toNanos(2),
                    TimeUnit.MILLISECONDS.toNanos(100),
                    TimeUnit.SECONDS.toNanos(10),
                    TimeUnit.SECONDS.toNanos(30),
                    false);

    private static final int MAX_RANGE_BYTES = 1 << 30;
    private static final int MAX_PREFETCH = 256;

    ReadOptions withRangeBytes(int value) {
        require(
                value >= 1 && value <= MAX_RANGE_BYTES,
                "rangeBytes must be from 1 to " + MAX_RANGE_BYTES,
                value);
        return new ReadOptions(
                value,
                prefetch,
                maxAttempts,
                giveUpAfterNanos,
                firstBackoffNanos,
                longestBackoffNanos,
                timeoutNanos,
                pinVersionId);
    }

    ReadOptions withPrefetch(int value) {
        require(
                value >= 0 && value <= MAX_PREFETCH,
                "prefetch must be from 0 to " + MAX_PREFETCH,
                value);
        return new ReadOptions(
                rangeBytes,
                value,
                maxAttempts,
                giveUpAfterNanos,
                firstBackoffNanos,
                longestBackoffNanos,
                timeoutNanos,
                pinVersionId);
    }

    ReadOptions withMaxAttempts(int value) {
        require(value >= 1, "maxAttempts must be >= 1", value);
        return new ReadOptions(
                rangeBytes,
                prefetch,
                value,
                giveUpAfterNanos,
                firstBackoffNanos,
                longestBackoffNanos,
                timeoutNanos,
                pinVersionId);
    }

    ReadOptions withGiveUpAfter(Duration value) {
        require(isPositive(value), "giveUpAfter must be > 0", value);
        return new ReadOptions(
                rangeBytes,
                prefetch,
                maxAttempts,
                nanos(value),
                firstBackoffNanos,
                longestBackoffNanos,
                timeoutNanos,
                pinVersionId);
    }

    ReadOptions withBackoff(Duration first, Duration longest) {
        require(!first.isNegative(), "first backoff must be >= 0", first);
        require(
                longest.compareTo(first) >= 0,
                "longest backoff must be >= the first, " + first,
                longest);
        return new ReadOptions(
                rangeBytes,
                prefetch,
                maxAttempts,
                giveUpAfterNanos,
                nanos(first),
                nanos(longest),
                timeoutNanos,
                pinVersionId);
    }

    ReadOptions withTimeout(Duration value) {
        require(isPositive(value), "timeout must be > 0", value);
        return new ReadOptions(
                rangeBytes,
                prefetch,
                maxAttempts,
                giveUpAfterNanos,
                firstBackoffNanos,
                longestBackoffNanos,
                nanos(value),
                pinVersionId);
    }

    ReadOptions withPinVersionId(boolean value) {
        return new ReadOptions(
                rangeBytes,
                prefetch,
                maxAttempts,
                giveUpAfterNanos,
                firstBackoffNanos,
                longestBackoffNanos,
                timeoutNanos,
                value);
    }

    private static boolean isPositive(Duration value) {
        return !value.isNegative() && !value.isZero();
    }

    private static void require(boolean holds, String rule, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", was " + value);
        }
    }

    /** Converts without overflowing. */
    private static long nanos(Duration value) {
        return TimeUnit.NANOSECONDS.convert(value);
    }
}
