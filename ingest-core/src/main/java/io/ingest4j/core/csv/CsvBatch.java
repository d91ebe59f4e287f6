package io.ingest4j.core.csv;

import io.ingest4j.api.Position;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The records of one table. */
final class CsvBatch implements SourceBatch<Row> {

    private static final byte POISON = (byte) 0xDB;

    private final SourceSplit split;
    private final CsvTable table;
    private final Position start;
    private final Position end;
    private final CsvPlace place;
    private final List<RejectedRecord> rejected;
    private final @Nullable CsvWideText wide;
    private final int used;
    private final boolean poison;
    private final long @Nullable [] offsets;

    /**
     * @param start where index 0 of the slab is, and the number of the first record, good or bad
     * @param place the line at index 0 of the slab
     * @param used how many bytes of the slab are the batch's
     */
    CsvBatch(
            SourceSplit split,
            CsvTable table,
            Position start,
            Position end,
            CsvPlace place,
            List<RejectedRecord> rejected,
            @Nullable CsvWideText wide,
            int used,
            boolean poison) {
        this.split = split;
        this.table = table;
        this.start = start;
        this.end = end;
        this.place = place;
        this.rejected = rejected;
        this.wide = wide;
        this.used = used;
        this.poison = poison;
        offsets = wide == null ? null : offsets(wide, table, start.offset());
    }

    private static long[] offsets(CsvWideText wide, CsvTable table, long base) {
        long[] offsets = new long[table.count];
        long offset = base;
        int before = 0;
        for (int i = 0; i < offsets.length; i++) {
            int at = table.records[i * CsvTable.STRIDE + CsvTable.START];
            offset += wide.sourceLength(table.slab, before, at);
            before = at;
            offsets[i] = offset;
        }
        return offsets;
    }

    @Override
    public SourceSplit split() {
        return split;
    }

    @Override
    public int size() {
        return table.count;
    }

    @Override
    public Row record(int index) {
        Objects.checkIndex(index, table.count);
        return table.row(index);
    }

    @Override
    public Position position(int index) {
        long offset = offset(index);
        int badBefore = 0;
        while (badBefore < rejected.size()
                && rejected.get(badBefore).position().offset() < offset) {
            badBefore++;
        }
        long number = start.recordNumber() + index + badBefore;
        int lines = table.records[index * CsvTable.STRIDE + CsvTable.LINE] >>> 2;
        return new Position(split.id(), number, offset, place.plus(lines).detail());
    }

    @Override
    public long offset(int index) {
        Objects.checkIndex(index, table.count);
        return offsets == null
                ? start.offset() + table.records[index * CsvTable.STRIDE + CsvTable.START]
                : offsets[index];
    }

    @Override
    public ByteBuffer raw(int index) {
        Objects.checkIndex(index, table.count);
        int at = index * CsvTable.STRIDE;
        int from = table.records[at + CsvTable.START];
        int to = table.records[at + CsvTable.END];
        ByteBuffer raw =
                wide == null
                        ? ByteBuffer.wrap(table.slab, from, to - from).slice()
                        : ByteBuffer.wrap(wide.toSource(table.slab, from, to));
        return raw.asReadOnlyBuffer();
    }

    @Override
    public long sizeBytes() {
        return table.sizeBytes();
    }

    @Override
    public List<RejectedRecord> rejected() {
        return rejected;
    }

    @Override
    public Position end() {
        return end;
    }

    @Override
    public void release() {
        if (poison) {
            Arrays.fill(table.slab, 0, used, POISON);
            Arrays.fill(table.side, POISON);
        }
    }
}
