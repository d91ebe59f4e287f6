package io.ingest4j.http;

import java.io.IOException;
import java.time.Duration;

/** An attempt that failed in a way that is understood. Its message holds no secret. */
final class Setback extends IOException {

    private static final long serialVersionUID = 1;

    private final int status;
    private final boolean passing;
    private final Duration wait;

    private Setback(String message, int status, boolean passing, Duration wait) {
        super(message);
        this.status = status;
        this.passing = passing;
        this.wait = wait;
    }

    /** Another attempt would end the same way. */
    static Setback lasting(String message) {
        return new Setback(message, 0, false, Duration.ZERO);
    }

    static Setback passing(String message) {
        return new Setback(message, 0, true, Duration.ZERO);
    }

    /** The server answered with an error, and asked for a wait that may be zero. */
    static Setback status(int status, String message, Duration wait) {
        boolean passing =
                (status >= 500 && status != 501 && status != 505) || status == 408 || status == 429;
        return new Setback(message, status, passing, wait);
    }

    /** The status of the answer, or 0 if that is not what is wrong. */
    int status() {
        return status;
    }

    boolean isPassing() {
        return passing;
    }

    Duration waitAsked() {
        return wait;
    }
}
