package io.ingest4j.examples.server;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/** A piece of a field. */
final class Word {

    /** Its UTF-8; not to be changed. */
    final byte[] bytes;

    /** Whether it is written as it is in CSV and in JSON, without quotes and escapes. */
    final boolean plain;

    private Word(byte[] bytes) {
        this.bytes = bytes;
        plain = isPlain(bytes);
    }

    static Word of(String text) {
        return new Word(text.getBytes(StandardCharsets.UTF_8));
    }

    static Word[] all(String... texts) {
        return Arrays.stream(texts).map(Word::of).toArray(Word[]::new);
    }

    /** The decimal numbers from 0 to below n. */
    static Word[] numbers(int n) {
        return IntStream.range(0, n).mapToObj(i -> of(Integer.toString(i))).toArray(Word[]::new);
    }

    private static boolean isPlain(byte[] bytes) {
        for (byte b : bytes) {
            boolean control = b >= 0 && b < ' ';
            if (control || b == ',' || b == '"' || b == '\\') {
                return false;
            }
        }
        return true;
    }
}
