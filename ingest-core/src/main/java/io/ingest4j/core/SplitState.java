package io.ingest4j.core;

import io.ingest4j.api.Checkpoint.Content;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Checkpoint.Stretch;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
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

    /** What an earlier run has read of a split without a version. */
    final Optional<Content> contentBefore;

    /** How far that run had done everything. */
    final Position doneBefore;

    /** What an earlier run did of the records that are to be read. */
    private final Deque<Stretch> doneEarlier;

    /** Of what was read so far; null if the split has a version, or no checkpoint keeps it. */
    private final @Nullable ContentDigest content;

    /** What the earlier run has read was read again, and is the same. */
    private boolean isConfirmed;

    /**
     * Makes the state of a split that is to be read on.
     *
     * @param isKept whether there is a checkpoint store
     */
    SplitState(SplitProgress progress, String startId, boolean isKept) {
        split = progress.split();
        keyPrefix = split.keyPrefix(startId);
        contentBefore = progress.content();
        doneBefore = progress.done();
        isConfirmed = contentBefore.isEmpty();
        doneEarlier = new ArrayDeque<>(progress.doneLater());
        if (split.isVersioned() || !isKept) {
            content = null;
            ended = progress.complete();
            end = progress.done();
            return;
        }
        content = new ContentDigest(); // all of it is read again
        end = split.startPosition();
        if (progress.done().recordNumber() > 0) {
            doneEarlier.addFirst(new Stretch(0, progress.done().recordNumber()));
        }
    }

    static SplitProgress untouched(SourceSplit split) {
        return new SplitProgress(split, split.startPosition(), List.of(), false, Optional.empty());
    }

    /**
     * Returns the key of a record. Without a version its bytes are in it too: after a crash nobody knows
     * what was sent and is in no checkpoint yet, and other bytes may stand in its place.
     */
    String key(long offset, Supplier<ByteBuffer> raw) {
        String prefix =
                split.isVersioned() ? keyPrefix : ContentDigest.prefix(keyPrefix, raw.get());
        return prefix + '-' + offset;
    }

    /**
     * Takes what was read; returns how many of its records an earlier run has done.
     *
     * @throws SourceChangedException if it is not what an earlier run has read there
     */
    int append(Chunk<S> chunk, SourceBatch<S> batch) {
        digest(batch);
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

    private void digest(SourceBatch<S> batch) {
        if (content == null) {
            return;
        }
        long from = end.recordNumber();
        long to = batch.end().recordNumber();
        long known = contentBefore.map(Content::records).orElse(0L);
        if (from < known) {
            content.add(batch, from, Math.min(to, known));
            if (to >= known) {
                requireSame(content);
                isConfirmed = true;
            }
        }
        content.add(batch, from, to); // what was taken is passed over
    }

    /** Says that there is no more: an earlier run must not have read more than this one. */
    void requireWhole() {
        if (content != null && content.records() < contentBefore.map(Content::records).orElse(0L)) {
            requireSame(content);
        }
    }

    /** Compares what was read again with what an earlier run has read. */
    void requireSame(ContentDigest readAgain) {
        if (!readAgain.content().equals(contentBefore)) {
            throw SourceChangedException.betweenRuns(
                    split.source(), described(contentBefore), described(readAgain.content()));
        }
    }

    private static String described(Optional<Content> content) {
        return content.map(read -> read.records() + " records with SHA-256 " + read.sha256())
                .orElse("0 records");
    }

    /** What is known of the content: what an earlier run had read, until it is read again. */
    private Optional<Content> content() {
        return content == null || !isConfirmed ? contentBefore : content.content();
    }

    /** Everything in this split before the returned position is done. */
    Position donePosition() {
        while (!chunks.isEmpty() && chunks.getFirst().isDone()) {
            chunks.removeFirst();
        }
        Position done = chunks.isEmpty() ? end : chunks.getFirst().donePosition();
        return done.recordNumber() < doneBefore.recordNumber() ? doneBefore : done;
    }

    SplitProgress progress() {
        Position done = donePosition();
        Stretches later = new Stretches();
        for (Chunk<S> chunk : chunks) {
            chunk.addDoneLater(done.recordNumber(), later);
        }
        for (Stretch stretch : doneEarlier) {
            if (stretch.toRecord() > done.recordNumber()) {
                later.add(Math.max(stretch.fromRecord(), done.recordNumber()), stretch.toRecord());
            }
        }
        return new SplitProgress(split, done, later.toList(), ended && chunks.isEmpty(), content());
    }
}
