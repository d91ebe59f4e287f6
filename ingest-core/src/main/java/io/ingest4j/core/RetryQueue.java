package io.ingest4j.core;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Requests that wait for their next attempt, by the time it is due. */
final class RetryQueue<S, T> {

    private record Entry<S, T>(Request<S, T> request, long dueNanos, long order) {}

    private final long origin;
    private final PriorityQueue<Entry<S, T>> entries;
    private long order;

    /** Clock readings mean something only as differences, so all are taken from {@code origin}. */
    RetryQueue(long origin) {
        this.origin = origin;
        entries =
                new PriorityQueue<>(
                        Comparator.comparingLong((Entry<S, T> entry) -> entry.dueNanos)
                                .thenComparingLong(entry -> entry.order));
    }

    void add(Request<S, T> request, long delayNanos, long now) {
        entries.add(new Entry<>(request, now - origin + delayNanos, order++));
    }

    /** Removes the first request that is due. */
    @Nullable Request<S, T> poll(long now) {
        return nanosToNext(now) > 0 ? null : entries.remove().request;
    }

    long nanosToNext(long now) {
        Entry<S, T> first = entries.peek();
        return first == null ? Long.MAX_VALUE : Math.max(0, first.dueNanos - (now - origin));
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }
}
