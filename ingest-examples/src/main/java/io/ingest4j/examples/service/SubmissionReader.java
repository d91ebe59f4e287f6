package io.ingest4j.examples.service;

import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads {@code {"ids": [1, 2, 3], "priority": "HIGH"}} and nothing else. Of several faults the gravest
 * is told: no JSON (400), then too many ids (413), then a wrong form (422), then an id out of range (400);
 * of equal ones the first.
 */
final class SubmissionReader {

    static final BigInteger MAX_ID = BigInteger.TEN.pow(19).add(BigInteger.valueOf(7));

    private static final int MAX_DIGITS = 1_000;
    private static final int MAX_SHOWN = 40;
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNumberLength(MAX_DIGITS)
                                    .maxNestingDepth(100)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .build())
                    // The table of names would take some names for an attack on it.
                    .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                    .build();

    private final JsonParser parser;
    private final int maxIds;
    private final List<BigInteger> ids = new ArrayList<>();
    private int given;
    private boolean hasIds;
    private boolean hasPriority;
    private @Nullable Priority priority;
    private @Nullable String formFault;
    private @Nullable String rangeFault;

    private SubmissionReader(JsonParser parser, int maxIds) {
        this.parser = parser;
        this.maxIds = maxIds;
    }

    static Submission<BigInteger> read(byte[] body, int maxIds) throws RequestException {
        String text = text(body);
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            return new SubmissionReader(parser, maxIds).read();
        } catch (StreamConstraintsException e) {
            throw new RequestException(
                    400,
                    "the body must have numbers of at most %d digits, and be nested at most 100 deep"
                            .formatted(MAX_DIGITS));
        } catch (JacksonException e) {
            throw new RequestException(
                    400,
                    "the body must be JSON, was not: line %d, column %d"
                            .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
        }
    }

    private static String text(byte[] body) throws RequestException {
        if (body.length == 0) {
            throw new RequestException(400, "the body must be JSON, was empty");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw new RequestException(400, "the body must be UTF-8, was not");
        }
    }

    private Submission<BigInteger> read() throws RequestException {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw new RequestException(400, "the body must be JSON, was empty");
        }
        if (first == JsonToken.START_OBJECT) {
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                readField(parser.currentName());
            }
        } else {
            parser.skipChildren();
            wrongForm("the body must be an object, was " + kind(first));
        }
        if (parser.nextToken() != null) {
            throw new RequestException(400, "the body must be one JSON object, more followed");
        }
        return result();
    }

    private Submission<BigInteger> result() throws RequestException {
        if (given > maxIds) {
            throw new RequestException(
                    413, "ids: must be at most %d, were %d".formatted(maxIds, given));
        }
        if (!hasIds) {
            wrongForm("ids: must be given, was missing");
        }
        if (!hasPriority) {
            wrongForm("priority: must be given, was missing");
        }
        if (formFault != null) {
            throw new RequestException(422, formFault);
        }
        if (rangeFault != null) {
            throw new RequestException(400, rangeFault);
        }
        if (priority == null) {
            throw new IllegalStateException("no priority and no fault");
        }
        return Submission.of(ids, priority);
    }

    private void readField(String name) {
        JsonToken value = parser.nextToken();
        switch (name) {
            case "ids" -> {
                if (hasIds) {
                    wrongForm("ids: must be given once, was given twice");
                }
                hasIds = true;
                readIds(value);
            }
            case "priority" -> {
                if (hasPriority) {
                    wrongForm("priority: must be given once, was given twice");
                }
                hasPriority = true;
                readPriority(value);
            }
            default -> {
                parser.skipChildren();
                wrongForm(shown(name) + ": unknown field, there are only ids and priority");
            }
        }
    }

    private void readIds(JsonToken value) {
        if (value != JsonToken.START_ARRAY) {
            parser.skipChildren();
            wrongForm("ids: must be a list of integers, was " + kind(value));
            return;
        }
        int index = 0;
        for (JsonToken id = parser.nextToken();
                id != JsonToken.END_ARRAY;
                id = parser.nextToken()) {
            readId(index++, id);
        }
        given = index;
        if (index == 0) {
            wrongForm("ids: must have at least one id, was empty");
        }
    }

    private void readId(int index, JsonToken id) {
        if (id != JsonToken.VALUE_NUMBER_INT) {
            parser.skipChildren();
            wrongForm("ids[" + index + "]: must be an integer, was " + kind(id));
            return;
        }
        String digits = parser.getString();
        // A longer one need not be computed to be out of range.
        BigInteger number = digits.length() > 20 ? MAX_ID.add(MAX_ID) : new BigInteger(digits);
        if (number.signum() < 1 || number.compareTo(MAX_ID) > 0) {
            if (rangeFault == null) {
                rangeFault =
                        "ids[%d]: must be from 1 to %d, was %s"
                                .formatted(index, MAX_ID, shown(digits));
            }
        } else if (formFault == null && rangeFault == null && index < maxIds) {
            ids.add(number);
        }
    }

    private void readPriority(JsonToken value) {
        if (value != JsonToken.VALUE_STRING) {
            parser.skipChildren();
            wrongForm("priority: must be HIGH, MEDIUM or LOW, was " + kind(value));
            return;
        }
        String name = parser.getString();
        switch (name) {
            case "HIGH" -> priority = Priority.HIGH;
            case "MEDIUM" -> priority = Priority.MEDIUM;
            case "LOW" -> priority = Priority.LOW;
            default ->
                    wrongForm("priority: must be HIGH, MEDIUM or LOW, was '" + shown(name) + "'");
        }
    }

    private void wrongForm(String fault) {
        if (formFault == null) {
            formFault = fault;
        }
    }

    private static String shown(String text) {
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "an integer";
            case VALUE_NUMBER_FLOAT -> "a number with a fraction or an exponent";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> "something else";
        };
    }
}
