package io.ingest4j.api;

import org.jspecify.annotations.Nullable;

/**
 * A checkpoint can't be read or written, or its job belongs to another run.
 *
 * @since 0.1
 */
public class CheckpointException extends IngestException {

    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message what went wrong, with the store and the job
     * @param cause what led to it, or null
     */
    public CheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
