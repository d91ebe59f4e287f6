package io.ingest4j.core.csv;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Rows that come from nowhere. */
final class TestRows {

    private TestRows() {}

    static RecordBatch<Row> batch(List<List<String>> rows) {
        return batchOf(rows.stream().map(TestRows::bytes).toList());
    }

    /** Returns a batch of one row. */
    static RecordBatch<Row> ofBytes(byte[]... fields) {
        return batchOf(List.of(List.of(fields)));
    }

    private static List<byte[]> bytes(List<String> fields) {
        return fields.stream().map(field -> field.getBytes(StandardCharsets.UTF_8)).toList();
    }

    private static RecordBatch<Row> batchOf(List<List<byte[]>> rows) {
        return new RecordBatch<>() {
            @Override
            public SourceSplit split() {
                return new SourceSplit("0", "rows", "", 0, rows.size(), "");
            }

            @Override
            public int size() {
                return rows.size();
            }

            @Override
            public Row record(int index) {
                return row(rows.get(index));
            }

            @Override
            public Position position(int index) {
                return new Position("0", index, index, "");
            }

            @Override
            public ByteBuffer raw(int index) {
                return ByteBuffer.allocate(0);
            }

            @Override
            public long sizeBytes() {
                return 0;
            }
        };
    }

    private static Row row(List<byte[]> fields) {
        return new Row() {
            @Override
            public List<String> names() {
                return CsvNames.sized(new CsvNames(new String[0]), fields.size());
            }

            @Override
            public int size() {
                return fields.size();
            }

            @Override
            public byte[] array(int field) {
                return fields.get(field);
            }

            @Override
            public int start(int field) {
                return 0;
            }

            @Override
            public int length(int field) {
                return array(field).length;
            }

            @Override
            public Row copy() {
                return this;
            }
        };
    }
}
