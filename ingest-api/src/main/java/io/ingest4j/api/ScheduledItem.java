package io.ingest4j.api;

import java.util.Objects;

/**
 * One item of a submission on its way through a {@link PriorityBatchScheduler}.
 *
 * @param submission the submission's id
 * @param batch the id of its batch
 * @param index its place among the submission's items, from 0
 * @param item what is to be processed
 * @param priority the submission's priority, whatever it counts as by now
 * @param tenant who submitted it; may be empty
 * @param failedAttempts how often it failed so far
 * @param <T> the item type
 * @since 0.1
 */
public record ScheduledItem<T>(
        String submission,
        String batch,
        int index,
        T item,
        Priority priority,
        String tenant,
        int failedAttempts) {

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if a number is negative
     */
    public ScheduledItem {
        Objects.requireNonNull(submission, "submission");
        Objects.requireNonNull(batch, "batch");
        Objects.requireNonNull(item, "item");
        Objects.requireNonNull(priority, "priority");
        Objects.requireNonNull(tenant, "tenant");
        PrintableForm.requireNotNegative("index", index);
        PrintableForm.requireNotNegative("failedAttempts", failedAttempts);
    }

    /**
     * Returns the item's stable key: the same in every attempt, different for every item.
     *
     * @return the submission's id, a dash and the index
     */
    public String key() {
        return submission + '-' + index;
    }
}
