package io.ingest4j.core.csv;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/** Which charsets can be read, and how the text of a field in one becomes UTF-8. */
final class CsvCharset {

    /** ASCII bytes from 0x40 up, and in GB18030 the digits, occur in them as second bytes of a character. */
    private static final Set<String> EAST_ASIAN =
            Set.of(
                    "big5",
                    "big5-hkscs",
                    "euc-jp",
                    "euc-kr",
                    "gb18030",
                    "gb2312",
                    "gbk",
                    "shift_jis",
                    "windows-31j",
                    "x-windows-949",
                    "x-windows-950");

    private static final Set<String> WIDE =
            Set.of("utf-16", "utf-16be", "utf-16le", "utf-32", "utf-32be", "utf-32le");

    private final CharsetDecoder decoder;
    private char[] chars = new char[64];

    CsvCharset(Charset charset) {
        decoder =
                charset.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /** Whether text in it is UTF-8 as it stands. */
    static boolean isUtf8OrAscii(Charset charset) {
        return charset.equals(StandardCharsets.UTF_8) || charset.equals(StandardCharsets.US_ASCII);
    }

    /** Whether text in it is turned into UTF-8 before it is scanned. */
    static boolean isWide(Charset charset) {
        return WIDE.contains(charset.name().toLowerCase(Locale.ROOT));
    }

    static void requireKnown(Charset charset) {
        if (!isUtf8OrAscii(charset)
                && !isWide(charset)
                && !isEastAsian(charset)
                && !isSingleByte(charset)) {
            throw new IllegalArgumentException(
                    "charset must be UTF-8, UTF-16, UTF-32, one byte per character with"
                            + " ASCII in its place, or a common East Asian one, was "
                            + charset.name());
        }
    }

    static void requireUsable(Charset charset, int... specials) {
        if (isEastAsian(charset)) {
            for (int special : specials) {
                boolean safe = special < '0' || (special > '9' && special < '@');
                if (!safe && special != CsvOptions.NONE) {
                    throw new IllegalArgumentException(
                            "delimiter, quote, escape and comment must be punctuation below"
                                    + " '@' in "
                                    + charset.name()
                                    + ", was "
                                    + CsvOptions.printable(special));
                }
            }
        }
    }

    private static boolean isEastAsian(Charset charset) {
        return EAST_ASIAN.contains(charset.name().toLowerCase(Locale.ROOT));
    }

    private static boolean isSingleByte(Charset charset) {
        if (!charset.canEncode() || charset.newEncoder().maxBytesPerChar() != 1) {
            return false;
        }
        byte[] ascii = new byte[128];
        for (int i = 0; i < ascii.length; i++) {
            ascii[i] = (byte) i;
        }
        return new String(ascii, charset).equals(new String(ascii, StandardCharsets.US_ASCII));
    }

    /** Returns the text as UTF-8. */
    byte[] toUtf8(byte[] bytes, int from, int length) throws CharacterCodingException {
        if (chars.length < length) {
            chars = new char[Math.max(length, 2 * chars.length)];
        }
        CharBuffer out = CharBuffer.wrap(chars);
        decoder.reset();
        var result = decoder.decode(ByteBuffer.wrap(bytes, from, length), out, true);
        if (result.isUnderflow()) {
            result = decoder.flush(out);
        }
        if (!result.isUnderflow()) {
            result.throwException();
        }
        return new String(chars, 0, out.position()).getBytes(StandardCharsets.UTF_8);
    }
}
