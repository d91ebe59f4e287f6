package io.ingest4j.api;

import java.util.List;
import java.util.Objects;

/**
 * Items given to a {@link PriorityBatchScheduler} together.
 *
 * @param items what to process, in order, at least one
 * @param priority how urgent they are
 * @param idempotencyKey a key that makes a repeated submission known as such; empty for none
 * @param tenant who submits, for fairness among tenants; empty when that doesn't matter
 * @param <T> the item type
 * @since 0.1
 */
public record Submission<T>(
        List<T> items, Priority priority, String idempotencyKey, String tenant) {

    /**
     * Copies the items.
     *
     * @throws IllegalArgumentException if there are no items
     */
    public Submission {
        items = List.copyOf(items);
        Objects.requireNonNull(priority, "priority");
        Objects.requireNonNull(idempotencyKey, "idempotencyKey");
        Objects.requireNonNull(tenant, "tenant");
        if (items.isEmpty()) {
            throw new IllegalArgumentException("items must be at least one, was none");
        }
    }

    /**
     * Makes a submission without idempotency key and tenant.
     *
     * @param items what to process, in order, at least one
     * @param priority how urgent they are
     * @param <T> the item type
     * @return the submission
     */
    public static <T> Submission<T> of(List<T> items, Priority priority) {
        return new Submission<>(items, priority, "", "");
    }
}
