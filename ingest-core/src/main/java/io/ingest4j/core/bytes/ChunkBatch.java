package io.ingest4j.core.bytes;

import io.ingest4j.api.Position;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/** One chunk, which can only be read. */
record ChunkBatch(SourceSplit split, Position start, Position end, ByteBuffer chunk)
        implements SourceBatch<ByteBuffer> {

    @Override
    public int size() {
        return 1;
    }

    @Override
    public ByteBuffer record(int index) {
        Objects.checkIndex(index, 1);
        return chunk.duplicate();
    }

    @Override
    public Position position(int index) {
        Objects.checkIndex(index, 1);
        return start;
    }

    @Override
    public ByteBuffer raw(int index) {
        return record(index);
    }

    @Override
    public long sizeBytes() {
        return chunk.capacity(); // also of what it is not filled with
    }

    @Override
    public List<RejectedRecord> rejected() {
        return List.of();
    }
}
