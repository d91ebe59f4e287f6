package io.ingest4j.core.csv;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.Position;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Divides one object into splits of about the same size. */
final class CsvDivider {

    private static final int SCAN_RECORDS = 4_000;

    private final CsvOptions options;
    private final ByteSource bytes;
    private final ByteObject object;
    private final int parts;
    private final List<SourceSplit> splits = new ArrayList<>();
    private long start;
    private long line = 1;
    private boolean exact = true;

    CsvDivider(CsvOptions options, ByteSource bytes, ByteObject object, int parts) {
        this.options = options;
        this.bytes = bytes;
        this.object = object;
        this.parts = parts;
    }

    List<SourceSplit> divide() throws IOException {
        SourceSplit whole = CsvSplit.whole(options, object);
        try (CsvReader reader =
                new CsvReader(options, bytes, whole, whole.startPosition(), false)) {
            long dataStart = reader.dataStart().offset();
            if (options.scanForSplits) {
                scan(reader, dataStart);
            } else {
                for (int i = 1; i < parts; i++) {
                    cut(boundary(i, dataStart + 1), 0, false);
                }
            }
        }
        add(object.length());
        return splits;
    }

    private long boundary(int part, long dataStart) {
        return dataStart + (long) ((object.length() - dataStart) * ((double) part / parts));
    }

    private void scan(CsvReader reader, long dataStart) throws IOException {
        int part = 1;
        while (part < parts) {
            Optional<SourceBatch<Row>> batch = reader.read(SCAN_RECORDS, Long.MAX_VALUE);
            if (batch.isEmpty()) {
                return;
            }
            while (part < parts && batch.get().end().offset() > boundary(part, dataStart)) {
                Position cut = firstAt(batch.get(), boundary(part, dataStart));
                cut(cut.offset(), CsvPlace.of(cut).line(), true);
                part++;
            }
        }
    }

    /** Returns the first record at or after an offset, or the end of the batch. */
    private static Position firstAt(SourceBatch<Row> batch, long offset) {
        int low = 0;
        int high = batch.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (batch.offset(middle) < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < batch.size() ? batch.position(low) : batch.end();
    }

    private void cut(long at, long lineAt, boolean exactAt) {
        if (at > start && at < object.length()) {
            add(at);
            start = at;
            line = lineAt;
            exact = exactAt;
        }
    }

    private void add(long end) {
        String id = start == 0 ? object.name() : object.name() + "#" + start;
        splits.add(CsvSplit.part(options, object, id, start, end, line, exact));
    }
}
