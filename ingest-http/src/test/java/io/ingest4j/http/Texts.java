package io.ingest4j.http;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Position;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.spi.Ticker;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A batch of texts, and what else every test of a writer needs. */
record Texts(long first, List<String> texts) implements RecordBatch<String> {

    static final WriterContext CONTEXT =
            new WriterContext(Ticker.system(), new NoLimit(), Optional.empty());

    private static final SourceSplit SPLIT =
            new SourceSplit("0", "memory", "", 0, SourceSplit.UNKNOWN, "");

    static Texts of(String... texts) {
        return new Texts(0, List.of(texts));
    }

    static Texts at(long first, String... texts) {
        return new Texts(first, List.of(texts));
    }

    /** Opens a sink that sends texts as lines. */
    static RecordWriter<String> open(HttpSinkBuilder builder) {
        return builder.body(new Lines()).open(CONTEXT);
    }

    static CompletableFuture<WriteResult> write(RecordWriter<String> writer, Texts batch) {
        return writer.write(batch).toCompletableFuture();
    }

    static WriteResult written(RecordWriter<String> writer, Texts batch) throws Exception {
        return write(writer, batch).get(20, TimeUnit.SECONDS);
    }

    /** Sends one text through a sink of its own. */
    static WriteResult written(HttpSinkBuilder builder) throws Exception {
        try (RecordWriter<String> writer = open(builder)) {
            return written(writer, of("a"));
        }
    }

    @Override
    public SourceSplit split() {
        return SPLIT;
    }

    @Override
    public int size() {
        return texts.size();
    }

    @Override
    public String record(int index) {
        return texts.get(index);
    }

    @Override
    public Position position(int index) {
        return new Position("0", first + index, first + index, "");
    }

    @Override
    public ByteBuffer raw(int index) {
        return ByteBuffer.allocate(0);
    }

    @Override
    public long sizeBytes() {
        return texts.stream().mapToLong(String::length).sum();
    }

    static final class Lines implements RecordEncoder<String> {

        private static final long serialVersionUID = 1;

        @Override
        public String contentType() {
            return "text/plain";
        }

        @Override
        public void encode(RecordBatch<? extends String> batch, OutputStream out)
                throws IOException {
            for (int i = 0; i < batch.size(); i++) {
                out.write((batch.record(i) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static final class NoLimit implements RateLimiter {

        @Override
        public long reserve(long cost, String key, long nowNanos) {
            return GRANTED;
        }

        @Override
        public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {}
    }
}
