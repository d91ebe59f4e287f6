package io.ingest4j.examples.service;

import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.async.ByteArrayFeeder;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads {@code {"ids": [1, 2, 3], "priority": "HIGH"}} and nothing else, as it comes, and keeps of it the
 * ids alone. Of several faults the gravest is told: no JSON (400), then too many ids (413), then a wrong
 * form (422), then an id out of range (400); of equal ones the first. For one thread at a time.
 */
final class SubmissionReader implements BodyReader.Target {

    static final BigInteger MAX_ID = BigInteger.TEN.pow(19).add(BigInteger.valueOf(7));

    private static final int MAX_DIGITS = 1_000;
    private static final int MAX_SHOWN = 40;

    /** Every id fits into 64 bits without a sign, and those of so many digits into a long. */
    private static final int LONG_DIGITS = 18;

    private static final int MAX_ID_DIGITS = 20;

    /** The parser with its buffers. */
    private static final long PARSER_BYTES = 16 << 10;

    /** A name or text that has not ended is kept in the parser: as chars, and perhaps while it grows. */
    private static final long HELD_PER_TEXT_BYTE = 4;

    /** What a submitted id takes until it is in the store. */
    static final long HELD_PER_SUBMITTED_ID = 200;

    private static final int FIRST_IDS = 16;

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

    /** Where in the body the parser is, apart from values that are skipped. */
    private enum Place {
        BEFORE,
        NAMES,
        VALUE,
        IDS,
        AFTER
    }

    private final int maxIds;
    private final JsonParser parser =
            JSON.createNonBlockingByteArrayParser(ObjectReadContext.empty());
    private final ByteArrayFeeder feeder = (ByteArrayFeeder) parser.nonBlockingInputFeeder();
    private final Utf8Check utf8 = new Utf8Check();
    private Place place = Place.BEFORE;
    private int skippedDepth;
    private String name = "";
    private boolean isEnded;

    /** At least what has come since the last token, and the most that this ever was. */
    private long unfinishedBytes;

    private long mostUnfinishedBytes;

    /** The names around what is skipped, which the parser keeps. */
    private long skippedNameBytes;

    private long[] ids = new long[0];
    private int taken;
    private int given;
    private boolean hasIds;
    private boolean hasPriority;
    private @Nullable Priority priority;
    private @Nullable String formFault;
    private @Nullable String rangeFault;

    SubmissionReader(int maxIds) {
        this.maxIds = maxIds;
    }

    @Override
    public void take(byte[] more) throws RequestException {
        utf8.take(more);
        if (more.length > 0) {
            boolean isToken = parsed(() -> feeder.feedInput(more, 0, more.length));
            unfinishedBytes = more.length + (isToken ? 0 : unfinishedBytes);
            mostUnfinishedBytes = Math.max(mostUnfinishedBytes, unfinishedBytes);
        }
    }

    @Override
    public void end() throws RequestException {
        utf8.end();
        parsed(feeder::endOfInput);
        parser.close();
        isEnded = true;
        if (place == Place.BEFORE) {
            throw new RequestException(400, "the body must be JSON, was empty");
        }
        requireNoFault();
    }

    /** After the end: what the submission takes until it is in the store. */
    @Override
    public long heldBytes() {
        return isEnded
                ? HELD_PER_SUBMITTED_ID * taken
                : PARSER_BYTES
                        + (long) Long.BYTES * ids.length
                        + HELD_PER_TEXT_BYTE * (mostUnfinishedBytes + skippedNameBytes);
    }

