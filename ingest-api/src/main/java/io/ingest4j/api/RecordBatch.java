package io.ingest4j.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Records of one split that travel together, in source order. Immutable for the receiver, which may
 * read it from any thread until the batch's final result is known; not longer, as the records may
 * lie in memory that is then used again.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface RecordBatch<T> {

    /**
     * Returns the split that the records come from.
     *
     * @return the split
     */
    SourceSplit split();

    /**
     * Returns the number of records.
     *
     * @return at least 0
     */
    int size();

    /**
     * Returns a record.
     *
     * @param index from 0 to {@code size() - 1}
     * @return the record
     */
    T record(int index);

    /**
     * Returns where a record begins.
     *
     * @param index from 0 to {@code size() - 1}
     * @return its position
     */
    Position position(int index);

    /**
     * Returns the {@link Position#offset() offset} of a record without making a position.
     *
     * @param index from 0 to {@code size() - 1}
     * @return its offset
     */
    default long offset(int index) {
        return position(index).offset();
    }

    /**
     * Returns the bytes that the record was read from, as they stood in the source.
     *
     * @param index from 0 to {@code size() - 1}
     * @return a read-only view; empty when the source has no bytes
     */
    ByteBuffer raw(int index);

    /**
     * Returns what the batch counts against the memory limits.
     *
     * @return the size in bytes, at least 0
     */
    long sizeBytes();

    /**
     * Returns some of the records as a batch of their own, such as those that a sink can send.
     *
     * @param indices from 0 to {@code size() - 1}, ascending, each at most once; not to be changed
     *     afterwards
     * @return a view of this batch, valid as long as this one
     */
    default RecordBatch<T> subset(int... indices) {
        return new RecordSubset<>(this, indices);
    }

    /**
     * Returns what all keys of this batch begin with.
     *
     * @return {@link SourceSplit#keyPrefix()}, which implementations may keep
     */
    default String keyPrefix() {
        return split().keyPrefix();
    }

    /**
     * Returns the stable key of a record: the same in every attempt and every run over the same
     * version of the source, and different for every record. Where the source has no version, the start
     * of the job and the record's bytes stand for it, so that other data never travels under a used key.
     *
     * @param index from 0 to {@code size() - 1}
     * @return printable ASCII, at most 36 characters unless the source has keys of its own
     */
    default String key(int index) {
        return keyPrefix() + '-' + offset(index);
    }

    /**
     * Tells whether keys are made of {@link #keyPrefix} and {@link #offset}, or are the source's own.
     *
     * @return true by default; a batch that implements {@link #key} in its own way says false
     */
    default boolean hasDerivedKeys() {
        return true;
    }

    /**
     * Returns the key for a request that carries exactly this batch: the record's own key for one
     * record, else a SHA-256 over the keys of all in order (40 hex digits), so that other records
     * never travel under a used key.
     *
     * @return printable ASCII, at most 40 characters
     */
    default String idempotencyKey() {
        int size = size();
        if (size == 1) {
            return key(0);
        }
        MessageDigest digest = SourceSplit.sha256();
        if (hasDerivedKeys()) {
            digest.update(keyPrefix().getBytes(StandardCharsets.US_ASCII));
            ByteBuffer offsets = ByteBuffer.allocate(size * Long.BYTES);
            for (int i = 0; i < size; i++) {
                offsets.putLong(offset(i));
            }
            digest.update(offsets.flip());
        } else {
            for (int i = 0; i < size; i++) {
                digest.update((key(i) + '\n').getBytes(StandardCharsets.UTF_8));
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 20);
    }
}
