package io.ingest4j.api;

import java.util.Objects;

/**
 * A submission was not taken, and nothing of it was kept.
 *
 * @since 0.1
 */
public class SubmissionRefusedException extends IngestException {

    private static final long serialVersionUID = 1;

    /** Why a submission is refused. */
    public enum Reason {
        /** The queue holds as many items as it may; later there may be room. */
        QUEUE_FULL,
        /** Its idempotency key was used for other content within the window. */
        KEY_REUSED
    }

    private final Reason reason;

    /**
     * Makes an exception.
     *
     * @param reason what it was refused for
     * @param message the rule and the value
     */
    public SubmissionRefusedException(Reason reason, String message) {
        super(message, null);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /**
     * Says that there is no room.
     *
     * @param most how many items may wait
     * @param queued how many do
     * @param more how many were given
     * @return the exception
     */
    public static SubmissionRefusedException queueFull(long most, long queued, int more) {
        return new SubmissionRefusedException(
                Reason.QUEUE_FULL,
                "the queue must hold at most %,d items, holds %,d and was given %,d more"
                        .formatted(most, queued, more));
    }

    /**
     * Says that the key was used for other content.
     *
     * @param key the idempotency key
     * @return the exception
     */
    public static SubmissionRefusedException keyReused(String key) {
        return new SubmissionRefusedException(
                Reason.KEY_REUSED,
                "idempotencyKey must be used for one content only, was used for another: '"
                        + key
                        + "'");
    }

    /**
     * Returns why.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