    /** Returns whether a token ended. */
    private boolean parsed(Runnable input) throws RequestException {
        try {
            input.run();
            boolean isToken = false;
            for (JsonToken token = parser.nextToken();
                    token != null && token != JsonToken.NOT_AVAILABLE;
                    token = parser.nextToken()) {
                isToken = true;
                take(token);
            }
            return isToken;
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

    private void take(JsonToken token) throws RequestException {
        if (skippedDepth > 0) {
            if (token == JsonToken.PROPERTY_NAME) {
                skippedNameBytes += parser.currentName().length();
            }
            skippedDepth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            return;
        }
        switch (place) {
            case BEFORE -> begin(token);
            case NAMES -> {
                place = token == JsonToken.END_OBJECT ? Place.AFTER : Place.VALUE;
                name = shown(String.valueOf(parser.currentName()));
            }
            case VALUE -> {
                place = Place.NAMES;
                readValue(token);
            }
            case IDS -> {
                if (token == JsonToken.END_ARRAY) {
                    place = Place.NAMES;
                    requireIds();
                } else {
                    readId(token);
                }
            }
            case AFTER ->
                    throw new RequestException(
                            400, "the body must be one JSON object, more followed");
        }
    }

    private void begin(JsonToken token) {
        if (token == JsonToken.START_OBJECT) {
            place = Place.NAMES;
        } else {
            place = Place.AFTER;
            skip(token);
            wrongForm("the body must be an object, was " + kind(token));
        }
    }

    private void skip(JsonToken token) {
        skippedDepth = token.isStructStart() ? 1 : 0;
        skippedNameBytes = 0;
    }

    private void readValue(JsonToken value) {
        switch (name) {
            case "ids" -> {
                if (hasIds) {
                    wrongForm("ids: must be given once, was given twice");
                }
                hasIds = true;
                beginIds(value);
            }
            case "priority" -> {
                if (hasPriority) {
                    wrongForm("priority: must be given once, was given twice");
                }
                hasPriority = true;
                readPriority(value);
            }
            default -> {
                skip(value);
                wrongForm(name + ": unknown field, there are only ids and priority");
            }
        }
    }

    private void beginIds(JsonToken value) {
        if (value != JsonToken.START_ARRAY) {
            skip(value);
            wrongForm("ids: must be a list of integers, was " + kind(value));
            return;
        }
        place = Place.IDS;
        given = 0;
    }

    private void requireIds() {
        if (given == 0) {
            wrongForm("ids: must have at least one id, was empty");
        }
    }

    private void readId(JsonToken token) {
        int index = given++;
        if (token != JsonToken.VALUE_NUMBER_INT) {
            skip(token);
            wrongForm("ids[" + index + "]: must be an integer, was " + kind(token));
            return;
        }
        String digits = parser.getString();
        if (!isInRange(digits)) {
            if (rangeFault == null) {
                rangeFault =
                        "ids[%d]: must be from 1 to %d, was %s"
                                .formatted(index, MAX_ID, shown(digits));
            }
        } else if (formFault == null && rangeFault == null && index < maxIds) {
            keep(Long.parseUnsignedLong(digits));
        }
    }

    /** A longer one need not be computed to be out of range. */
    private static boolean isInRange(String digits) {
        if (digits.length() <= LONG_DIGITS) {
            return Long.parseLong(digits) > 0;
        }
        return digits.length() <= MAX_ID_DIGITS
                && digits.charAt(0) != '-'
                && new BigInteger(digits).compareTo(MAX_ID) <= 0;
    }

    private void keep(long id) {
        if (taken == ids.length) {
            ids = Arrays.copyOf(ids, Math.min(maxIds, Math.max(FIRST_IDS, 2 * taken)));
        }
        ids[taken++] = id;
    }

    private void requireNoFault() throws RequestException {
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
    }

    /** What was read, after its end. */
    Submission<BigInteger> submission() {
        if (!isEnded || priority == null) {
            throw new IllegalStateException("no priority and no fault");
        }
        List<BigInteger> items =
                Arrays.stream(ids, 0, taken).mapToObj(SubmissionReader::unsigned).toList();
        return Submission.of(items, priority);
    }

    private static BigInteger unsigned(long id) {
        return id >= 0 ? BigInteger.valueOf(id) : new BigInteger(Long.toUnsignedString(id));
    }

    private void readPriority(JsonToken value) {
        if (value != JsonToken.VALUE_STRING) {
            skip(value);
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
        if (text.length() <= MAX_SHOWN) {
            return text;
        }
        boolean splitsPair = Character.isHighSurrogate(text.charAt(MAX_SHOWN - 1));
        return text.substring(0, splitsPair ? MAX_SHOWN - 1 : MAX_SHOWN) + "…";
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
