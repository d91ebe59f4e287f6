package io.ingest4j.api;

import org.jspecify.annotations.Nullable;

/**
 * What a store holds for a job is no checkpoint of that job: it is damaged, of another version or of
 * another job. Nothing mends that, so a job can only start over; a store that can't be reached throws a
 * plain {@link CheckpointException}.
 *
 * @since 0.1
 */
public class InvalidCheckpointException extends CheckpointException {

    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message what is wrong with it, with the store and the job
     * @param cause what led to it, or null
     */
    public InvalidCheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
