package io.ingest4j.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Bytes that become one part of the object, or all of it. Filled by one thread, then read by another. */
final class Part {

    private final int number;
    private final long capacity;
    private final List<byte[]> segments = new ArrayList<>();
    private long length;

    Part(int number, long capacity) {
        this.number = number;
        this.capacity = capacity;
    }

    int number() {
        return number;
    }

    long length() {
        return length;
    }

    boolean isFull() {
        return length == capacity;
    }

    /** Takes as many of the bytes as it can hold, and waits for the memory. */
    void fill(ByteBuffer bytes, Segments memory) throws IOException {
        while (bytes.hasRemaining() && !isFull()) {
            int at = (int) (length % Segments.SIZE);
            if (at == 0) {
                segments.add(memory.take((int) Math.min(Segments.SIZE, capacity - length)));
            }
            byte[] segment = segments.get(segments.size() - 1);
            int count = Math.min(segment.length - at, bytes.remaining());
            bytes.get(segment, at, count);
            length += count;
        }
    }

    void release(Segments memory) {
        memory.giveBack(segments);
        segments.clear();
    }

    /** A copy for a checkpoint, which can hold only so many. */
    byte[] bytes(int most) throws IOException {
        if (length > most) {
            throw new IOException(
                    "a checkpoint can hold at most "
                            + most
                            + " bytes of part "
                            + number
                            + ", which has "
                            + length
                            + "; set smaller partBytes, or checkpoint less often");
        }
        ByteBuffer copy = ByteBuffer.allocate((int) length);
        for (int i = 0; i < segments.size(); i++) {
            copy.put(segments.get(i), 0, used(i));
        }
        return copy.array();
    }

    byte[] md5() {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            for (int i = 0; i < segments.size(); i++) {
                digest.update(segments.get(i), 0, used(i));
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    byte[] crc32c() {
        CRC32C crc = new CRC32C();
        for (int i = 0; i < segments.size(); i++) {
            crc.update(segments.get(i), 0, used(i));
        }
        return ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
    }

    /** How much of a segment is filled: all of it, but for the last. */
    private int used(int segment) {
        return (int) Math.min(Segments.SIZE, length - (long) segment * Segments.SIZE);
    }

    /** Reads from the beginning; breaks off when cancelled. */
    InputStream open(Cancellation cancellation) {
        return new Body(cancellation);
    }

    private final class Body extends InputStream {

        private final Cancellation cancellation;
        private long position;

        Body(Cancellation cancellation) {
            this.cancellation = cancellation;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            if (cancellation.isCancelled()) {
                throw new IOException("the upload was cancelled");
            }
            if (position == length) {
                return count == 0 ? 0 : -1;
            }
            int segment = (int) (position / Segments.SIZE);
            int at = (int) (position % Segments.SIZE);
            int copied = Math.min(count, used(segment) - at);
            System.arraycopy(segments.get(segment), at, target, offset, copied);
            position += copied;
            return copied;
        }

        @Override
        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, length - position);
        }
    }
}
