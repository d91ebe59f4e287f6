package io.ingest4j.http;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A digest of the bytes that a stream delivered, to compare with the same bytes read again. SHA-256
 * where it is the only proof that nothing changed; CRC-32C, which costs next to nothing, where the
 * version has said so already.
 */
final class Fingerprint {

    private final @Nullable MessageDigest strong;
    private final CRC32C weak = new CRC32C();

    /** Makes one of no bytes. */
    Fingerprint(boolean onlyProof) {
        strong = onlyProof ? sha256() : null;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    void update(byte[] bytes, int offset, int count) {
        if (strong == null) {
            weak.update(bytes, offset, count);
        } else {
            strong.update(bytes, offset, count);
        }
    }

    /** Makes another of the same kind, of no bytes. */
    Fingerprint fresh() {
        return new Fingerprint(strong != null);
    }

    boolean isOfSameBytes(Fingerprint other) {
        return Arrays.equals(value(), other.value());
    }

    private byte[] value() {
        if (strong == null) {
            return ByteBuffer.allocate(Long.BYTES).putLong(weak.getValue()).array();
        }
        try {
            return ((MessageDigest) strong.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("SHA-256 of the JDK can be cloned", e);
        }
    }
}
