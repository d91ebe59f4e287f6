package io.ingest4j.core;

import io.ingest4j.api.Position;
import io.ingest4j.api.SourceBatch;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** What one read returned, from the moment the loop takes it until its last record is done. */
final class Chunk<S> {

    final SplitState<S> split;
    final long bytes;
    final int size;

    /** The first record that was not yet put into a request. */
    int cursor;

    private final Position start;
    private final Position end;
    private final BitSet done;
    private @Nullable SourceBatch<S> batch;
    private int undone;
    private int rejectedUndone;

    Chunk(SplitState<S> split, Position start, SourceBatch<S> batch) {
        this.split = split;
        this.start = start;
        this.batch = batch;
        bytes = batch.sizeBytes();
        size = batch.size();
        end = batch.end();
        done = new BitSet(size);
        undone = size;
        rejectedUndone = batch.rejected().size();
    }

    /** Marks a record, or a rejected one at {@link Letters#REJECTED}. */
    void finish(int index) {
        if (index == Letters.REJECTED) {
            rejectedUndone--;
        } else if (done.get(index)) {
            throw new IllegalStateException("record " + index + " of " + start + " is done twice");
        } else {
            done.set(index);
            undone--;
        }
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

    int undone() {
        return undone + rejectedUndone;
    }

    boolean isDone() {
        return undone() == 0;
    }

    /** Everything in this chunk before the returned position is done. */
    Position donePosition() {
        if (rejectedUndone > 0) {
            return start;
        }
        int first = done.nextClearBit(0);
        return first < size ? batch().position(first) : end;
    }
}
