package io.ingest4j.core;

import dev.failsafe.Execution;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Records of one chunk that are written together: what the sink sees of a chunk. */
final class Request<S, T> implements RecordBatch<T> {

    final Chunk<S> chunk;

    /** How often these records were handed to the sink, all requests they were in together. */
    int attempts;

    /** Counts the failures; null before the first one. */
    @Nullable Execution<Object> execution;

    private final int[] indices;
    private final Object[] values;
    private final long sizeBytes;

    Request(Chunk<S> chunk, int[] indices, Object[] values) {
        this.chunk = chunk;
        this.indices = indices;
        this.values = values;
        sizeBytes = chunk.batch().sizeBytes() * indices.length / Math.max(1, chunk.size);
    }

    /** They keep what is known of their attempts. */
    @Override
    public Request<S, T> subset(int... chosen) {
        if (chosen.length == indices.length) {
            return this;
        }
        int[] fewer = new int[chosen.length];
        Object[] theirs = new Object[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            fewer[i] = indices[chosen[i]];
            theirs[i] = values[chosen[i]];
        }
        Request<S, T> rest = new Request<>(chunk, fewer, theirs);
        rest.attempts = attempts;
        rest.execution = execution;
        return rest;
    }

    int indexInChunk(int index) {
        return indices[index];
    }

    @Override
    public SourceSplit split() {
        return chunk.split.split;
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    @SuppressWarnings("unchecked") // the loop put what the mappers made of the source's records
    public T record(int index) {
        return (T) values[index];
    }

    @Override
    public Position position(int index) {
        return chunk.batch().position(indices[index]);
    }

    @Override
    public long offset(int index) {
        return chunk.batch().offset(indices[index]);
    }

    @Override
    public ByteBuffer raw(int index) {
        return chunk.batch().raw(indices[index]);
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean hasDerivedKeys() {
        return chunk.hasDerivedKeys();
    }

    @Override
    public String key(int index) {
        return chunk.key(indices[index]);
    }

    @Override
    public String keyPrefix() {
        return chunk.split.keyPrefix;
    }
}
