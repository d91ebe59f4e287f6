package io.ingest4j.examples.server;

import java.util.List;

/**
 * The customer of one id, whose every field follows from the seed and the id, so that whoever knows
 * these can tell whether a record arrived as it was written. One object is reused for many customers;
 * not thread-safe.
 */
final class Customer {

    /** The names of the fields, in order. */
    static final List<String> FIELDS =
            List.of("id", "name", "email", "address", "city", "amount", "date", "note");

    /** No customer has more bytes. */
    static final int MAX_BYTES = 300;

    private static final int MAX_DIGITS = 19;
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final int FIRST_YEAR = 2016;
    private static final int YEARS = 10;

    private final long seed;
    private final byte[] text = new byte[MAX_BYTES];
    private final int[] ends = new int[FIELDS.size()];
    private int length;
    private int field;
    private int special;
    private long random;

    Customer(long seed) {
        this.seed = seed;
    }

    /** The UTF-8 of all fields, one after the other. */
    byte[] text() {
        return text;
    }

    int start(int field) {
        return field == 0 ? 0 : ends[field - 1];
    }

    int end(int field) {
        return ends[field];
    }

    /** Whether the field is written as it is in CSV and in JSON, without quotes and escapes. */
    boolean isPlain(int field) {
        return (special & 1 << field) == 0;
    }

    /** Becomes the customer of an id, at least 1. */
    void become(long id) {
        length = 0;
        field = 0;
        special = 0;
        random = seed ^ (id * GOLDEN_GAMMA);
        id(id);
        end();
        int first = draw(Words.FIRST_NAMES.length);
        int last = draw(Words.LAST_NAMES.length);
        add(Words.FIRST_NAMES[first]);
        add(' ');
        add(Words.LAST_NAMES[last]);
        end();
        email(first, last);
        end();
        address();
        end();
        add(Words.CITIES[draw(Words.CITIES.length)]);
        end();
        number(draw(Words.NUMBERS.length));
        add('.');
        twoDigits(draw(100));
        end();
        date();
        end();
        add(Words.NOTES[draw(Words.NOTES.length)]);
        end();
    }

    private void email(int first, int last) {
        add(Words.FIRST_MAILBOXES[first]);
        add('.');
        add(Words.LAST_MAILBOXES[last]);
        number(draw(100));
        add(Words.MAIL_DOMAINS[draw(Words.MAIL_DOMAINS.length)]);
    }

    private void address() {
        number(1 + draw(250));
        add(Words.STREETS[draw(Words.STREETS.length)]);
        int flat = draw(8);
        if (flat < 2) {
            add(Words.FLAT);
            number(1 + draw(90));
        } else if (flat == 2) {
            add(Words.FLOOR);
            number(1 + draw(30));
        }
    }

    private void date() {
        number(FIRST_YEAR + draw(YEARS));
        add('-');
        twoDigits(1 + draw(12));
        add('-');
        twoDigits(1 + draw(28));
    }

    /** Draws from 0 to below n (SplitMix64, Steele et al., OOPSLA 2014; Lemire's range reduction). */
    private int draw(int n) {
        random += GOLDEN_GAMMA;
        long z = random;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (int) (((z >>> 32) * n) >>> 32);
    }

    private void end() {
        ends[field++] = length;
    }

    private void add(char ascii) {
        text[length++] = (byte) ascii;
    }

    private void add(Word word) {
        byte[] bytes = word.bytes;
        System.arraycopy(bytes, 0, text, length, bytes.length);
        length += bytes.length;
        if (!word.plain) {
            special |= 1 << field;
        }
    }

    private void number(int value) {
        add(Words.NUMBERS[value]);
    }

    private void twoDigits(int value) {
        add((char) ('0' + value / 10));
        add((char) ('0' + value % 10));
    }

    private void id(long id) {
        int digits = 1;
        for (long limit = 10; digits < MAX_DIGITS && id >= limit; limit *= 10) {
            digits++;
        }
        long rest = id;
        for (int i = length + digits - 1; i >= length; i--) {
            long tenth = rest / 10;
            text[i] = (byte) ('0' + (rest - 10 * tenth));
            rest = tenth;
        }
        length += digits;
    }
}
