package io.ingest4j.api;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The ledger of a job at one moment, the runs included that this one continues: {@code read =
 * delivered + deadLettered + skipped + pending}.
 *
 * @param read records taken from the source, good or bad
 * @param delivered records that the sink accepted
 * @param deadLettered records that were given up and recorded as such
 * @param skipped records left out by a filter
 * @param attempts calls of the sink
 * @param retries those of them that repeated an earlier one, in whole or in part
 * @param inFlight attempts under way
 * @param readBytes how much of the source the records read so far take
 * @param totalBytes the size of the source, or -1 if that is not known
 * @param sentBytes how much the sink says that it sent
 * @param elapsed the time since the start, that of earlier runs added
 * @param ceiling the highest number of records per second that the limiter lets through;
 *     {@link Double#POSITIVE_INFINITY} if it doesn't limit
 * @param requests how many requests source, sinks and checkpoint store made in this run alone, by
 *     kind, see {@link RecordSource#requests()}; without those that count none
 * @since 0.1
 */
public record Progress(
        long read,
        long delivered,
        long deadLettered,
        long skipped,
        long attempts,
        long retries,
        int inFlight,
        long readBytes,
        long totalBytes,
        long sentBytes,
        Duration elapsed,
        double ceiling,
        Map<String, Long> requests) {

    /** Copies the requests, in the order of their kinds. */
    public Progress {
        requests = Collections.unmodifiableMap(new TreeMap<>(requests));
    }

    /**
     * Returns how many records are read and not yet done.
     *
     * @return at least 0
     */
    public long pending() {
        return read - done();
    }

    /**
     * Returns how many records are done, one way or the other.
     *
     * @return delivered, dead-lettered and skipped records together
     */
    public long done() {
        return delivered + deadLettered + skipped;
    }
}
