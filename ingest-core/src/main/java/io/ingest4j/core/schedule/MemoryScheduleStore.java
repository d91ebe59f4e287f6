package io.ingest4j.core.schedule;

import io.ingest4j.spi.Ticker;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Keeps submissions in this JVM; see {@link ScheduleStores#memory}. */
final class MemoryScheduleStore<T> implements ScheduleStore<T> {

    private @Nullable MemoryQueue<T> opened;

    @Override
    public synchronized ScheduleQueue<T> open(
            ScheduleRules rules, Ticker ticker, InstantSource clock) {
        MemoryShelf<T> shelf =
                opened == null ? new MemoryShelf<>(ticker.nanos()) : opened.handOver();
        opened = new MemoryQueue<>(shelf, rules, ticker);
        return opened;
    }
}
