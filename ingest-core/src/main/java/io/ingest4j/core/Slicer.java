package io.ingest4j.core;

import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Cuts chunks into requests, sending each record through the mappers and filters on its way. A request
 * never spans two chunks, so after a filter it may hold fewer records than a batch.
 */
final class Slicer<S, T> {

    /** Takes the records that get no further than this. */
    interface Sidings<S> {
        /** Whether they may get further at all. */
        boolean isOpen();

        void skipped(Chunk<S> chunk, int index);

        void failed(Chunk<S> chunk, int index, WriteFailure failure);
    }

    private final Job<S, T> job;
    private final Sidings<S> sidings;
    private final Deque<Chunk<S>> chunks = new ArrayDeque<>();

    Slicer(Job<S, T> job, Sidings<S> sidings) {
        this.job = job;
        this.sidings = sidings;
    }

    void add(Chunk<S> chunk) {
        if (chunk.size > 0 && !chunk.isDone()) {
            chunks.add(chunk);
        }
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    /** The next records to write, or null when no chunk holds any. */
    @Nullable Request<S, T> next() {
        while (!chunks.isEmpty() && sidings.isOpen()) {
            Chunk<S> chunk = chunks.getFirst();
            Request<S, T> request = cut(chunk);
            if (chunk.cursor == chunk.size) {
                chunks.removeFirst();
            }
            if (request != null) {
                return request;
            }
        }
        return null;
    }

    private @Nullable Request<S, T> cut(Chunk<S> chunk) {
        int most = Math.min(job.batchSize(), chunk.size - chunk.cursor);
        int[] indices = new int[most];
        Object[] values = new Object[most];
        int count = 0;
        while (count < most && chunk.cursor < chunk.size && sidings.isOpen()) {
            int index = chunk.cursor++;
            Object value = chunk.isDone(index) ? null : transform(chunk, index);
            if (value != null) {
                indices[count] = index;
                values[count++] = value;
            }
        }
        if (count == 0) {
            return null;
        }
        return count == most
                ? new Request<>(chunk, indices, values)
                : new Request<>(chunk, Arrays.copyOf(indices, count), Arrays.copyOf(values, count));
    }

    private @Nullable Object transform(Chunk<S> chunk, int index) {
        Object value;
        try {
            value = job.transform().apply(chunk.batch().record(index));
        } catch (Exception e) {
            String kind = "mapper or filter threw " + e.getClass().getSimpleName();
            sidings.failed(
                    chunk,
                    index,
                    new WriteFailure(Action.DEAD_LETTER, kind, String.valueOf(e.getMessage())));
            return null;
        }
        if (value == null) {
            sidings.skipped(chunk, index);
        }
        return value;
    }
}
