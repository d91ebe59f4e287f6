package io.ingest4j.core.schedule;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;

/** Items of one dispatch that are processed by one call. */
record ScheduledBatch<T>(
        SourceSplit split, List<ScheduledItem<T>> items, Function<T, ByteBuffer> bytes)
        implements RecordBatch<T> {

    static SourceSplit split(String scheduler) {
        return new SourceSplit("0", "schedule:" + scheduler, "", 0, SourceSplit.UNKNOWN, "");
    }

    @Override
    public int size() {
        return items.size();
    }

    @Override
    public T record(int index) {
        return items.get(index).item();
    }

    @Override
    public Position position(int index) {
        return position(items.get(index));
    }

    static Position position(ScheduledItem<?> item) {
        return new Position(item.submission(), item.index(), item.index(), "");
    }

    @Override
    public ByteBuffer raw(int index) {
        return bytes.apply(record(index));
    }

    @Override
    public long sizeBytes() {
        long size = 0;
        for (int i = 0; i < size(); i++) {
            size += raw(i).remaining();
        }
        return size;
    }

    @Override
    public String key(int index) {
        return items.get(index).key();
    }

    @Override
    public boolean hasDerivedKeys() {
        return false;
    }
}
