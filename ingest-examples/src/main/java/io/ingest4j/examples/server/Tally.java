package io.ingest4j.examples.server;

import java.time.Duration;

/** Counts requests and records, one bit for each record that is to come. Safe for use by several threads. */
final class Tally {

    private final long expected;
    private final long[] received;
    private final SlidingWindow window;
    private long requests;
    private long rejected;
    private long records;
    private long unique;
    private long corrupted;

    Tally(long expected, long limit, Duration period) {
        this.expected = expected;
        received = new long[Math.toIntExact((expected >> 6) + 1)];
        window = new SlidingWindow(limit, period);
    }

    /** Counts a request; returns 0 if it is admitted, else after how many nanoseconds to come again. */
    synchronized long arrive(long arrivalNanos) {
        requests++;
        long wait = window.arrive(arrivalNanos);
        if (wait > 0) {
            rejected++;
        }
        return wait;
    }

    synchronized void add(CustomerCheck checked) {
        records += checked.good() + checked.corrupted();
        corrupted += checked.corrupted();
        long[] ids = checked.ids();
        for (int i = 0; i < checked.good(); i++) {
            int word = (int) (ids[i] >> 6);
            long bit = 1L << ids[i];
            if ((received[word] & bit) == 0) {
                received[word] |= bit;
                unique++;
            }
        }
    }

    synchronized Counts counts() {
        long duplicates = records - unique - corrupted;
        return new Counts(
                requests,
                rejected,
                records,
                unique,
                expected - unique,
                duplicates,
                corrupted,
                window.maxPerWindow());
    }
}
