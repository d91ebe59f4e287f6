package io.ingest4j.api;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A record that will not be delivered, with all that is needed to understand why and to try it
 * again. Valid for ever, unlike the batch it comes from.
 *
 * @param source the name of the source; without secrets
 * @param version the version of the source; empty when it has none
 * @param position where the record begins
 * @param key the record's stable key
 * @param raw the record's bytes as they stood in the source, read-only; empty if it has none
 * @param fields the names of the record's fields if it is a {@link Row}, without which its bytes may
 *     not be understood; else empty
 * @param attempts how often it was tried; 0 if it never was a valid record
 * @param failure why it was given up
 * @param time when it was given up
 * @since 0.1
 */
public record DeadLetter(
        String source,
        String version,
        Position position,
        String key,
        ByteBuffer raw,
        List<String> fields,
        int attempts,
        WriteFailure failure,
        Instant time) {

    /**
     * Checks the parts, and copies the list.
     *
     * @throws IllegalArgumentException if the number of attempts is negative
     */
    public DeadLetter {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(position, "position");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(raw, "raw");
        fields = List.copyOf(fields);
        Objects.requireNonNull(failure, "failure");
        Objects.requireNonNull(time, "time");
        PrintableForm.requireNotNegative("attempts", attempts);
    }
}
