package io.ingest4j.api;

import org.jspecify.annotations.Nullable;

/**
 * Sending or fetching failed.
 *
 * @since 0.1
 */
public class TransferException extends IngestException {

    private static final long serialVersionUID = 1;

    private final boolean retryable;

    /**
     * Makes an exception.
     *
     * @param message what went wrong and where
     * @param retryable whether the same may succeed later
     * @param cause what led to it, or null
     */
    public TransferException(String message, boolean retryable, @Nullable Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    /**
     * Tells whether the same may succeed later.
     *
     * @return true if trying again makes sense
     */
    public boolean isRetryable() {
        return retryable;
    }
}
