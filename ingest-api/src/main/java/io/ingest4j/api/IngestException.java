package io.ingest4j.api;

import org.jspecify.annotations.Nullable;

/**
 * Something went wrong that stops a run. Its message never holds a secret.
 *
 * @since 0.1
 */
public class IngestException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message what went wrong, where, and what can be done
     * @param cause what led to it, or null
     */
    public IngestException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
