package io.ingest4j.api;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Named text fields over shared bytes, decoded only when asked for, so that a record can go from a
 * CSV object to a JSON request without becoming a String.
 *
 * <p>A row is valid until its batch has its final result; {@link #copy()} keeps it longer. Safe for
 * use by several threads.
 *
 * @since 0.1
 */
public interface Row {

    /**
     * Returns the names of the fields.
     *
     * @return the names in order, as many as {@link #size()}; the same list for all rows of a source
     *     as long as their fields are the same
     */
    List<String> names();

    /**
     * Returns the number of fields.
     *
     * @return at least 0
     */
    int size();

    /**
     * Returns the array that holds a field's text as UTF-8. Never write to it.
     *
     * @param field from 0 to {@code size() - 1}
     * @return the array; the field begins at {@link #start} and has {@link #length} bytes
     */
    byte[] array(int field);

    /**
     * Returns where a field begins in its {@link #array}.
     *
     * @param field from 0 to {@code size() - 1}
     * @return an index into the array
     */
    int start(int field);

    /**
     * Returns the length of a field's text as UTF-8.
     *
     * @param field from 0 to {@code size() - 1}
     * @return the number of bytes
     */
    int length(int field);

    /**
     * Returns a field as a String.
     *
     * @param field from 0 to {@code size() - 1}
     * @return its text
     */
    default String get(int field) {
        return new String(array(field), start(field), length(field), StandardCharsets.UTF_8);
    }

    /**
     * Returns a field as a String.
     *
     * @param name one of {@link #names()}
     * @return its text
     * @throws IllegalArgumentException if there is no such field
     */
    default String get(String name) {
        int field = names().indexOf(name);
        if (field < 0) {
            throw new IllegalArgumentException("field must be one of " + names() + ", was " + name);
        }
        return get(field);
    }

    /**
     * Returns an equal row that stays valid for ever.
     *
     * @return a row with its own bytes
     */
    Row copy();
}
