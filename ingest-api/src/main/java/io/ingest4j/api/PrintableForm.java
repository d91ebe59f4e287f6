package io.ingest4j.api;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The colon-separated text form shared by positions and splits: a version tag, then the parts. */
final class PrintableForm {

    private PrintableForm() {}

    static String join(String version, Object... parts) {
        StringBuilder text = new StringBuilder(version);
        for (Object part : parts) {
            text.append(':').append(URLEncoder.encode(part.toString(), StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    static String[] split(String version, int count, String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != count || !parts[0].equals(version)) {
            throw malformed(text, "must be " + version + " and " + (count - 1) + " parts");
        }
        for (int i = 1; i < count; i++) {
            parts[i] = URLDecoder.decode(parts[i], StandardCharsets.UTF_8);
        }
        return parts;
    }

    static long number(String text, String part) {
        try {
            return Long.parseLong(part);
        } catch (NumberFormatException e) {
            throw malformed(text, "'" + part + "' must be a number");
        }
    }

    static void requireNotNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must be >= 0, was " + value);
        }
    }

    private static IllegalArgumentException malformed(String text, String rule) {
        return new IllegalArgumentException("printable form " + rule + ", was '" + text + "'");
    }
}
