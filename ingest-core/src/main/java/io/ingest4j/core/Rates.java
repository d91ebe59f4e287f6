package io.ingest4j.core;

import java.time.Duration;

/** Measures how fast records got done and how long attempts took. */
final class Rates {

    private static final long WINDOW_NANOS = 1_000_000_000L;

    private boolean begun;
    private long first;
    private long last;
    private long windowStart;
    private long doneAtWindowStart;
    private double peak;

    private long answers;
    private long latencySum;
    private long latencyMax;

    /** The sink gets its first records. */
    void begin(long delivered, long now) {
        if (!begun) {
            doneAtWindowStart = delivered;
            begun = true;
            first = now;
            last = now;
            windowStart = now;
        }
    }

    void attemptEnded(long startedAt, long now) {
        long took = now - startedAt;
        answers++;
        latencySum += took;
        latencyMax = Math.max(latencyMax, took);
        last = now;
    }

    void sample(long delivered, long now) {
        long width = now - windowStart;
        if (begun && width >= WINDOW_NANOS) {
            peak = Math.max(peak, (delivered - doneAtWindowStart) * 1e9 / width);
            windowStart = now;
            doneAtWindowStart = delivered;
        }
    }

    Duration meanLatency() {
        return Duration.ofNanos(answers == 0 ? 0 : latencySum / answers);
    }

    IngestReport.Rate figures(long delivered) {
        long span = last - first;
        double average = span <= 0 ? 0 : delivered * 1e9 / span;
        return new IngestReport.Rate(
                Duration.ofNanos(span),
                average,
                Math.max(peak, average),
                meanLatency(),
                Duration.ofNanos(latencyMax));
    }
}
