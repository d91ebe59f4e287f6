package io.ingest4j.api;

import java.util.List;
import java.util.Objects;

/**
 * Items given to a {@link PriorityBatchScheduler} together.
 *
 * <pre>{@code
 * scheduler.submit(Submission.of(List.of(6, 7, 8), Priority.HIGH).withIdempotencyKey("order-4711"));
 * }</pre>
 *
 * @param items what to process, in order, at least one
 * @param priority how urgent they are
 * @param idempotencyKey a key that makes a repeated submission known as such; empty for none
 * @param tenant who submits, for fairness among tenants; empty when that doesn't matter
 * @param once whether the same content counts as the same submission, without a key: equal items in
 *     the same order, priority and tenant
 * @param <T> the item type
 * @since 0.1
 */
public record Submission<T>(
        List<T> items, Priority priority, String idempotencyKey, String tenant, boolean once) {

    /** The longest {@link #idempotencyKey} and {@link #tenant}, in characters. */
    public static final int MAX_NAME_LENGTH = 255;

    /**
     * Copies the items.
     *
     * @throws IllegalArgumentException if there are no items, a name is too long or holds a NUL, or both
     *     a key is given and {@code once} said
     */
    public Submission {
        items = List.copyOf(Objects.requireNonNull(items, "items"));
        Objects.requireNonNull(priority, "priority");
        requireName("idempotencyKey", idempotencyKey);
        requireName("tenant", tenant);
        if (items.isEmpty()) {
            throw new IllegalArgumentException("items must be at least one, was none");
        }
        if (once && !idempotencyKey.isEmpty()) {
            throw new IllegalArgumentException(
                    "idempotencyKey must be empty when the content is the key, was '"
                            + idempotencyKey
                            + "'");
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
        return new Submission<>(items, priority, "", "", false);
    }

    /**
     * Sets the key by which a repeated submission is known.
     *
     * @param key at most 255 characters; empty for none
     * @return a changed copy
     */
    public Submission<T> withIdempotencyKey(String key) {
        return new Submission<>(items, priority, key, tenant, once);
    }

    /**
     * Sets who submits.
     *
     * @param name at most 255 characters; empty when that doesn't matter
     * @return a changed copy
     */
    public Submission<T> withTenant(String name) {
        return new Submission<>(items, priority, idempotencyKey, name, once);
    }

    /**
     * Makes the content the key: an equal submission within the idempotency window is the same.
     *
     * @return a changed copy
     */
    public Submission<T> onlyOnce() {
        return new Submission<>(items, priority, idempotencyKey, tenant, true);
    }

    private static void requireName(String name, String value) {
        Objects.requireNonNull(value, name);
        if (value.length() > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException(
                    "%s must have at most %d characters, had %d"
                            .formatted(name, MAX_NAME_LENGTH, value.length()));
        }
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(name + " must hold no NUL");
        }
    }
}
