package io.ingest4j.core.file;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A running digest that can be looked at and goes on. */
final class Sha256 {

    private static final int BUFFER = 256 << 10;

    private final MessageDigest digest;

    Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Digests the beginning of a file. */
    static Sha256 of(FileChannel channel, long length) throws IOException {
        Sha256 sha = new Sha256();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        long at = 0;
        while (at < length) {
            buffer.clear().limit((int) Math.min(BUFFER, length - at));
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw new EOFException("the file ended " + (length - at) + " bytes too early");
            }
            at += count;
            sha.update(buffer.flip());
        }
        return sha;
    }

    void update(ByteBuffer bytes) {
        digest.update(bytes);
    }

    String hex() {
        try {
            return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's SHA-256 can be cloned", e);
        }
    }
}
