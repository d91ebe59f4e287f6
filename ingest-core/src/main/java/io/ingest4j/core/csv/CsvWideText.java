package io.ingest4j.core.csv;

import java.nio.charset.Charset;
import java.util.Locale;

/**
 * Turns UTF-16 and UTF-32 into UTF-8 and back without loss. What is malformed becomes byte sequences that are no UTF-8
 * either, so that it is found out where text is checked: lone surrogates and numbers above U+10FFFF in the same bit
 * pattern, over up to seven bytes, and single bytes left over at the end after the byte 0xFF.
 */
final class CsvWideText {

    private static final int LEFT_OVER = 0xFF;
    private static final int MAX_SEQUENCE = 7;

    private final int unit;
    private final boolean orderByMark;
    private boolean littleEndian;
    private boolean atStart;

    CsvWideText(Charset charset) {
        String name = charset.name().toLowerCase(Locale.ROOT);
        unit = name.startsWith("utf-16") ? 2 : 4;
        littleEndian = name.endsWith("le");
        orderByMark = Character.isDigit(name.charAt(name.length() - 1));
    }

    boolean isOrderByMark() {
        return orderByMark;
    }

    /** Returns the charset with the byte order found, where the object's mark decides it; else empty text. */
    String orderFound() {
        return orderByMark ? "UTF-" + Byte.SIZE * unit + (littleEndian ? "LE" : "BE") : "";
    }

    /** Says that the bytes that come next are those at this offset of the object. */
    void startAt(long offset) {
        atStart = offset == 0;
    }

    /**
     * Turns source bytes into UTF-8.
     *
     * @return how many bytes were taken, in the high half, and made, in the low half
     */
    long decode(byte[] from, int fromEnd, boolean eof, byte[] to, int toStart, int toEnd) {
        if (atStart && fromEnd >= unit) {
            atStart = false;
            if (orderByMark) {
                littleEndian =
                        (from[0] & 0xFF) == 0xFF
                                && (from[1] & 0xFF) == 0xFE
                                && (unit == 2 || (from[2] == 0 && from[3] == 0));
            }
        }
        int in = 0;
        int out = toStart;
        while (out + MAX_SEQUENCE <= toEnd) {
            if (fromEnd - in < unit) {
                if (eof && in < fromEnd) {
                    out = leftOver(from[in++] & 0xFF, to, out);
                    continue;
                }
                break;
            }
            int c = number(from, in);
            int taken = unit;
            if (unit == 2 && Character.isHighSurrogate((char) c)) {
                if (fromEnd - in < 4 && !eof) {
                    break;
                }
                int low = fromEnd - in < 4 ? 0 : number(from, in + 2);
                if (Character.isLowSurrogate((char) low)) {
                    c = Character.toCodePoint((char) c, (char) low);
                    taken = 4;
                }
            }
            in += taken;
            out = encode(c, to, out);
        }
        return ((long) in << 32) | (out - toStart);
    }

    private int number(byte[] from, int at) {
        int number = 0;
        for (int i = 0; i < unit; i++) {
            number = (number << 8) | (from[littleEndian ? at + unit - 1 - i : at + i] & 0xFF);
        }
        return number;
    }

    private static int leftOver(int b, byte[] to, int at) {
        to[at] = (byte) LEFT_OVER;
        to[at + 1] = (byte) (0x80 | (b >>> 6));
        to[at + 2] = (byte) (0x80 | (b & 0x3F));
        return at + 3;
    }

    private static int encode(int c, byte[] to, int at) {
        if (c >= 0 && c < 0x80) {
            to[at] = (byte) c;
            return at + 1;
        }
        int bits = 32 - Integer.numberOfLeadingZeros(c);
        int length = bits <= 11 ? 2 : (bits - 2) / 5 + 1;
        int lead = (0xFF << (8 - length)) & 0xFF;
        for (int i = length - 1; i > 0; i--) {
            to[at + i] = (byte) (0x80 | (c & 0x3F));
            c >>>= 6;
        }
        to[at] = (byte) (lead | c);
        return at + length;
    }

    /** Returns the length of a sequence that {@link #decode} made, by its first byte. */
    private static int sequence(int lead) {
        return lead < 0x80
                ? 1
                : lead == LEFT_OVER ? 3 : Integer.numberOfLeadingZeros(~(lead << 24));
    }

    /** Returns how many source bytes became this UTF-8. */
    long sourceLength(byte[] utf8, int start, int end) {
        long length = 0;
        int i = start;
        while (i < end) {
            int lead = utf8[i] & 0xFF;
            int sequence = sequence(lead);
            length += lead == LEFT_OVER ? 1 : unit == 2 && sequence == 4 ? 4 : unit;
            i += sequence;
        }
        return length;
    }

    /** Returns the source bytes that became this UTF-8. */
    byte[] toSource(byte[] utf8, int start, int end) {
        byte[] source = new byte[(int) sourceLength(utf8, start, end)];
        int out = 0;
        int i = start;
        while (i < end) {
            int lead = utf8[i] & 0xFF;
            int length = sequence(lead);
            int c = lead == LEFT_OVER ? 0 : length == 1 ? lead : lead & (0xFF >>> (length + 1));
            for (int k = 1; k < length && i + k < end; k++) {
                c = (c << 6) | (utf8[i + k] & 0x3F);
            }
            i += length;
            if (lead == LEFT_OVER) {
                source[out++] = (byte) c;
            } else if (unit == 2 && length == 4) {
                out = put(Character.highSurrogate(c), source, out);
                out = put(Character.lowSurrogate(c), source, out);
            } else {
                out = put(c, source, out);
            }
        }
        return source;
    }

    private int put(int number, byte[] to, int at) {
        for (int i = 0; i < unit; i++) {
            to[littleEndian ? at + i : at + unit - 1 - i] = (byte) (number >>> (8 * i));
        }
        return at + unit;
    }
}
