package io.ingest4j.core;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.SourceSplit;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** How far the loop is with one split. */
final class SplitState<S> {

    final SourceSplit split;

    /** In the order of the source; a done chunk stays until all before it are done. */
    final Deque<Chunk<S>> chunks = new ArrayDeque<>();

    final String keyPrefix;

    /** Runs the reader's calls; null until the split is opened. */
    Surroundings.@Nullable Lane lane;

    /** Set and used on the lane, except for waking it up. */
    volatile @Nullable RecordReader<S> reader;

    /** On the lane: the reader has said that there is no more. */
    boolean exhausted;

    /** Where the next chunk begins. */
    Position end;

    /** Reads that were asked for and did not answer yet. */
    int demands;

    /** The loop knows that there is no more. */
    boolean ended;

    /** The lane was told to close the reader. */
    boolean closing;

    SplitState(SourceSplit split) {
        this.split = split;
        keyPrefix = split.keyPrefix();
        end = split.startPosition();
    }

    /** Everything in this split before the returned position is done. */
    Position donePosition() {
        while (!chunks.isEmpty() && chunks.getFirst().isDone()) {
            chunks.removeFirst();
        }
        return chunks.isEmpty() ? end : chunks.getFirst().donePosition();
    }
}
