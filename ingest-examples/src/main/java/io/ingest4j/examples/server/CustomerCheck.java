package io.ingest4j.examples.server;

import java.util.Arrays;

/**
 * Compares the customers in the body of one request with what they should be. A record is corrupted if
 * a field is missing, unknown, there twice, no string or not what belongs to its id, or if there is no
 * such id. A body of the shortest possible JSON is compared byte by byte, and any other by {@link
 * CustomerParser}, several times slower. For one body; not thread-safe.
 */
final class CustomerCheck {

    private static final byte[] START = {'{', '"', 'i', 'd', '"', ':', '"'};

    private final long records;
    private final Customer expected;
    private final CustomerJson expectedJson = new CustomerJson();
    private long[] ids = new long[16];
    private int good;
    private int corrupted;

    CustomerCheck(long records, long seed) {
        this.records = records;
        expected = new Customer(seed);
    }

    /** The ids of the customers that are as they should be: the first {@link #good} of these. */
    long[] ids() {
        return ids;
    }

    int good() {
        return good;
    }

    int corrupted() {
        return corrupted;
    }

    /**
     * Reads a body.
     *
     * @param body UTF-8
     * @param lines whether it holds objects one after the other, or else one object or array
     * @throws MalformedBodyException if it is no such JSON; nothing of it counts then
     */
    void read(byte[] body, boolean lines) throws MalformedBodyException {
        if (!isAsExpected(body, lines)) {
            good = 0;
            CustomerParser.read(body, lines, this);
        }
    }

    /** Tells whether the body is the shortest JSON of customers and nothing else. */
    private boolean isAsExpected(byte[] body, boolean lines) {
        boolean array = !lines && body.length > 0 && body[0] == '[';
        int position = array ? 1 : 0;
        while (true) {
            int end = endOfExpected(body, position);
            if (end < 0) {
                return false;
            }
            if (array && end < body.length && body[end] == ',') {
                position = end + 1;
            } else if (array) {
                return end == body.length - 1 && body[end] == ']';
            } else if (lines && end < body.length - 1 && body[end] == '\n') {
                position = end + 1;
            } else {
                return end == body.length || (lines && end == body.length - 1 && body[end] == '\n');
            }
        }
    }

    /** Counts the customer that begins at a position; returns where it ends, or -1 if it is another. */
    private int endOfExpected(byte[] body, int position) {
        int digits = position + START.length;
        if (digits > body.length
                || !Arrays.equals(body, position, digits, START, 0, START.length)) {
            return -1;
        }
        long id = 0;
        for (int i = digits; i < body.length && body[i] != '"'; i++) {
            int digit = body[i] - '0';
            if (digit < 0 || digit > 9 || id > records) {
                return -1;
            }
            id = 10 * id + digit;
        }
        if (!isKnown(id)) {
            return -1;
        }
        expected.become(id);
        expectedJson.become(expected);
        int length = expectedJson.length();
        int end = position + length;
        if (end > body.length
                || !Arrays.equals(body, position, end, expectedJson.bytes(), 0, length)) {
            return -1;
        }
        addGood(id);
        return end;
    }

    private boolean isKnown(long id) {
        return id >= 1 && id <= records;
    }

    /** Counts a record of these fields, in order. */
    void compare(byte[][] fields) {
        long id = id(fields[0]);
        if (isKnown(id) && isExpected(id, fields)) {
            addGood(id);
        } else {
            addCorrupted();
        }
    }

    /** Counts a record that isn't one. */
    void addCorrupted() {
        corrupted++;
    }

    private boolean isExpected(long id, byte[][] fields) {
        expected.become(id);
        for (int i = 0; i < fields.length; i++) {
            byte[] field = fields[i];
            if (!Arrays.equals(
                    field, 0, field.length, expected.text(), expected.start(i), expected.end(i))) {
                return false;
            }
        }
        return true;
    }

    private long id(byte[] digits) {
        long id = 0;
        for (byte b : digits) {
            int digit = b - '0';
            if (digit < 0 || digit > 9 || id > records) {
                return -1;
            }
            id = 10 * id + digit;
        }
        return id;
    }

    private void addGood(long id) {
        if (good == ids.length) {
            ids = Arrays.copyOf(ids, 4 * good);
        }
        ids[good++] = id;
    }
}
