package io.ingest4j.s3;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.spi.Ticker;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Some bytes as a batch. */
record ByteBatch(List<ByteBuffer> records) implements RecordBatch<ByteBuffer> {

    private static final SourceSplit SPLIT = new SourceSplit("0", "memory", "", 0, -1, "");

    static ByteBatch of(byte[] bytes, int from, int to) {
        return new ByteBatch(List.of(ByteBuffer.wrap(bytes, from, to - from)));
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
    public ByteBuffer record(int index) {
        return records.get(index);
    }

    @Override
    public Position position(int index) {
        return new Position("0", index, index, "");
    }

    @Override
    public ByteBuffer raw(int index) {
        return records.get(index);
    }

    @Override
    public long sizeBytes() {
        return records.stream().mapToLong(ByteBuffer::remaining).sum();
    }
}
