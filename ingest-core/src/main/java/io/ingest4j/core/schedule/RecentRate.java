package io.ingest4j.core.schedule;

import java.util.Arrays;

/** Counts what happened in the last minute, to the second. For one thread at a time. */
final class RecentRate {

    private static final int SECONDS = 60;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final long[] counts = new long[SECONDS];
    private long second;

    void count(long nowNanos) {
        advance(nowNanos);
        counts[(int) (second % SECONDS)]++;
    }

    double perSecond(long nowNanos) {
        advance(nowNanos);
        return Arrays.stream(counts).sum() / (double) SECONDS;
    }

    private void advance(long nowNanos) {
        long now = nowNanos / SECOND_NANOS;
        if (now - second >= SECONDS) {
            Arrays.fill(counts, 0);
            second = now;
        }
        while (second < now) {
            second++;
            counts[(int) (second % SECONDS)] = 0;
        }
    }
}
