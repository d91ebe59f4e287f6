package io.ingest4j.core.csv;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import java.util.Optional;

/** The reader of a source without objects. */
record CsvNothing(Position position) implements RecordReader<Row> {

    @Override
    public Optional<SourceBatch<Row>> read(int maxRecords, long maxBytes) {
        return Optional.empty();
    }

    @Override
    public void wakeup() {}

    @Override
    public void close() {}
}
