package io.ingest4j.core.csv;

import io.ingest4j.api.Row;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A view of one record in a table. */
final class CsvRow implements Row {

    private final CsvTable table;
    private final int fields;
    private final int size;
    private final int flags;

    CsvRow(CsvTable table, int fields, int size, int flags) {
        this.table = table;
        this.fields = fields;
        this.size = size;
        this.flags = flags;
    }

    @Override
    public List<String> names() {
        return table.header.names(size);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public byte[] array(int field) {
        Objects.checkIndex(field, size);
        return fields < 0 && table.listed[listedAt(field)] < 0 ? table.side : table.slab;
    }

    @Override
    public int start(int field) {
        Objects.checkIndex(field, size);
        if (fields < 0) {
            int at = table.listed[listedAt(field)];
            return at < 0 ? ~at : at;
        }
        int start = table.tape[fields + field - 1] + 1;
        return isQuoted(start) ? start + 1 : start;
    }

    @Override
    public int length(int field) {
        Objects.checkIndex(field, size);
        if (fields < 0) {
            return table.listed[listedAt(field) + 1];
        }
        int start = table.tape[fields + field - 1] + 1;
        int length = table.tape[fields + field] - start;
        return isQuoted(start) ? length - 2 : length;
    }

    private int listedAt(int field) {
        return ~fields + 2 * field;
    }

    private boolean isQuoted(int start) {
        return (flags & CsvRecords.QUOTES) != 0 && table.slab[start] == table.quote;
    }

    @Override
    @SuppressWarnings(
            "deprecation") // for ASCII it is right, and the only constructor that checks nothing
    public String get(int field) {
        Objects.checkIndex(field, size);
        byte[] array = table.slab;
        int start;
        int length;
        if (fields >= 0) {
            start = table.tape[fields + field - 1] + 1;
            length = table.tape[fields + field] - start;
            if (isQuoted(start)) {
                start++;
                length -= 2;
            }
        } else {
            start = table.listed[listedAt(field)];
            length = table.listed[listedAt(field) + 1];
            if (start < 0) {
                start = ~start;
                array = table.side;
            }
        }
        if (length == 0) {
            return "";
        }
        return (flags & CsvRecords.NOT_ASCII) == 0
                ? new String(array, 0, start, length)
                : new String(array, start, length, StandardCharsets.UTF_8);
    }

    @Override
    public Row copy() {
        int total = 0;
        for (int i = 0; i < size; i++) {
            total += length(i);
        }
        CsvTable copy =
                new CsvTable(table.header, table.quote, new byte[total], new int[0], new int[0]);
        copy.listed = new int[2 * size];
        int at = 0;
        for (int i = 0; i < size; i++) {
            System.arraycopy(array(i), start(i), copy.slab, at, length(i));
            copy.addField(at, length(i));
            at += length(i);
        }
        return new CsvRow(copy, ~0, size, flags);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof CsvRow row) || size != row.size || !names().equals(row.names())) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (!Arrays.equals(
                    array(i),
                    start(i),
                    start(i) + length(i),
                    row.array(i),
                    row.start(i),
                    row.start(i) + row.length(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = 0; i < size; i++) {
            hash = 31 * hash + get(i).hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : ", ").append(names().get(i)).append('=').append(get(i));
        }
        return text.append('}').toString();
    }
}
