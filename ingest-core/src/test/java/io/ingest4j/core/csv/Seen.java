package io.ingest4j.core.csv;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a reader said about one record, good or bad.
 *
 * @param fields the fields, empty for a bad record
 * @param reason why it is bad, empty for a good one
 * @param raw the bytes as ISO-8859-1
 */
record Seen(List<String> fields, String reason, String raw, Position position) {

    boolean isGood() {
        return reason.isEmpty();
    }

    /** Without what depends on the split that it was read from. */
    Seen anywhere() {
        Position plain = new Position("", 0, position.offset(), "");
        return new Seen(fields, reason, raw, plain);
    }

    static List<Seen> anywhere(List<Seen> seen) {
        return seen.stream().map(Seen::anywhere).toList();
    }

    static List<List<String>> good(List<Seen> seen) {
        return seen.stream().filter(Seen::isGood).map(Seen::fields).toList();
    }

    static List<Seen> bad(List<Seen> seen) {
        return seen.stream().filter(s -> !s.isGood()).toList();
    }

    /** Reads everything in one split. */
    static List<Seen> all(CsvFormat format, byte[] bytes) throws IOException {
        return all(format.read(TestBytes.of(bytes)), 1, 1_000);
    }

    /** Reads everything in some splits, one after the other. */
    static List<Seen> all(RecordSource<Row> source, int splits, int maxRecords) throws IOException {
        List<Seen> seen = new ArrayList<>();
        for (SourceSplit split : source.splits(splits)) {
            seen.addAll(from(source, split, split.startPosition(), maxRecords));
        }
        return seen;
    }

    /** Reads a split from a position on. */
    static List<Seen> from(
            RecordSource<Row> source, SourceSplit split, Position from, int maxRecords)
            throws IOException {
        List<Seen> seen = new ArrayList<>();
        try (RecordReader<Row> reader = source.open(split, from)) {
            Optional<SourceBatch<Row>> batch = reader.read(maxRecords, Long.MAX_VALUE);
            while (batch.isPresent()) {
                seen.addAll(in(batch.get()));
                batch = reader.read(maxRecords, Long.MAX_VALUE);
            }
        }
        return seen;
    }

    static List<Seen> in(SourceBatch<Row> batch) {
        List<Seen> seen = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            seen.add(new Seen(fields(batch.record(i)), "", text(batch.raw(i)), batch.position(i)));
        }
        for (RejectedRecord bad : batch.rejected()) {
            seen.add(new Seen(List.of(), bad.reason(), text(bad.raw()), bad.position()));
        }
        seen.sort(Comparator.comparing(s -> s.position().offset()));
        return seen;
    }

    static List<String> fields(Row row) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            fields.add(row.get(i));
        }
        return fields;
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
    }
}
