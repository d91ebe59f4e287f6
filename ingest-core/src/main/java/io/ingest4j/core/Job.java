package io.ingest4j.core;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestListener;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run loop is to do: all settings, checked.
 *
 * @param transform makes of a source's record what the sink gets; null where a filter left it out
 */
record Job<S, T>(
        String name,
        RecordSource<S> source,
        Transform transform,
        RecordSink<T> sink,
        @Nullable RecordSink<DeadLetter> deadLetters,
        int batchSize,
        RateLimiter limiter,
        boolean costPerRecord,
        int maxInFlight,
        int readers,
        long maxBufferedBytes,
        RetryPolicy retries,
        Duration attemptTimeout,
        Duration stopTimeout,
        Duration progressInterval,
        Resumption resumption,
        PauseRules pauseRules,
        List<IngestListener> listeners) {

    /** All mappers and filters in a row. */
    @FunctionalInterface
    interface Transform {
        @Nullable Object apply(Object record);
    }

    /** How many records to read at once: whole requests, and not one by one when they are small. */
    int chunkRecords() {
        return batchSize * Math.max(1, 1024 / batchSize);
    }

    /**
     * How much of the buffer one read may fill where so many splits are read at a time: each has its share
     * for a read and one ahead; the chunks in work and in reserve share what is left.
     */
    long chunkBytes(int concurrent) {
        return Math.max(1, maxBufferedBytes / Math.max(4, 2L * concurrent));
    }

    long cost(int records) {
        return costPerRecord ? records : 1;
    }
}
