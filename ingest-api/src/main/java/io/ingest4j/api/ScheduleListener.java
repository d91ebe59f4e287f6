package io.ingest4j.api;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Watches a {@link PriorityBatchScheduler}. Called from the scheduler's own thread, so it must return
 * quickly; what it throws is logged and changes nothing.
 *
 * @param <T> the item type
 * @since 0.1
 */
public interface ScheduleListener<T> {

    /**
     * A dispatch begins: its items are about to be processed.
     *
     * @param time the time of day
     * @param items at least one, at most the batch size, in the order in which they begin
     */
    default void onDispatch(Instant time, List<ScheduledItem<T>> items) {}

    /**
     * An item was processed.
     *
     * @param item the item
     */
    default void onCompleted(ScheduledItem<T> item) {}

    /**
     * An item goes back to the queue: an attempt failed, or was not made since the lease had ended.
     *
     * @param item the item; its number of failed attempts is that before this one
     * @param failure why
     * @param delay how long it waits before it may be dispatched again
     */
    default void onRetry(ScheduledItem<T> item, WriteFailure failure, Duration delay) {}

    /**
     * An item was given up.
     *
     * @param item the item; its number of failed attempts is that before the last
     * @param failure why
     */
    default void onFailed(ScheduledItem<T> item, WriteFailure failure) {}

    /**
     * A submission ended in this process.
     *
     * @param submission its id
     * @param state COMPLETED, FAILED or CANCELLED
     */
    default void onEnd(String submission, SubmissionStatus.State state) {}

    /**
     * The scheduler has ended: nothing more happens.
     *
     * @param failure what ended it unasked; empty if it was closed
     */
    default void onClose(Optional<Throwable> failure) {}
}
