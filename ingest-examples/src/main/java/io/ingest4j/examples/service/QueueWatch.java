package io.ingest4j.examples.service;

import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Asks for the queue's statistics a few times a second at the most, however many want to know. */
final class QueueWatch {

    static final long MAX_AGE_NANOS = Duration.ofMillis(250).toNanos();

    private final PriorityBatchScheduler<?> scheduler;
    private @Nullable QueueStatistics last;
    private long askedAt;

    QueueWatch(PriorityBatchScheduler<?> scheduler) {
        this.scheduler = scheduler;
    }

    synchronized QueueStatistics statistics() {
        QueueStatistics current = last;
        if (current == null || System.nanoTime() - askedAt > MAX_AGE_NANOS) {
            last = null;
            current = scheduler.statistics();
            last = current;
            askedAt = System.nanoTime();
        }
        return current;
    }
}
