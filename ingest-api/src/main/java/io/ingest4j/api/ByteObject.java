package io.ingest4j.api;

import java.util.Objects;

/**
 * One run of bytes in a {@link ByteSource}, pinned to a version.
 *
 * @param name names it for people and for opening it again, such as {@code s3://bucket/key.csv};
 *     never holds a secret
 * @param version changes when the bytes change, such as an ETag; empty when there is none
 * @param length the number of bytes, or {@link #UNKNOWN}
 * @param seekable whether opening at an offset is about as cheap as at the start
 * @since 0.1
 */
public record ByteObject(String name, String version, long length, boolean seekable) {

    /** Stands for a length that is not known before everything is read. */
    public static final long UNKNOWN = -1;

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the length is negative and not {@link #UNKNOWN}
     */
    public ByteObject {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(version, "version");
        if (length < UNKNOWN) {
            throw new IllegalArgumentException("length must be >= 0 or UNKNOWN, was " + length);
        }
    }
}
