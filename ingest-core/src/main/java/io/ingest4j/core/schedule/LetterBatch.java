package io.ingest4j.core.schedule;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import java.util.List;

/** Items that were given up, on their way to the dead-letter sink. */
record LetterBatch<T>(SourceSplit split, List<Letter<T>> letters)
        implements RecordBatch<DeadLetter> {

    /** An item and what is written about it. */
    record Letter<T>(ScheduledItem<T> item, DeadLetter text) {}

    @Override
    public int size() {
        return letters.size();
    }

    @Override
    public DeadLetter record(int index) {
        return letters.get(index).text;
    }

    @Override
    public Position position(int index) {
        return record(index).position();
    }

    @Override
    public ByteBuffer raw(int index) {
        return record(index).raw();
    }

    @Override
    public long sizeBytes() {
        return letters.stream().mapToLong(letter -> letter.text.raw().remaining()).sum();
    }

    @Override
    public String key(int index) {
        return record(index).key();
    }

    @Override
    public boolean hasDerivedKeys() {
        return false;
    }
}
