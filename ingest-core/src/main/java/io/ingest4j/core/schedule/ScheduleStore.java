package io.ingest4j.core.schedule;

import io.ingest4j.spi.Ticker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/**
 * Where a {@link PriorityScheduler} keeps its submissions. A description; what works is the {@link
 * ScheduleQueue}. {@link ScheduleStores} makes those that there are.
 *
 * @param <T> the item type
 * @since 0.1
 */
public interface ScheduleStore<T> {

    /**
     * Opens the store for one scheduler.
     *
     * @param rules what to keep to
     * @param ticker measures time
     * @param clock tells the time of day where the store has no clock of its own
     * @return the queue, that the caller closes
     * @throws io.ingest4j.api.IngestException if the store can't be used
     */
    ScheduleQueue<T> open(ScheduleRules rules, Ticker ticker, InstantSource clock);

    /**
     * Gives an item's bytes, for sinks that send records as they are and for dead letters.
     *
     * @param item an item
     * @return a read-only view; by default {@link String#valueOf} in UTF-8
     */
    default ByteBuffer bytes(T item) {
        return ByteBuffer.wrap(String.valueOf(item).getBytes(StandardCharsets.UTF_8))
                .asReadOnlyBuffer();
    }
}
