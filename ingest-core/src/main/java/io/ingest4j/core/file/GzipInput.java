package io.ingest4j.core.file;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/** The compressed bytes, buffered and counted, so that every complaint has its offset. */
final class GzipInput {

    private final InputStream in;
    private final String name;
    private final byte[] buffer = new byte[1 << 16];
    private final CRC32 headerCrc = new CRC32();
    private int at;
    private int limit;
    private long before;
    private long members;
    private long memberStart;

    GzipInput(InputStream in, String name) {
        this.in = in;
        this.name = name;
    }

    String name() {
        return name;
    }

    /** Counts the bytes used so far. */
    long offset() {
        return before + at;
    }

    boolean isEmpty() {
        return at == limit;
    }

    /** Reads more into the empty buffer; false at the end. */
    boolean fill() throws IOException {
        before += limit;
        at = 0;
        limit = 0;
        int count = in.read(buffer, 0, buffer.length);
        limit = Math.max(0, count);
        return count > 0;
    }

    void fillOrFail(String where) throws IOException {
        if (!fill()) {
            throw new EOFException(
                    name
                            + " breaks off at offset "
                            + offset()
                            + ' '
                            + where
                            + " that begins at offset "
                            + memberStart);
        }
    }

    int inflate(Inflater inflater, byte[] target, int offset, int count)
            throws DataFormatException {
        inflater.setInput(buffer, at, limit - at);
        try {
            return inflater.inflate(target, offset, count);
        } finally {
            at = limit - inflater.getRemaining();
        }
    }

    void beginMember() {
        members++;
        memberStart = offset();
        headerCrc.reset();
    }

    int uint8() throws IOException {
        if (isEmpty()) {
            fillOrFail("in the header or trailer of a member");
        }
        int value = buffer[at++] & 0xff;
        headerCrc.update(value);
        return value;
    }

    int uint16() throws IOException {
        int low = uint8();
        return low | uint8() << 8;
    }

    long uint32() throws IOException {
        long low = uint16();
        return low | (long) uint16() << 16;
    }

    void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            uint8();
        }
    }

    /** Skips text that ends with a zero byte. */
    void skipText() throws IOException {
        int value;
        do {
            value = uint8();
        } while (value != 0);
    }

    int headerCrc() {
        return (int) (headerCrc.getValue() & 0xffff);
    }

    /** Skips zeros; true if nothing comes after them, false if there were none. */
    boolean skipZerosToEnd() throws IOException {
        if (buffer[at] != 0) {
            return false;
        }
        long begin = offset();
        while (!isEmpty() || fill()) {
            if (buffer[at++] != 0) {
                throw new ZipException(
                        name
                                + " must have nothing but zeros after the padding at offset "
                                + begin
                                + ", had more at offset "
                                + (offset() - 1));
            }
        }
        return true;
    }

    ZipException damaged(String how) {
        return new ZipException(
                name
                        + " at offset "
                        + offset()
                        + ", gzip member "
                        + members
                        + " that begins at offset "
                        + memberStart
                        + ": "
                        + how);
    }

    void close() throws IOException {
        in.close();
    }
}
