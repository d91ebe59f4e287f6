package io.ingest4j.examples.service;

import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the queue's statistics a few times a second at the most, however many want to know, and
 * whether there was an answer or not.
 */
final class QueueWatch {

    static final long MAX_AGE_NANOS = Duration.ofMillis(250).toNanos();

    private final PriorityBatchScheduler<?> scheduler;
    private final LongSupplier nanos;
    private @Nullable QueueStatistics last;
    private @Nullable RuntimeException failure;
    private long askedAt;

    QueueWatch(PriorityBatchScheduler<?> scheduler) {
        this(scheduler, System::nanoTime);
    }

    QueueWatch(PriorityBatchScheduler<?> scheduler, LongSupplier nanos) {
        this.scheduler = scheduler;
        this.nanos = nanos;
    }

    synchronized QueueStatistics statistics() {
        boolean isKnown = last != null || failure != null;
        if (!isKnown || nanos.getAsLong() - askedAt > MAX_AGE_NANOS) {
            ask();
        }
        QueueStatistics current = last;
        if (current != null) {
            return current;
        }
        throw failure != null ? failure : new IllegalStateException("not asked");
    }

    private void ask() {
        last = null;
        failure = null;
        try {
            last = scheduler.statistics();
        } catch (RuntimeException e) {
            failure = e;
        }
        askedAt = nanos.getAsLong();
    }
}
