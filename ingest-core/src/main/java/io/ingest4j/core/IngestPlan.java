package io.ingest4j.core;

import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.core.loop.Require;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a run will take, as far as the source, a sample of its records and the limit tell.
 *
 * @param splits how many parts the source has
 * @param totalBytes the size of the source, or -1 if that is not known
 * @param estimatedRecords the number of records, from the mean size of a sample; -1 if the size of the
 *     source is not known
 * @param guarantee what the limiter promises
 * @param recordsPerSecond the highest rate that the limiter and {@code maxInFlight} let through at the
 *     latency; {@link Double#POSITIVE_INFINITY} if neither limits
 * @param neededInFlight how many requests must be under way to reach what the limiter lets through,
 *     rate times latency rounded up; 1 if it doesn't limit
 * @param shortest the least time that the run can take; zero if that is not known
 * @since 0.1
 */
public record IngestPlan(
        int splits,
        long totalBytes,
        long estimatedRecords,
        RateLimiter.Guarantee guarantee,
        double recordsPerSecond,
        long neededInFlight,
        Duration shortest) {

    private static final int SAMPLE_RECORDS = 1_000;

    static <S, T> IngestPlan of(Job<S, T> job, Duration latency) throws IOException {
        List<SourceSplit> splits = job.source().splits(job.readers());
        boolean unknown = splits.stream().anyMatch(split -> split.end() == SourceSplit.UNKNOWN);
        long bytes =
                unknown
                        ? -1
                        : splits.stream().mapToLong(split -> split.end() - split.start()).sum();
        long records = unknown ? -1 : estimateRecords(job, splits, bytes);

        double seconds = Require.nanos(latency) / 1e9;
        double permits = job.limiter().permitsPerSecond(latency);
        double requests = job.costPerRecord() ? permits / job.batchSize() : permits;
        double reachable = Math.min(requests, job.maxInFlight() / seconds) * job.batchSize();
        long needed =
                Double.isInfinite(requests) ? 1 : Math.max(1, (long) Math.ceil(requests * seconds));
        Duration shortest =
                records < 0
                        ? Duration.ZERO
                        : Duration.ofMillis((long) Math.ceil(records * 1e3 / reachable));
        return new IngestPlan(
                splits.size(),
                bytes,
                records,
                job.limiter().guarantee(),
                reachable,
                needed,
                shortest);
    }

    private static <S> long estimateRecords(Job<S, ?> job, List<SourceSplit> splits, long bytes)
            throws IOException {
        for (SourceSplit split : splits) {
            try (RecordReader<S> reader = job.source().open(split, split.startPosition())) {
                Optional<SourceBatch<S>> sample =
                        reader.read(SAMPLE_RECORDS, job.chunkBytes(job.readers()));
                if (sample.isPresent()) {
                    int count = sample.get().size() + sample.get().rejected().size();
                    long sampled = Math.max(1, reader.position().offset() - split.start());
                    boolean all = splits.size() == 1 && sampled == bytes;
                    return all ? count : Math.round((double) bytes * count / sampled);
                }
            }
        }
        return 0;
    }

    /** Returns the plan in a sentence or two for people. */
    @Override
    public String toString() {
        String size =
                estimatedRecords < 0 ? "an unknown number of" : "about " + number(estimatedRecords);
        String rate =
                Double.isInfinite(recordsPerSecond)
                        ? "no limit"
                        : "at most " + number(Math.round(recordsPerSecond)) + " records/s";
        String floor = shortest.isZero() ? "" : ", so at least " + shortest.toSeconds() + " s";
        return size
                + " records in "
                + splits
                + " split(s), "
                + rate
                + floor
                + "; reaching the limit ("
                + guarantee
                + ") takes "
                + neededInFlight
                + " request(s) in flight";
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
