package io.ingest4j.http;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteResult;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/** Measures by how much a sink's attempts take longer than they may. */
final class Overshoots {

    /**
     * So late a machine that stands still for a while may be. An attempt that nothing ends at its
     * deadline is later: ten seconds if the server trickles, for ever if it stalls.
     */
    static final Duration ALLOWED = Duration.ofSeconds(5);

    private final Duration deadline;
    private final AtomicLong worstNanos = new AtomicLong(Long.MIN_VALUE);
    private final AtomicLong attempts = new AtomicLong();

    Overshoots(Duration deadline) {
        this.deadline = deadline;
    }

    Duration worst() {
        return Duration.ofNanos(worstNanos.get());
    }

    long attempts() {
        return attempts.get();
    }

    <T> RecordSink<T> measured(RecordSink<T> sink) {
        return context -> new Measured<>(sink.open(context));
    }

    private final class Measured<T> implements RecordWriter<T> {

        private final RecordWriter<T> writer;

        Measured(RecordWriter<T> writer) {
            this.writer = writer;
        }

        @Override
        public CompletionStage<WriteResult> write(RecordBatch<? extends T> batch) {
            long dueNanos = System.nanoTime() + deadline.toNanos();
            CompletionStage<WriteResult> stage = writer.write(batch);
            stage.whenComplete((result, failure) -> ended(dueNanos));
            return stage;
        }

        private void ended(long dueNanos) {
            attempts.incrementAndGet();
            worstNanos.accumulateAndGet(System.nanoTime() - dueNanos, Math::max);
        }

        @Override
        public void close() throws IOException {
            writer.close();
        }
    }
}
