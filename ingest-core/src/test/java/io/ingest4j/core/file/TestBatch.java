package io.ingest4j.core.file;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.spi.Ticker;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Some records of a list, as a batch. */
record TestBatch<T>(List<T> records, long first) implements RecordBatch<T> {

    private static final SourceSplit SPLIT = new SourceSplit("0", "memory", "", 0, -1, "");

    @SafeVarargs
    @SuppressWarnings("varargs") // the list only reads the array
    static <T> TestBatch<T> of(T... records) {
        return new TestBatch<>(List.of(records), 0);
    }

    static WriterContext context(byte... state) {
        return new WriterContext(
                Ticker.system(),
                RateLimiters.unlimited(),
                state.length == 0 ? Optional.empty() : Optional.of(state));
    }

    @Override
    public SourceSplit split() {
        return SPLIT;
    }

    @Override
    public int size() {
        return records.size();
    }

    @Override
    public T record(int index) {
        return records.get(index);
    }

    @Override
    public Position position(int index) {
        return new Position("0", first + index, first + index, "");
    }

    @Override
    public ByteBuffer raw(int index) {
        return ByteBuffer.allocate(0);
    }

    @Override
    public long sizeBytes() {
        return 100L * records.size();
    }
}
