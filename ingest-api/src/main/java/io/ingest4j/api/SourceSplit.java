package io.ingest4j.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A part of a source that one reader reads, pinned to one version of the data.
 *
 * <p>A record belongs to the split that holds its first byte. The printable form made by {@link
 * #encode()} is versioned and independent of Java serialization, so that a split can be planned in
 * one process and read in another.
 *
 * @param id names the split within its source; the same plan gives the same ids
 * @param source names the source for people and for record keys, such as {@code
 *     s3://bucket/key.csv}; never holds a secret
 * @param version the version of the data, such as an ETag; empty when the source has none
 * @param start offset of the split's first byte, not negative
 * @param end offset after the split's last byte, or {@link #UNKNOWN} when only reading tells
 * @param detail what else the source needs to open the split; empty when there is nothing
 * @since 0.1
 */
public record SourceSplit(
        String id, String source, String version, long start, long end, String detail) {

    /** Stands for an end that is not known before everything is read. */
    public static final long UNKNOWN = -1;

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the start is negative or the end lies before it
     */
    public SourceSplit {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(detail, "detail");
        PrintableForm.requireNotNegative("start", start);
        if (end != UNKNOWN && end < start) {
            throw new IllegalArgumentException("end must be >= start " + start + ", was " + end);
        }
    }

    /**
     * Returns where a reader that begins the split starts.
     *
     * @return the position of the split's first byte
     */
    public Position startPosition() {
        return new Position(id, 0, start, "");
    }

    /**
     * Tells whether the data has a version, without which nothing proves that it is the same as before.
     *
     * @return whether {@link #version()} is not empty
     */
    public boolean isVersioned() {
        return !version.isEmpty();
    }

    /**
     * Returns what the keys of all records of this source and version begin with: the first 16 hex
     * digits of a SHA-256 over source and version. A record's key is this, a dash and its offset. For a
     * source without a version see {@link #keyPrefix(String)}.
     *
     * @return the prefix, computed anew at each call
     */
    public String keyPrefix() {
        return keyPrefix("");
    }

    /**
     * Returns what the keys of this split's records are made of in one job. Where the source has no
     * version, the start of the job stands for it: keys are the same in all runs that continue each
     * other, and different after the job was begun anew, since the data may be other data then. A run
     * adds the record's bytes in that case.
     *
     * @param startId the id of the job's start, see {@link Checkpoint.Start#id()}
     * @return {@link #keyPrefix()} if the source has a version
     */
    public String keyPrefix(String startId) {
        byte[] name = source.getBytes(StandardCharsets.UTF_8);
        byte[] pinned = (isVersioned() ? version : startId).getBytes(StandardCharsets.UTF_8);
        ByteBuffer content = ByteBuffer.allocate(Integer.BYTES + name.length + pinned.length);
        content.putInt(name.length).put(name).put(pinned);
        return HexFormat.of().formatHex(sha256().digest(content.array()), 0, 8);
    }

    /**
     * Returns the printable form, which {@link #decode} reads back.
     *
     * @return ASCII text without white space
     */
    public String encode() {
        return PrintableForm.join("s1", id, source, version, start, end, detail);
    }

    /**
     * Reads a printable form.
     *
     * @param text what {@link #encode()} returned
     * @return the equal split
     * @throws IllegalArgumentException if the text is not such a form, or of a later version
     */
    public static SourceSplit decode(String text) {
        String[] parts = PrintableForm.split("s1", 7, text);
        return new SourceSplit(
                parts[1],
                parts[2],
                parts[3],
                PrintableForm.number(text, parts[4]),
                PrintableForm.number(text, parts[5]),
                parts[6]);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
