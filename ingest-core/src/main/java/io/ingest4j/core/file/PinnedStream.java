package io.ingest4j.core.file;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** A promised number of bytes, and a last look before their end is reported. */
final class PinnedStream extends FilterInputStream {

    /** Throws if the bytes are no longer those that were promised. */
    interface Check {
        void run() throws IOException;
    }

    private final Check check;
    private long left;

    PinnedStream(InputStream in, long length, Check check) {
        super(in);
        left = length;
        this.check = check;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        if (count == 0) {
            return 0;
        }
        if (left == 0) {
            check.run();
            return -1;
        }
        int moved = in.read(target, offset, (int) Math.min(count, left));
        if (moved < 0) {
            check.run();
            throw new EOFException("the bytes ended " + left + " before the promised end");
        }
        left -= moved;
        return moved;
    }

    @Override
    public long skip(long count) throws IOException {
        long moved = in.skip(Math.max(0, Math.min(count, left)));
        left -= moved;
        return moved;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(left, in.available());
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
