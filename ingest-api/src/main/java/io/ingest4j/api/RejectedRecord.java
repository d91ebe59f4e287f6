package io.ingest4j.api;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A piece of the source that is no valid record.
 *
 * @param position where it begins
 * @param raw its bytes, perhaps cut off at a limit that {@code reason} then names
 * @param reason what is wrong, with the rule and the value, fit for people
 * @since 0.1
 */
public record RejectedRecord(Position position, ByteBuffer raw, String reason) {

    /** Checks that nothing is missing. */
    public RejectedRecord {
        Objects.requireNonNull(position, "position");
        Objects.requireNonNull(raw, "raw");
        Objects.requireNonNull(reason, "reason");
    }
}
