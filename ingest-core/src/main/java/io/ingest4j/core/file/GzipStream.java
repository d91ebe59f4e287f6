package io.ingest4j.core.file;

import io.ingest4j.api.ByteObject;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates gzip members (RFC 1952) to the very end of the input. {@link
 * java.util.zip.GZIPInputStream} is no help: it takes a member whose successor isn't available yet,
 * or has a damaged header, for the last one.
 */
final class GzipStream extends InputStream {

    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;

    private final GzipInput in;
    private final long expectedBytes;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final Object inflaterLock = new Object();
    private long toSkip;
    private boolean inMember;
    private boolean ended;
    private boolean closed;

    /**
     * Inflates a stream, which is closed with this one.
     *
     * @param expectedBytes how many compressed bytes there are, or {@link ByteObject#UNKNOWN}
     * @param toSkip how many inflated bytes to leave out
     */
    GzipStream(InputStream in, String name, long expectedBytes, long toSkip) {
        this.in = new GzipInput(in, name);
        this.expectedBytes = expectedBytes;
        this.toSkip = toSkip;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        if (toSkip > 0) {
            leaveOut();
        }
        return count == 0 ? 0 : inflate(target, offset, count);
    }

    private void leaveOut() throws IOException {
        byte[] scratch = new byte[(int) Math.min(1 << 16, toSkip)];
        while (toSkip > 0) {
            int count = inflate(scratch, 0, (int) Math.min(scratch.length, toSkip));
            if (count < 0) {
                throw new EOFException(
                        in.name()
                                + " ends "
                                + toSkip
                                + " inflated bytes before the offset to open at");
            }
            toSkip -= count;
        }
    }

    private int inflate(byte[] target, int offset, int count) throws IOException {
        while (!ended) {
            if (!inMember && !nextMember()) {
                break;
            }
            int inflated = inflateSome(target, offset, count);
            if (inflated > 0) {
                return inflated;
            }
        }
        return -1;
    }

    private int inflateSome(byte[] target, int offset, int count) throws IOException {
        if (in.isEmpty()) {
            in.fillOrFail("in the data of a member");
        }
        synchronized (inflaterLock) {
            if (closed) {
                throw new IOException("the stream of " + in.name() + " is closed");
            }
            int inflated;
            try {
                inflated = in.inflate(inflater, target, offset, count);
            } catch (DataFormatException e) {
                throw (IOException)
                        in.damaged("its data is damaged: " + e.getMessage()).initCause(e);
            }
            crc.update(target, offset, inflated);
            if (inflater.needsDictionary()) {
                throw in.damaged("it needs a dictionary");
            }
            if (inflater.finished()) {
                endMember();
            }
            return inflated;
        }
    }

    private void endMember() throws IOException {
        long expectedCrc = in.uint32();
        if (expectedCrc != crc.getValue()) {
            throw in.damaged(
                    "its CRC-32 must be "
                            + Long.toHexString(expectedCrc)
                            + ", was "
                            + Long.toHexString(crc.getValue()));
        }
        long expectedLength = in.uint32();
        long length = inflater.getBytesWritten() & 0xffff_ffffL;
        if (expectedLength != length) {
            throw in.damaged(
                    "its length modulo 2^32 must be " + expectedLength + ", was " + length);
        }
        inflater.reset();
        inMember = false;
    }

    /** Reads the header of the next member; false at the end. */
    private boolean nextMember() throws IOException {
        boolean first = in.offset() == 0;
        if (in.isEmpty() && !in.fill()) {
            if (first) {
                throw new EOFException(in.name() + " is empty, and so is no gzip");
            }
            end();
            return false;
        }
        if (!first && in.skipZerosToEnd()) {
            end();
            return false;
        }
        header();
        crc.reset();
        inMember = true;
        return true;
    }

    private void header() throws IOException {
        in.beginMember();
        if (in.uint8() != 0x1f || in.uint8() != 0x8b) {
            throw in.damaged("it does not begin with 1f 8b");
        }
        int method = in.uint8();
        if (method != 8) {
            throw in.damaged("its method must be 8 (deflate), was " + method);
        }
        int flags = in.uint8();
        if ((flags & RESERVED) != 0) {
            throw in.damaged("its reserved flags must be 0, were " + Integer.toHexString(flags));
        }
        in.skip(6);
        if ((flags & EXTRA) != 0) {
            in.skip(in.uint16());
        }
        if ((flags & NAME) != 0) {
            in.skipText();
        }
        if ((flags & COMMENT) != 0) {
            in.skipText();
        }
        int headerCrc = in.headerCrc();
        if ((flags & HEADER_CRC) != 0 && in.uint16() != headerCrc) {
            throw in.damaged("its header does not match its header CRC");
        }
    }

    private void end() throws IOException {
        ended = true;
        if (expectedBytes != ByteObject.UNKNOWN && in.offset() != expectedBytes) {
            throw new EOFException(
                    in.name()
                            + " must have "
                            + expectedBytes
                            + " compressed bytes, had "
                            + in.offset());
        }
    }

    /** Not 0 before the end, for readers that take 0 for it. */
    @Override
    public int available() {
        return ended ? 0 : 1;
    }

    @Override
    public void close() throws IOException {
        try {
            in.close();
        } finally {
            synchronized (inflaterLock) {
                closed = true;
                inflater.end();
            }
        }
    }
}
