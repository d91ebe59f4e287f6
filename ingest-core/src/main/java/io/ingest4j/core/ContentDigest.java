package io.ingest4j.core;

import io.ingest4j.api.Checkpoint.Content;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A digest of the first records of a split, which stands for the version that its source lacks. It
 * covers the names of rows, and of each record, good or bad, the offset and the bytes, so it is the
 * same however the records are read in batches.
 */
final class ContentDigest {

    private static final int PREFIX_BYTES = 8;

    private final MessageDigest digest;
    private final ByteBuffer numbers = ByteBuffer.allocate(Long.BYTES + Integer.BYTES);
    private long records;
    private boolean hasNames;

    ContentDigest() {
        digest = sha256();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** What the key of a record begins with that has no version: 16 hex digits over its bytes. */
    static String prefix(String keyPrefix, ByteBuffer raw) {
        MessageDigest bytes = sha256();
        bytes.update(keyPrefix.getBytes(StandardCharsets.US_ASCII));
        bytes.update(raw.duplicate());
        return HexFormat.of().formatHex(bytes.digest(), 0, PREFIX_BYTES);
    }

    /** The number of records so far. */
    long records() {
        return records;
    }

    /**
     * Takes records of a batch, from the next one on; those that were taken before are passed over.
     *
     * @param from the number of the batch's first record in its split
     * @param to the number after the last record to take
     */
    void add(SourceBatch<?> batch, long from, long to) {
        List<RejectedRecord> rejected = batch.rejected();
        int good = 0;
        int bad = 0;
        for (long record = from;
                record < to && good + bad < batch.size() + rejected.size();
                record++) {
            boolean isBad =
                    bad < rejected.size() && rejected.get(bad).position().recordNumber() == record;
            if (record == records) {
                if (isBad) {
                    RejectedRecord next = rejected.get(bad);
                    add(next.position().offset(), next.raw());
                } else {
                    if (!hasNames) {
                        addNames(batch.record(good));
                    }
                    add(batch.offset(good), batch.raw(good));
                }
            }
            if (isBad) {
                bad++;
            } else {
                good++;
            }
        }
    }

    private void add(long offset, ByteBuffer raw) {
        digest.update(numbers.clear().putLong(offset).putInt(raw.remaining()).flip());
        digest.update(raw.duplicate());
        records++;
    }

    private void addNames(Object record) {
        if (record instanceof Row row) {
            digest.update(String.join("\n", row.names()).getBytes(StandardCharsets.UTF_8));
        }
        hasNames = true;
    }

    /** What is digested so far; empty if nothing is. */
    Optional<Content> content() {
        if (records == 0) {
            return Optional.empty();
        }
        try {
            MessageDigest soFar = (MessageDigest) digest.clone();
            return Optional.of(new Content(records, HexFormat.of().formatHex(soFar.digest())));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
        }
    }
}
