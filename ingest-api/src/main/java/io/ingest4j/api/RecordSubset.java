package io.ingest4j.api;

import java.nio.ByteBuffer;

/** Some records of a batch, in its order. */
final class RecordSubset<T> implements RecordBatch<T> {

    private final RecordBatch<T> whole;
    private final int[] indices;

    RecordSubset(RecordBatch<T> whole, int[] indices) {
        this.whole = whole;
        this.indices = indices;
    }

    @Override
    public SourceSplit split() {
        return whole.split();
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public T record(int index) {
        return whole.record(indices[index]);
    }

    @Override
    public Position position(int index) {
        return whole.position(indices[index]);
    }

    @Override
    public long offset(int index) {
        return whole.offset(indices[index]);
    }

    @Override
    public ByteBuffer raw(int index) {
        return whole.raw(indices[index]);
    }

    /** Their share if all records are of the same size. */
    @Override
    public long sizeBytes() {
        return whole.sizeBytes() * indices.length / Math.max(1, whole.size());
    }

    @Override
    public String keyPrefix() {
        return whole.keyPrefix();
    }

    @Override
    public boolean hasDerivedKeys() {
        return whole.hasDerivedKeys();
    }

    @Override
    public String key(int index) {
        return whole.key(indices[index]);
    }
}
