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

    final Chunk<S> chunk;
    private final List<DeadLetter> letters = new ArrayList<>();
    private final List<Integer> indices = new ArrayList<>();

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
        letters.add(
                index < chunk.size && chunk.batch().record(index) instanceof DeadLetter again
                        ? again(again, attempts, failure, time)
                        : letter(index, position, raw, attempts, failure, time));
        indices.add(index);
    }

    private DeadLetter letter(
            int index,
            Position position,
            ByteBuffer raw,
            int attempts,
            WriteFailure failure,
            Instant time) {
        SourceSplit split = split();
        return new DeadLetter(
                split.source(),
                split.version(),
                position,
                chunk.key(index),
                copy(raw),
                fields(index),
                attempts,
                failure,
                time);
    }

    /** What is no record has the names of its neighbours. */
    private List<String> fields(int index) {
        int named = index < chunk.size ? index : 0;
        return named < chunk.size && chunk.batch().record(named) instanceof Row row
                ? row.names()
                : List.of();
    }

    /** A letter that was replayed in vain is still about the first source. */
    private static DeadLetter again(
            DeadLetter letter, int attempts, WriteFailure failure, Instant time) {
        return new DeadLetter(
                letter.source(),
                letter.version(),
                letter.position(),
                letter.key(),
                letter.raw(),
                letter.fields(),
                letter.attempts() + attempts,
                failure,
                time);
    }

    /** Some of these letters, or all: themselves. */
    Letters<S> part(int from, int to) {
        if (from == 0 && to == size()) {
            return this;
        }
        Letters<S> part = new Letters<>(chunk);
        part.letters.addAll(letters.subList(from, to));
        part.indices.addAll(indices.subList(from, to));
        return part;
    }

    int indexInChunk(int index) {
        return indices.get(index);
    }

    @Override
    public SourceSplit split() {
        return chunk.split.split;
    }

    @Override
    public int size() {
        return letters.size();
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

    private static ByteBuffer copy(ByteBuffer raw) {
        byte[] bytes = new byte[raw.remaining()];
        raw.duplicate().get(bytes);
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }
}
