package io.ingest4j.core.json;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing buffer that knows how to escape the inside of a JSON string (RFC 8259, section 7). */
final class JsonBytes {

    private static final int DRAIN_AT = 16 * 1024;
    private static final int LONGEST_ESCAPE = 6;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** The letter after the backslash by byte value; 'u' for a number, 0 where nothing is to escape. */
    private static final byte[] ESCAPES = new byte[256];

    static {
        Arrays.fill(ESCAPES, 0, 0x20, (byte) 'u');
        ESCAPES['\b'] = 'b';
        ESCAPES['\t'] = 't';
        ESCAPES['\n'] = 'n';
        ESCAPES['\f'] = 'f';
        ESCAPES['\r'] = 'r';
        ESCAPES['"'] = '"';
        ESCAPES['\\'] = '\\';
    }

    private byte[] buffer = new byte[512];
    private int count;

    void mark(int code) {
        if (code != 0) {
            ensure(1);
            buffer[count++] = (byte) code;
        }
    }

    void raw(byte[] bytes) {
        copy(bytes, 0, bytes.length);
    }

    /** Copies what stands between the bytes that must be escaped. */
    void escaped(byte[] bytes, int start, int length) {
        int end = start + length;
        int from = start;
        for (int i = start; i < end; i++) {
            byte escape = ESCAPES[bytes[i] & 0xff];
            if (escape != 0) {
                copy(bytes, from, i - from);
                escape(bytes[i], escape);
                from = i + 1;
            }
        }
        copy(bytes, from, end - from);
    }

    private void escape(byte code, byte escape) {
        ensure(LONGEST_ESCAPE);
        buffer[count++] = '\\';
        buffer[count++] = escape;
        if (escape == 'u') {
            buffer[count++] = '0';
            buffer[count++] = '0';
            buffer[count++] = HEX[code >> 4];
            buffer[count++] = HEX[code & 0xf];
        }
    }

    private void copy(byte[] bytes, int start, int length) {
        ensure(length);
        System.arraycopy(bytes, start, buffer, count, length);
        count += length;
    }

    private void ensure(int more) {
        if (more > buffer.length - count) {
            int needed = Math.addExact(count, more);
            int doubled = (int) Math.min(2L * buffer.length, Integer.MAX_VALUE - 8);
            buffer = Arrays.copyOf(buffer, Math.max(needed, doubled));
        }
    }

    void drainTo(OutputStream out) throws IOException {
        out.write(buffer, 0, count);
        count = 0;
    }

    void drainLargeTo(OutputStream out) throws IOException {
        if (count >= DRAIN_AT) {
            drainTo(out);
        }
    }

    byte[] toByteArray() {
        return Arrays.copyOf(buffer, count);
    }
}
