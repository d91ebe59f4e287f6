package io.ingest4j.core.file;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.WriteFailure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Reads what {@link LetterJson} writes. Members that it doesn't know are left out. */
final class LetterParser {

    /** The longest line that is read, so that memory stays bounded. */
    static final int MAX_LINE = 16 << 20;

    /** A key goes into a header of a request. */
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(MAX_LINE)
                                    .maxNestingDepth(20)
                                    .build())
                    .build();

    private final Map<String, String> members = new HashMap<>();
    private final List<String> fields = new ArrayList<>();

    private LetterParser() {}

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException if it is no letter
     */
    static DeadLetter read(byte[] line) {
        LetterParser parser = new LetterParser();
        try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), line)) {
            parser.object(json);
            return parser.letter();
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "a line must be a letter as JSON, is not: " + e.getOriginalMessage(), e);
        }
    }

    private void object(JsonParser json) {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("a line must be one JSON object, is not");
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (name.equals("fields") && value == JsonToken.START_ARRAY) {
                strings(json);
            } else if (value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NUMBER_INT) {
                members.put(name, json.getString());
            } else {
                json.skipChildren();
            }
        }
        if (json.nextToken() != null) {
            throw new IllegalArgumentException("a line must be one JSON object, has more");
        }
    }

    private void strings(JsonParser json) {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw new IllegalArgumentException(
                        "fields must be strings, was " + json.currentToken());
            }
            fields.add(json.getString());
        }
    }

    private DeadLetter letter() {
        String key = member("key");
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "key must be 1 to 255 printable ASCII characters, was '"
                            + key.replaceAll("[^\\x20-\\x7e]", "?")
                            + "'");
        }
        return new DeadLetter(
                member("source"),
                members.getOrDefault("version", ""),
                Position.decode(member("position")),
                key,
                raw(),
                fields,
                attempts(),
                new WriteFailure(action(), member("kind"), members.getOrDefault("detail", "")),
                time());
    }

    private String member(String name) {
        String value = members.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a letter must have " + name + ", has not");
        }
        return value;
    }

    private ByteBuffer raw() {
        @Nullable String text = members.get("raw");
        @Nullable String base64 = members.get("rawBase64");
        if ((text == null) == (base64 == null)) {
            throw new IllegalArgumentException(
                    "a letter must have raw or rawBase64, has "
                            + (text == null ? "neither" : "both"));
        }
        byte[] bytes =
                text != null
                        ? text.getBytes(StandardCharsets.UTF_8)
                        : Base64.getDecoder().decode(base64);
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    private int attempts() {
        String attempts = members.getOrDefault("attempts", "0");
        try {
            return Integer.parseInt(attempts);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("attempts must be a number, was " + attempts, e);
        }
    }

    private WriteFailure.Action action() {
        String name = members.getOrDefault("action", WriteFailure.Action.DEAD_LETTER.name());
        for (WriteFailure.Action action : WriteFailure.Action.values()) {
            if (action.name().equals(name)) {
                return action;
            }
        }
        throw new IllegalArgumentException("action must be a known one, was " + name);
    }

    private Instant time() {
        String time = member("time");
        try {
            return Instant.parse(time);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("time must be ISO 8601, was " + time, e);
        }
    }
}
