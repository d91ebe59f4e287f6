package io.ingest4j.api;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * What waits in a {@link PriorityBatchScheduler}.
 *
 * @param depth the number of waiting items by priority
 * @param oldestWait how long the oldest waiting item waits; zero if none does
 * @param dispatchesPerSecond the rate over the last minute
 * @since 0.1
 */
public record QueueStatistics(
        Map<Priority, Long> depth, Duration oldestWait, double dispatchesPerSecond) {

    /** Copies the map. */
    public QueueStatistics {
        depth = Map.copyOf(depth);
        Objects.requireNonNull(oldestWait, "oldestWait");
    }
}
