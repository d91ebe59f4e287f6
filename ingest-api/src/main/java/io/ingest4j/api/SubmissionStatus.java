package io.ingest4j.api;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How far a submission is.
 *
 * @param id the submission's id
 * @param state all batches together
 * @param batches the batches in order
 * @param <T> the item type
 * @since 0.1
 */
public record SubmissionStatus<T>(String id, State state, List<Batch<T>> batches) {

    /** How far a submission or a batch is. */
    public enum State {
        /** Nothing of it was started. */
        YET_TO_START,
        /** Some of it was started. */
        TRIGGERED,
        /** All of it was processed. */
        COMPLETED,
        /** It ended, and some of it could not be processed. */
        FAILED,
        /** It was cancelled before it was started; of a submission, some of its batches. */
        CANCELLED;

        /**
         * Tells whether nothing more will happen.
         *
         * @return true for COMPLETED, FAILED and CANCELLED
         */
        public boolean isEnd() {
            return this == COMPLETED || this == FAILED || this == CANCELLED;
        }

        /**
         * Puts the states of all batches together: what is not at its end is YET_TO_START while every batch
         * is, else TRIGGERED; what is, is FAILED if any batch is, else CANCELLED if any is, else
         * COMPLETED.
         *
         * @param batches at least one
         * @return the submission's state
         */
        public static State of(Collection<State> batches) {
            if (batches.stream().allMatch(state -> state == YET_TO_START)) {
                return YET_TO_START;
            }
            if (!batches.stream().allMatch(State::isEnd)) {
                return TRIGGERED;
            }
            return batches.contains(FAILED)
                    ? FAILED
                    : batches.contains(CANCELLED) ? CANCELLED : COMPLETED;
        }
    }

    /**
     * Consecutive items of a submission, fixed when it was submitted.
     *
     * @param id the batch's id
     * @param items its items in order
     * @param state how far it is
     * @param failures for items that could not be processed, by index in {@code items}, the reason
     * @param <T> the item type
     */
    public record Batch<T>(String id, List<T> items, State state, Map<Integer, String> failures) {

        /** Copies the collections. */
        public Batch {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(state, "state");
            items = List.copyOf(items);
            failures = Map.copyOf(failures);
        }
    }

    /** Copies the list. */
    public SubmissionStatus {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(state, "state");
        batches = List.copyOf(batches);
    }
}
