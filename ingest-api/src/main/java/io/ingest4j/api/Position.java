package io.ingest4j.api;

import java.util.Objects;

/**
 * Where a record begins, exactly enough to go on reading there.
 *
 * <p>The printable form made by {@link #encode()} is versioned and independent of Java
 * serialization.
 *
 * @param split the id of the {@link SourceSplit} that holds the record
 * @param recordNumber how many records of the split lie before this one, from 0
 * @param offset what orders the records of a whole source and is unique in it: the byte offset of
 *     the record's first byte, or for paged sources a number made of page and index; not negative
 * @param detail what else the reader needs to go on from here, such as a line number or a cursor;
 *     empty when there is nothing
 * @since 0.1
 */
public record Position(String split, long recordNumber, long offset, String detail) {

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if a number is negative
     */
    public Position {
        Objects.requireNonNull(split, "split");
        Objects.requireNonNull(detail, "detail");
        PrintableForm.requireNotNegative("recordNumber", recordNumber);
        PrintableForm.requireNotNegative("offset", offset);
    }

    /**
     * Returns the printable form, which {@link #decode} reads back.
     *
     * @return ASCII text without white space
     */
    public String encode() {
        return PrintableForm.join("p1", split, recordNumber, offset, detail);
    }

    /**
     * Reads a printable form.
     *
     * @param text what {@link #encode()} returned
     * @return the equal position
     * @throws IllegalArgumentException if the text is not such a form, or of a later version
     */
    public static Position decode(String text) {
        String[] parts = PrintableForm.split("p1", 5, text);
        return new Position(
                parts[1],
                PrintableForm.number(text, parts[2]),
                PrintableForm.number(text, parts[3]),
                parts[4]);
    }
}
