package io.ingest4j.api;

import static io.ingest4j.api.PrintableForm.requireNotNegative;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A piece of the source that is no valid record.
 *
 * @param position where it begins
 * @param raw its bytes, perhaps cut off at a limit that {@code reason} then names
 * @param reason what is wrong, with the rule and the value, fit for people
 * @param column where that shows in the line in which the record begins, in characters from 1; 0 if
 *     that isn't known, or is in another line
 * @since 0.1
 */
public record RejectedRecord(Position position, ByteBuffer raw, String reason, int column) {

    /**
     * Makes a record whose column isn't known.
     *
     * @param position where it begins
     * @param raw its bytes
     * @param reason what is wrong
     */
    public RejectedRecord(Position position, ByteBuffer raw, String reason) {
        this(position, raw, reason, 0);
    }

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the column is negative
     */
    public RejectedRecord {
        Objects.requireNonNull(position, "position");
        Objects.requireNonNull(raw, "raw");
        Objects.requireNonNull(reason, "reason");
        requireNotNegative("column", column);
    }
}
