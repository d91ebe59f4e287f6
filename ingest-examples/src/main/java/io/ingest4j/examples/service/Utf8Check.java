package io.ingest4j.examples.service;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Refuses bytes that are not UTF-8, in parts, since the parser takes some that aren't. */
final class Utf8Check {

    private static final int CHARS = 1_024;

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();

    /** The beginning of a character whose rest has not come. */
    private byte[] rest = new byte[0];

    void take(byte[] bytes) throws RequestException {
        if (rest.length > 0 || !isAscii(bytes)) {
            decode(bytes, false);
        }
    }

    void end() throws RequestException {
        decode(new byte[0], true);
    }

    private static boolean isAscii(byte[] bytes) {
        for (byte one : bytes) {
            if (one < 0) {
                return false;
            }
        }
        return true;
    }

    private void decode(byte[] bytes, boolean isEnd) throws RequestException {
        ByteBuffer in = ByteBuffer.allocate(rest.length + bytes.length).put(rest).put(bytes).flip();
        CharBuffer out = CharBuffer.allocate(CHARS);
        CoderResult result;
        do {
            result = decoder.decode(in, out.clear(), isEnd);
        } while (result.isOverflow());
        if (result.isError()) {
            throw new RequestException(400, "the body must be UTF-8, was not");
        }
        rest = new byte[in.remaining()];
        in.get(rest);
    }
}
