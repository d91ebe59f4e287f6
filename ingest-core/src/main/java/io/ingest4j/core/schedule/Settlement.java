package io.ingest4j.core.schedule;

import io.ingest4j.api.ScheduledItem;
import java.time.Duration;
import java.util.Objects;

/**
 * What became of an item that was taken.
 *
 * @param item the item
 * @param outcome what became of it
 * @param reason why it failed; empty when it didn't
 * @param delay how long it waits before it is due again; zero unless it goes back
 * @param <T> the item type
 * @since 0.1
 */
public record Settlement<T>(ScheduledItem<T> item, Outcome outcome, String reason, Duration delay) {

    /** What became of it. */
    public enum Outcome {
        /** It was processed. */
        COMPLETED,
        /** It was given up. */
        FAILED,
        /** An attempt failed, which counts; it goes back. */
        RETRY,
        /** It goes back, and nothing counts. */
        RETURNED
    }

    /** Checks that nothing is missing. */
    public Settlement {
        Objects.requireNonNull(item, "item");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(delay, "delay");
    }

    /**
     * It was processed.
     *
     * @param item the item
     * @param <T> the item type
     * @return the settlement
     */
    public static <T> Settlement<T> completed(ScheduledItem<T> item) {
        return new Settlement<>(item, Outcome.COMPLETED, "", Duration.ZERO);
    }

    /**
     * It was given up.
     *
     * @param item the item
     * @param reason why
     * @param <T> the item type
     * @return the settlement
     */
    public static <T> Settlement<T> failed(ScheduledItem<T> item, String reason) {
        return new Settlement<>(item, Outcome.FAILED, reason, Duration.ZERO);
    }

    /**
     * An attempt failed, which counts; it goes back.
     *
     * @param item the item
     * @param reason why
     * @param delay how long it waits, not negative
     * @param <T> the item type
     * @return the settlement
     */
    public static <T> Settlement<T> retry(ScheduledItem<T> item, String reason, Duration delay) {
        return new Settlement<>(item, Outcome.RETRY, reason, delay);
    }

    /**
     * It goes back, and nothing counts.
     *
     * @param item the item
     * @param reason why
     * @param delay how long it waits, not negative
     * @param <T> the item type
     * @return the settlement
     */
    public static <T> Settlement<T> returned(ScheduledItem<T> item, String reason, Duration delay) {
        return new Settlement<>(item, Outcome.RETURNED, reason, delay);
    }
}
