package io.ingest4j.core.csv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks UTF-8 against table 3-7 of the Unicode Standard. */
final class Utf8 {

    /** The text is well-formed and has other characters than ASCII. */
    static final int VALID = -1;

    /** The text is ASCII. */
    static final int ASCII = -2;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long HIGH_BITS = 0x8080808080808080L;

    private Utf8() {}

    /** Returns {@link #ASCII}, {@link #VALID}, or the index of the first byte of what is malformed. */
    static int check(byte[] bytes, int from, int to) {
        int i = skipAscii(bytes, from, to);
        if (i == to) {
            return ASCII;
        }
        while (i < to) {
            int length = sequence(bytes, i, to);
            if (length == 0) {
                return i;
            }
            i += length;
            if (i < to && bytes[i] >= 0) {
                i = skipAscii(bytes, i, to);
            }
        }
        return VALID;
    }

    /** Returns the index of the first byte that isn't ASCII, or {@code to}. */
    static int skipAscii(byte[] bytes, int from, int to) {
        int i = from;
        while (i <= to - Long.BYTES && ((long) LONGS.get(bytes, i) & HIGH_BITS) == 0) {
            i += Long.BYTES;
        }
        while (i < to && bytes[i] >= 0) {
            i++;
        }
        return i;
    }

    /** Returns the length of the well-formed sequence at an index, 0 if there is none. */
    private static int sequence(byte[] bytes, int i, int to) {
        int lead = bytes[i] & 0xFF;
        int second = i + 1 < to ? bytes[i + 1] & 0xFF : 0;
        if (lead >= 0xC2 && lead <= 0xDF) {
            return isContinuation(second) ? 2 : 0;
        }
        if (lead >= 0xE0 && lead <= 0xEF) {
            boolean ok =
                    isContinuation(second)
                            && (lead != 0xE0 || second >= 0xA0)
                            && (lead != 0xED || second < 0xA0)
                            && i + 2 < to
                            && isContinuation(bytes[i + 2]);
            return ok ? 3 : 0;
        }
        if (lead >= 0xF0 && lead <= 0xF4) {
            boolean ok =
                    isContinuation(second)
                            && (lead != 0xF0 || second >= 0x90)
                            && (lead != 0xF4 || second < 0x90)
                            && i + 3 < to
                            && isContinuation(bytes[i + 2])
                            && isContinuation(bytes[i + 3]);
            return ok ? 4 : 0;
        }
        return lead < 0x80 ? 1 : 0;
    }

    private static boolean isContinuation(int b) {
        return (b & 0xC0) == 0x80;
    }
}
