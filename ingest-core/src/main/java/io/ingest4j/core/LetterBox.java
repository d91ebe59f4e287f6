package io.ingest4j.core;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.spi.Ticker;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loop's side of the dead-letter sink. A record that is given up is done only when the sink has
 * taken its letter; when the sink does not, or not in time, the run fails. All methods run on the
 * loop's thread.
 */
final class LetterBox<S> implements AutoCloseable {

    private final RecordWriter<DeadLetter> writer;
    private final int maxBatchSize;
    private final long timeoutNanos;
    private final Ticker ticker;
    private final Mailbox mailbox;
    private final Consumer<Letters<S>> taken;
    private final Consumer<Throwable> failures;

    /** When each was sent, in that order, which is the order of their deadlines. */
    private final Map<Letters<S>, Long> underWay = new LinkedHashMap<>();

    private LetterBox(
            RecordWriter<DeadLetter> writer,
            int maxBatchSize,
            long timeoutNanos,
            Ticker ticker,
            Mailbox mailbox,
            Consumer<Letters<S>> taken,
            Consumer<Throwable> failures) {
        this.writer = writer;
        this.maxBatchSize = maxBatchSize;
        this.timeoutNanos = timeoutNanos;
        this.ticker = ticker;
        this.mailbox = mailbox;
        this.taken = taken;
        this.failures = failures;
    }

    static <S> LetterBox<S> open(
            RecordSink<DeadLetter> sink,
            WriterContext context,
            long timeoutNanos,
            Mailbox mailbox,
            Consumer<Letters<S>> taken,
            Consumer<Throwable> failures)
            throws IOException {
        RecordWriter<DeadLetter> writer = sink.open(context);
        if (writer instanceof StatefulRecordWriter) {
            writer.close();
            throw new IngestException(
                    "deadLetters must be a sink whose delivered records are durable, was one that"
                            + " publishes them at the end: "
                            + writer.getClass().getName(),
                    null);
        }
        return new LetterBox<>(
                writer,
                sink.maxBatchSize(),
                timeoutNanos,
                context.ticker(),
                mailbox,
                taken,
                failures);
    }

    void send(Letters<S> letters) {
        for (int from = 0; from < letters.size(); from += maxBatchSize) {
            int to = (int) Math.min(letters.size(), (long) from + maxBatchSize);
            sendAtOnce(letters.part(from, to));
            if (to == letters.size()) {
                return;
            }
        }
    }

    private void sendAtOnce(Letters<S> letters) {
        CompletionStage<WriteResult> stage;
        try {
            stage = writer.write(letters);
        } catch (Throwable e) {
            stage = CompletableFuture.failedFuture(e);
        }
        if (stage == null) {
            stage = CompletableFuture.completedFuture(null);
        }
        underWay.put(letters, ticker.nanos());
        stage.whenComplete(
                (result, failure) -> mailbox.post(() -> ended(letters, result, failure)));
    }

    boolean isIdle() {
        return underWay.isEmpty();
    }

    /** Fails the run if a deadline has passed; returns the nanoseconds to the next one. */
    long expire(long now) {
        while (!underWay.isEmpty()) {
            Map.Entry<Letters<S>, Long> oldest = underWay.entrySet().iterator().next();
            long left = timeoutNanos - (now - oldest.getValue());
            if (left > 0) {
                return left;
            }
            Letters<S> letters = oldest.getKey();
            underWay.remove(letters);
            failures.accept(failed(letters, new TimeoutException("no result in time")));
        }
        return Long.MAX_VALUE;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    private void ended(
            Letters<S> letters, @Nullable WriteResult result, @Nullable Throwable failure) {
        if (underWay.remove(letters) == null) {
            return;
        }
        WriteResult checked = Outbox.check(result, failure, letters.size());
        if (checked.isDelivered()) {
            taken.accept(letters);
        } else {
            failures.accept(failed(letters, failure));
        }
    }

    private static IngestException failed(Letters<?> letters, @Nullable Throwable cause) {
        DeadLetter first = letters.record(0);
        return new IngestException(
                "the dead-letter sink must take every record that is given up, but failed for "
                        + Places.describe(letters.split(), first.position())
                        + " ("
                        + first.failure()
                        + ")",
                cause);
    }
}
