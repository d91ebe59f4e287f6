package io.ingest4j.core.csv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The bytes of a batch and where its records and fields lie in them. A record's plain fields are what lies between
 * separators, whose places are on the tape; the fields of other records (quoted, decoded, padded) are listed as start
 * and length, where a negative start is the complement of an index into the side area.
 */
final class CsvTable {

    /** What the records array holds for each record. */
    static final int START = 0;

    static final int END = 1;

    /** Index of the first separator on the tape, or complement of an index into the listed fields. */
    static final int FIELDS = 2;

    static final int SIZE = 3;

    /** Four times the number of lines before the record, and flags: not ASCII, quotes on the tape. */
    static final int LINE = 4;

    static final int STRIDE = 5;

    /** How many bytes of the slab after its content the scanner may look at. */
    static final int SLACK = 64;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    final CsvHeader header;
    final byte quote;
    byte[] slab;
    byte[] side = {};
    int sideSize;
    int[] tape;
    int[] listed = {};
    int listedSize;
    int[] records;
    int count;

    CsvTable(CsvHeader header, byte quote, byte[] slab, int[] tape, int[] records) {
        this.header = header;
        this.quote = quote;
        this.slab = slab;
        this.tape = tape;
        this.records = records;
    }

    void addRecord(int start, int end, int fields, int size, int line) {
        int at = count * STRIDE;
        if (at == records.length) {
            records = Arrays.copyOf(records, Math.max(16 * STRIDE, records.length * 2));
        }
        int[] r = records;
        r[at] = start;
        r[at + END] = end;
        r[at + FIELDS] = fields;
        r[at + SIZE] = size;
        r[at + LINE] = line;
        count++;
    }

    /** Lists a field. */
    void addField(int start, int length) {
        if (listedSize + 2 > listed.length) {
            listed = Arrays.copyOf(listed, Math.max(64, listed.length * 2));
        }
        listed[listedSize] = start;
        listed[listedSize + 1] = length;
        listedSize += 2;
    }

    /** Lists a field whose text is copied to the side area. */
    void addSideField(byte[] text) {
        reserveSide(text.length);
        System.arraycopy(text, 0, side, sideSize, text.length);
        addField(~sideSize, text.length);
        sideSize += text.length;
    }

    /** Copies bytes of the slab to the end of the side area, where there is room, eight at a time. */
    void copyToSide(int start, int length) {
        for (int i = 0; i < length; i += Long.BYTES) {
            LONGS.set(side, sideSize + i, (long) LONGS.get(slab, start + i));
        }
        sideSize += length;
    }

    /** Lists a quoted field that has escapes: copies it to the side area without what escapes. */
    void addUnescaped(int start, int length, byte quote, char escape) {
        reserveSide(length);
        byte[] from = slab;
        byte[] to = side;
        int out = sideSize;
        int end = start + length;
        for (int i = start; i < end; i++) {
            byte b = from[i];
            boolean escapes =
                    i + 1 < end
                            && (b == quote
                                    ? from[i + 1] == quote
                                    : b == escape
                                            && (from[i + 1] == quote || from[i + 1] == escape));
            if (escapes) {
                i++;
                b = from[i];
            }
            to[out++] = b;
        }
        addField(~sideSize, out - sideSize);
        sideSize = out;
    }

    /** Makes room in the side area, with some left over for {@link #copyToSide}. */
    void reserveSide(int length) {
        int needed = sideSize + length + Long.BYTES;
        if (side.length < needed) {
            side = Arrays.copyOf(side, Math.max(needed, Math.max(256, side.length * 2)));
        }
    }

    CsvRow row(int index) {
        int at = index * STRIDE;
        int[] r = records;
        return new CsvRow(this, r[at + FIELDS], r[at + SIZE], r[at + LINE]);
    }

    long sizeBytes() {
        return slab.length
                + (long) side.length
                + 4L * (tape.length + listed.length + records.length);
    }
}
