package io.ingest4j.core;

import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Checkpoint.Stretch;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
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

    /** The lane was told to open the reader. */
    boolean opening;

    /** Reads that were asked for and did not answer yet. */
    int demands;

    /** The loop knows that there is no more. */
    boolean ended;

    /** The lane was told to close the reader. */
    boolean closing;

    /** What an earlier run did of the records that are to be read. */
    private final Deque<Stretch> doneEarlier;

    SplitState(SplitProgress progress) {
        split = progress.split();
        keyPrefix = split.keyPrefix();
        end = progress.done();
        ended = progress.complete();
        doneEarlier = new ArrayDeque<>(progress.doneLater());
    }

    static SplitProgress untouched(SourceSplit split) {
        return new SplitProgress(split, split.startPosition(), List.of(), false);
    }

    /** Takes what was read; returns how many of its records an earlier run has done. */
    int append(Chunk<S> chunk, SourceBatch<S> batch) {
        chunks.add(chunk);
        end = batch.end();
        List<Stretch> within = new ArrayList<>();
        while (!doneEarlier.isEmpty() && doneEarlier.getFirst().fromRecord() < end.recordNumber()) {
            within.add(doneEarlier.removeFirst());
        }
        if (!within.isEmpty()) {
            Stretch last = within.get(within.size() - 1);
            if (last.toRecord() > end.recordNumber()) {
                doneEarlier.addFirst(new Stretch(end.recordNumber(), last.toRecord()));
            }
        }
        return chunk.finishEarlier(within);
    }

    /** Everything in this split before the returned position is done. */
    Position donePosition() {
        while (!chunks.isEmpty() && chunks.getFirst().isDone()) {
            chunks.removeFirst();
        }
        return chunks.isEmpty() ? end : chunks.getFirst().donePosition();
    }

    SplitProgress progress() {
        Position done = donePosition();
        Stretches later = new Stretches();
        for (Chunk<S> chunk : chunks) {
            chunk.addDoneLater(done.recordNumber(), later);
        }
        for (Stretch stretch : doneEarlier) {
            later.add(stretch.fromRecord(), stretch.toRecord());
        }
        return new SplitProgress(split, done, later.toList(), ended && chunks.isEmpty());
    }
}
