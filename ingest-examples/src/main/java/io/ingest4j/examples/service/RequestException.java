package io.ingest4j.examples.service;

import java.util.OptionalLong;

/** A request can't be answered as its sender wished. */
final class RequestException extends Exception {

    private static final long serialVersionUID = 1;

    private final int status;
    private final long retryAfterSeconds;

    RequestException(int status, String detail) {
        this(status, detail, 0);
    }

    /** Asks to come again; 0 seconds for not asking. */
    RequestException(int status, String detail, long retryAfterSeconds) {
        super(detail);
        this.status = status;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    int status() {
        return status;
    }

    OptionalLong retryAfterSeconds() {
        return retryAfterSeconds > 0 ? OptionalLong.of(retryAfterSeconds) : OptionalLong.empty();
    }
}
