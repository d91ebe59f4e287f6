package io.ingest4j.api;

import java.util.Objects;

/**
 * Why a record was not delivered.
 *
 * @param action what the run does about it
 * @param kind a short name to count failures by, such as {@code HTTP 503}; the same for like
 *     failures, without secrets
 * @param detail what else is known, such as the beginning of the answer; without secrets, may be
 *     empty
 * @since 0.1
 */
public record WriteFailure(Action action, String kind, String detail) {

    /** What the run does about a failure. */
    public enum Action {
        /** Try again, as the retry policy allows. */
        RETRY,
        /** Trying again would not help: the record becomes a dead letter. */
        DEAD_LETTER,
        /** No record would succeed, as with refused credentials: the run fails. */
        ABORT
    }

    /** Checks that nothing is missing. */
    public WriteFailure {
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(detail, "detail");
    }

    @Override
    public String toString() {
        return detail.isEmpty() ? kind : kind + ": " + detail;
    }
}
