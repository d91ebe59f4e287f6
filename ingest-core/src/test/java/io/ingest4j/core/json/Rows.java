package io.ingest4j.core.json;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A batch of rows in memory, whose fields lie somewhere inside a larger array. */
record Rows(List<Row> rows) implements RecordBatch<Row> {

    private static final SourceSplit SPLIT =
            new SourceSplit("0", "memory", "", 0, SourceSplit.UNKNOWN, "");

    static Row row(List<String> names, String... values) {
        byte[] bytes = ("<" + String.join("|", values) + ">").getBytes(StandardCharsets.UTF_8);
        int[] starts = new int[values.length + 1];
        starts[0] = 1;
        for (int i = 0; i < values.length; i++) {
            starts[i + 1] = starts[i] + values[i].getBytes(StandardCharsets.UTF_8).length + 1;
        }
        return new MemoryRow(names, bytes, starts);
    }

    static Rows of(Row... rows) {
        return new Rows(List.of(rows));
    }

    @Override
    public SourceSplit split() {
        return SPLIT;
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public Row record(int index) {
        return rows.get(index);
    }

    @Override
    public Position position(int index) {
        return new Position("0", index, 10L * index, "");
    }

    @Override
    public ByteBuffer raw(int index) {
        return ByteBuffer.allocate(0);
    }

    @Override
    public long sizeBytes() {
        return 100L * rows.size();
    }

    private static final class MemoryRow implements Row {

        private final List<String> names;
        private final byte[] bytes;
        private final int[] starts;

        MemoryRow(List<String> names, byte[] bytes, int[] starts) {
            this.names = names;
            this.bytes = bytes;
            this.starts = starts;
        }

        @Override
        public List<String> names() {
            return names;
        }

        @Override
        public int size() {
            return starts.length - 1;
        }

        @Override
        public byte[] array(int field) {
            return bytes;
        }

        @Override
        public int start(int field) {
            return starts[field];
        }

        @Override
        public int length(int field) {
            return starts[field + 1] - starts[field] - 1;
        }

        @Override
        public Row copy() {
            return this;
        }
    }
}
