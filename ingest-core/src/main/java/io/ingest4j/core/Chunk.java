package io.ingest4j.core;

import io.ingest4j.api.Checkpoint.Stretch;
import io.ingest4j.api.Position;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.SourceBatch;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one read returned, from the moment the loop takes it until its last record is done. The records
 * have an index each, the good ones first and then the rejected ones; what is done is kept by their rank
 * in the source.
 */
final class Chunk<S> {

    /** What the objects around a rejected record's bytes take, about. */
    private static final int REJECTED_OBJECTS = 200;

    final SplitState<S> split;

    /** What it takes in memory; a rejected record's bytes are apart from those of the batch. */
    final long bytes;

    final int size;

    /** The first record that was not yet put into a request. */
    int cursor;

    private final Position start;
    private final Position end;
    private final BitSet done;
    private final int records;

    /** By index; null where all are good, so that rank and index are the same. */
    private final int @Nullable [] ranks;

    private @Nullable SourceBatch<S> batch;
    private int undone;

    Chunk(SplitState<S> split, Position start, SourceBatch<S> batch) {
        this.split = split;
        this.start = start;
        this.batch = batch;
        bytes = batch.sizeBytes() + rejectedBytes(batch);
        size = batch.size();
        end = batch.end();
        records = size + batch.rejected().size();
        if (end.recordNumber() - start.recordNumber() != records) {
            throw new IllegalStateException(
                    "a source must number its records one by one, but "
                            + records
                            + " of them reach from "
                            + start
                            + " to "
                            + end);
        }
        ranks = batch.rejected().isEmpty() ? null : ranks(batch);
        done = new BitSet(records);
        undone = records;
    }

    private static long rejectedBytes(SourceBatch<?> batch) {
        long sum = 0;
        for (RejectedRecord bad : batch.rejected()) {
            sum += bad.raw().remaining() + REJECTED_OBJECTS;
        }
        return sum;
    }

    private int[] ranks(SourceBatch<S> all) {
        int[] byIndex = new int[records];
        for (int i = 0; i < records; i++) {
            Position position =
                    i < size ? all.position(i) : all.rejected().get(i - size).position();
            byIndex[i] = Math.toIntExact(position.recordNumber() - start.recordNumber());
        }
        return byIndex;
    }

    /** Marks what an earlier run did; returns how many records that are. */
    int finishEarlier(List<Stretch> stretches) {
        for (Stretch stretch : stretches) {
            long from = Math.max(0, stretch.fromRecord() - start.recordNumber());
            long to = Math.min(records, stretch.toRecord() - start.recordNumber());
            if (from < to) {
                done.set((int) from, (int) to);
            }
        }
        undone = records - done.cardinality();
        return done.cardinality();
    }

    void finish(int index) {
        int rank = rank(index);
        if (done.get(rank)) {
            throw new IllegalStateException("record " + rank + " of " + start + " is done twice");
        }
        done.set(rank);
        undone--;
    }

    boolean isDone(int index) {
        return done.get(rank(index));
    }

    private int rank(int index) {
        return ranks == null ? index : ranks[index];
    }

    /** Whether keys are made of a prefix and the offset alone. */
    boolean hasDerivedKeys() {
        return batch().hasDerivedKeys() && split.split.isVersioned();
    }

    String key(int index) {
        SourceBatch<S> all = batch();
        if (index < size) {
            return all.hasDerivedKeys()
                    ? split.key(all.offset(index), () -> all.raw(index))
                    : all.key(index);
        }
        RejectedRecord bad = all.rejected().get(index - size);
        return split.key(bad.position().offset(), bad::raw);
    }

    SourceBatch<S> batch() {
        if (batch == null) {
            throw new IllegalStateException("the chunk at " + start + " is released");
        }
        return batch;
    }

    /** Lets go of the records; the chunk itself is still needed to know what is done. */
    void release() {
        batch().release();
        batch = null;
    }

    /** How many records there are, good and rejected. */
    int records() {
        return records;
    }

    int undone() {
        return undone;
    }

    boolean isDone() {
        return undone == 0;
    }

    /** Everything in this chunk before the returned position is done. */
    Position donePosition() {
        int first = done.nextClearBit(0);
        return first < records ? position(first) : end;
    }

    private Position position(int rank) {
        int index = rank;
        for (int i = 0; ranks != null && i < ranks.length; i++) {
            index = ranks[i] == rank ? i : index;
        }
        if (index < size) {
            return batch().position(index);
        }
        RejectedRecord bad = batch().rejected().get(index - size);
        return bad.position();
    }

    /** Adds what is done, but for what everything before is done too. */
    void addDoneLater(long doneUpTo, Stretches later) {
        long skipped = Math.max(0, doneUpTo - start.recordNumber());
        int from = done.nextSetBit((int) Math.min(records, skipped));
        while (from >= 0 && from < records) {
            int to = done.nextClearBit(from);
            later.add(start.recordNumber() + from, start.recordNumber() + to);
            from = done.nextSetBit(to);
        }
    }
}
