package io.ingest4j.core.file;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.WriteFailure;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes a letter as a line of JSON without any control character. */
final class LetterJson {

    static final String START = "{\"time\":\"";

    private static final int MAX_SHOWN = 1_000;

    /** The longest character in UTF-8, and two zeros beside each in UTF-16 or UTF-32. */
    private static final int MAX_SHOWN_BYTES = 4 * MAX_SHOWN;

    private static final Pattern LINE = part("line");
    private static final Pattern COLUMN = part("column");
    private static final char UNREADABLE = '\ufffd';
    private static final int MANY_HIDDEN = 16;
    private static final JsonFactory FACTORY = new JsonFactory();

    private LetterJson() {}

    /** A number among what a position's detail says. */
    private static Pattern part(String name) {
        return Pattern.compile("(?:^|,)" + name + "=([0-9]{1,18})(?:,|$)");
    }

    /** Returns the line, with its line feed. */
    static byte[] write(DeadLetter letter) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("time", letter.time().toString());
            writePlace(json, letter);
            json.writeStringProperty("key", letter.key());
            writeFailure(json, letter);
            if (!letter.fields().isEmpty()) {
                json.writeArrayPropertyStart("fields");
                letter.fields().forEach(json::writeString);
                json.writeEndArray();
            }
            writeRaw(json, letter.raw());
            json.writeEndObject();
        }
        return escape(text.append('\n').toString()).getBytes(StandardCharsets.UTF_8);
    }

    private static void writePlace(JsonGenerator json, DeadLetter letter) {
        json.writeStringProperty("source", letter.source());
        json.writeStringProperty("version", letter.version());
        json.writeStringProperty("position", letter.position().encode());
        writePart(json, "line", LINE.matcher(letter.position().detail()));
        writePart(json, "column", COLUMN.matcher(letter.position().detail()));
        json.writeNumberProperty("record", letter.position().recordNumber());
        json.writeNumberProperty("offset", letter.position().offset());
        json.writeNumberProperty("length", letter.raw().remaining());
    }

    private static void writePart(JsonGenerator json, String name, Matcher detail) {
        if (detail.find()) {
            json.writeNumberProperty(name, Long.parseLong(detail.group(1)));
        }
    }

    private static void writeFailure(JsonGenerator json, DeadLetter letter) {
        WriteFailure failure = letter.failure();
        json.writeNumberProperty("attempts", letter.attempts());
        json.writeStringProperty("action", failure.action().name());
        json.writeStringProperty("kind", failure.kind());
        json.writeStringProperty("detail", cut(failure.detail()));
    }

    private static String cut(String text) {
        if (text.length() <= MAX_SHOWN) {
            return text;
        }
        boolean splitsPair = Character.isHighSurrogate(text.charAt(MAX_SHOWN - 1));
        return text.substring(0, splitsPair ? MAX_SHOWN - 1 : MAX_SHOWN);
    }

    private static void writeRaw(JsonGenerator json, ByteBuffer raw) {
        String text = text(raw);
        if (text != null) {
            json.writeStringProperty("raw", text);
        } else {
            byte[] bytes = new byte[raw.remaining()];
            raw.duplicate().get(bytes);
            json.writeStringProperty("rawBase64", Base64.getEncoder().encodeToString(bytes));
            json.writeStringProperty("rawText", lossy(raw));
        }
    }

    /** Returns what people can read of bytes whose charset isn't known; zeros are left out. */
    private static String lossy(ByteBuffer raw) {
        byte[] bytes = new byte[Math.min(raw.remaining(), MAX_SHOWN_BYTES)];
        raw.duplicate().get(bytes);
        StringBuilder text = new StringBuilder();
        new String(bytes, StandardCharsets.UTF_8)
                .chars()
                .filter(c -> c != 0)
                .forEach(c -> text.append(isHidden(c) ? UNREADABLE : (char) c));
        return cut(text.toString());
    }

    /** Returns the text of bytes, or null if they are none, or take much less room in Base64. */
    private static @Nullable String text(ByteBuffer raw) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(raw.duplicate()).toString();
            long hidden = text.chars().filter(LetterJson::isHidden).count();
            return hidden > MANY_HIDDEN && hidden > text.length() / 5 ? null : text;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** JSON leaves some characters as they are that end a line or steer a terminal. */
    private static String escape(String json) {
        StringBuilder escaped = null;
        for (int i = 0; i < json.length() - 1; i++) {
            char c = json.charAt(i);
            boolean hide = c >= 0x7f && (isHidden(c) || isLoneSurrogate(json, i));
            if (hide && escaped == null) {
                escaped = new StringBuilder(json.length() + 64).append(json, 0, i);
            }
            if (escaped != null) {
                if (hide) {
                    escaped.append(String.format("\\u%04x", (int) c));
                } else {
                    escaped.append(c);
                }
            }
        }
        return escaped == null ? json : escaped.append('\n').toString();
    }

    private static boolean isHidden(int c) {
        return (c < ' ' && c != '\n' && c != '\r' && c != '\t')
                || (c >= 0x7f && c <= 0x9f)
                || c == 0x2028
                || c == 0x2029;
    }

    private static boolean isLoneSurrogate(String text, int index) {
        char c = text.charAt(index);
        if (Character.isHighSurrogate(c)) {
            return !Character.isLowSurrogate(text.charAt(index + 1));
        }
        return Character.isLowSurrogate(c)
                && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
    }
}
