package io.ingest4j.core;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteFailure;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Records of one chunk that were given up together, on their way to the dead-letter sink. */
final class Letters<S> implements RecordBatch<DeadLetter> {

    /** What a letter is made of when it is its turn; the bytes are the chunk's. */
    private record Draft(
            int index,
            Position position,
            ByteBuffer raw,
            int attempts,
            WriteFailure failure,
            Instant time) {}

    /** What the objects around a letter's bytes take, about. */
    private static final int OBJECTS = 400;

    final Chunk<S> chunk;
    private final List<Draft> drafts = new ArrayList<>();
    private final List<DeadLetter> letters = new ArrayList<>();

    Letters(Chunk<S> chunk) {
        this.chunk = chunk;
    }

    void add(
            int index,
            Position position,
            ByteBuffer raw,
            int attempts,
            WriteFailure failure,
            Instant time) {
        drafts.add(new Draft(index, position, raw, attempts, failure, time));
    }

    /** Makes the letters, which have bytes of their own; before that there is none to be read. */
    void write() {
        for (Draft draft : drafts) {
            boolean again =
                    draft.index < chunk.size
                            && chunk.batch().record(draft.index) instanceof DeadLetter;
            letters.add(again ? again(draft) : letter(draft));
        }
    }

    /** What a letter takes in memory, once it is made. */
    long bytes(int index) {
        return (long) drafts.get(index).raw.remaining() + OBJECTS;
    }

    private DeadLetter letter(Draft draft) {
        SourceSplit split = split();
        return new DeadLetter(
                split.source(),
                split.version(),
                draft.position,
                chunk.key(draft.index),
                copy(draft.raw),
                fields(draft.index),
                draft.attempts,
                draft.failure,
                draft.time);
    }

    /** What is no record has the names of its neighbours. */
    private List<String> fields(int index) {
        int named = index < chunk.size ? index : 0;
        return named < chunk.size && chunk.batch().record(named) instanceof Row row
                ? row.names()
                : List.of();
    }

    /** A letter that was replayed in vain is still about the first source. */
    private DeadLetter again(Draft draft) {
        DeadLetter letter = (DeadLetter) chunk.batch().record(draft.index);
        return new DeadLetter(
                letter.source(),
                letter.version(),
                letter.position(),
                letter.key(),
                letter.raw(),
                letter.fields(),
                letter.attempts() + draft.attempts,
                draft.failure,
                draft.time);
    }

    /** Some of these letters, or all: themselves. */
    Letters<S> part(int from, int to) {
        if (from == 0 && to == size()) {
            return this;
        }
        Letters<S> part = new Letters<>(chunk);
        part.drafts.addAll(drafts.subList(from, to));
        if (!letters.isEmpty()) {
            part.letters.addAll(letters.subList(from, to));
        }
        return part;
    }

    int indexInChunk(int index) {
        return drafts.get(index).index;
    }

    @Override
    public SourceSplit split() {
        return chunk.split.split;
    }

    @Override
    public int size() {
        return drafts.size();
    }

    @Override
    public DeadLetter record(int index) {
        return letters.get(index);
    }

    @Override
    public Position position(int index) {
        return letters.get(index).position();
    }

    @Override
    public ByteBuffer raw(int index) {
        return letters.get(index).raw();
    }

    @Override
    public long sizeBytes() {
        return letters.stream().mapToLong(letter -> letter.raw().remaining()).sum();
    }

    @Override
    public String keyPrefix() {
        return chunk.split.keyPrefix;
    }

    /** A letter travels under its record's key, which a replayed one has from its first source. */
    @Override
    public String key(int index) {
        return letters.get(index).key();
    }

    @Override
    public boolean hasDerivedKeys() {
        return false;
    }

    private static ByteBuffer copy(ByteBuffer raw) {
        byte[] bytes = new byte[raw.remaining()];
        raw.duplicate().get(bytes);
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }
}
