package io.ingest4j.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The source holds something that is no valid record, and nothing was set up to take it.
 *
 * @since 0.1
 */
public class BadRecordException extends IngestException {

    private static final long serialVersionUID = 1;

    private final transient Position position;

    /**
     * Makes an exception.
     *
     * @param position where the bad record begins
     * @param message what is wrong, with source, byte offset and line
     */
    public BadRecordException(Position position, String message) {
        this(position, message, null);
    }

    /**
     * Makes an exception.
     *
     * @param position where the bad record begins
     * @param message what is wrong, with source, byte offset and line
     * @param cause what led to it, or null
     */
    public BadRecordException(Position position, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.position = Objects.requireNonNull(position, "position");
    }

    /**
     * Returns where the bad record begins.
     *
     * @return its position
     */
    public Position position() {
        return position;
    }
}
