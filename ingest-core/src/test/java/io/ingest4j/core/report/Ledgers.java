package io.ingest4j.core.report;

import io.ingest4j.api.Progress;
import java.time.Duration;
import java.util.Map;

/** Ledgers of a source of 100 bytes a record. */
final class Ledgers {

    static final double NO_CEILING = Double.POSITIVE_INFINITY;

    private Ledgers() {}

    static Progress of(double seconds, long done, long total, double ceiling) {
        return new Progress(
                done,
                done,
                0,
                0,
                done,
                0,
                0,
                100 * done,
                total < 0 ? -1 : 100 * total,
                0,
                Duration.ofNanos((long) (seconds * 1e9)),
                ceiling,
                Map.of());
    }
}
