package io.ingest4j.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text as secrets are looked for in it: without the escapes of URIs, JSON and HTML, and in small
 * letters. Two texts that say the same in any of these forms have the same plain form.
 */
final class PlainForm {

    private static final int MOST_LAYERS = 3;
    private static final Pattern ESCAPE =
            Pattern.compile(
                    "%(?<percent>[0-9A-Fa-f]{2})"
                            + "|\\\\u(?<high>[dD][89abAB][0-9A-Fa-f]{2})"
                            + "\\\\u(?<low>[dD][c-fC-F][0-9A-Fa-f]{2})"
                            + "|\\\\u(?<json>[0-9A-Fa-f]{4})"
                            + "|\\\\(?<plain>[\"'/\\\\])"
                            + "|&#(?<decimal>[0-9]{1,7});"
                            + "|&#[xX](?<hex>[0-9A-Fa-f]{1,6});"
                            + "|&(?<name>amp|lt|gt|quot|apos);");

    private final String bytes;
    private final int[] origins;

    private PlainForm(String bytes, int[] origins) {
        this.bytes = bytes;
        this.origins = origins;
    }

    static PlainForm of(String text) {
        PlainForm form = encoded(text);
        for (int layer = 0; layer < MOST_LAYERS; layer++) {
            form = form.unescaped();
        }
        // A plus may be a space of a query, so the two are taken for the same.
        String folded = form.bytes.toLowerCase(Locale.ROOT).replace('+', ' ');
        return new PlainForm(folded, form.origins);
    }

    private static PlainForm encoded(String text) {
        StringBuilder bytes = new StringBuilder(text.length());
        int[] origins = new int[3 * text.length() + 1];
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            String utf8 = bytesOf(Character.toString(text.codePointAt(i)));
            Arrays.fill(origins, bytes.length(), bytes.length() + utf8.length(), i);
            bytes.append(utf8);
        }
        origins[bytes.length()] = text.length();
        return new PlainForm(bytes.toString(), origins);
    }

    private static String bytesOf(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Takes off one layer of escapes, none of which is shorter than what it stands for. */
    private PlainForm unescaped() {
        StringBuilder plain = new StringBuilder(bytes.length());
        int[] from = new int[origins.length];
        Matcher escapes = ESCAPE.matcher(bytes);
        int at = 0;
        while (escapes.find()) {
            System.arraycopy(origins, at, from, plain.length(), escapes.start() - at);
            plain.append(bytes, at, escapes.start());
            String meant = meant(escapes);
            Arrays.fill(
                    from,
                    plain.length(),
                    plain.length() + meant.length(),
                    origins[escapes.start()]);
            plain.append(meant);
            at = escapes.end();
        }
        System.arraycopy(origins, at, from, plain.length(), bytes.length() + 1 - at);
        return new PlainForm(plain.append(bytes, at, bytes.length()).toString(), from);
    }

    private static String meant(Matcher escape) {
        if (escape.group("percent") != null) {
            return Character.toString(Integer.parseInt(escape.group("percent"), 16));
        }
        if (escape.group("high") != null) {
            char high = (char) Integer.parseInt(escape.group("high"), 16);
            char low = (char) Integer.parseInt(escape.group("low"), 16);
            return bytesOf(Character.toString(Character.toCodePoint(high, low)));
        }
        if (escape.group("json") != null) {
            return bytesOf(Character.toString(Integer.parseInt(escape.group("json"), 16)));
        }
        if (escape.group("plain") != null) {
            return escape.group("plain");
        }
        if (escape.group("decimal") != null) {
            return numbered(Integer.parseInt(escape.group("decimal")), escape);
        }
        if (escape.group("hex") != null) {
            return numbered(Integer.parseInt(escape.group("hex"), 16), escape);
        }
        return switch (escape.group("name")) {
            case "amp" -> "&";
            case "lt" -> "<";
            case "gt" -> ">";
            case "quot" -> "\"";
            default -> "'";
        };
    }

    /** A number past the last character stays as it is. */
    private static String numbered(int number, Matcher escape) {
        return Character.isValidCodePoint(number)
                ? bytesOf(Character.toString(number))
                : escape.group();
    }

    /** Returns a character for each byte of its UTF-8. */
    String bytes() {
        return bytes;
    }

    /** Returns where in the text a byte came from; the text's length for the index after the last. */
    int origin(int index) {
        return origins[index];
    }

    int size() {
        return bytes.length();
    }

    /** Returns how many bytes from an index on are the first ones of another text. */
    int common(int index, String other) {
        int most = Math.min(size() - index, other.length());
        int n = 0;
        while (n < most && bytes.charAt(index + n) == other.charAt(n)) {
            n++;
        }
        return n;
    }
}
