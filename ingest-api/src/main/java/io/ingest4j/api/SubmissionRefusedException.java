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
     * Returns why.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
