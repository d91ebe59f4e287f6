package io.ingest4j.core;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.spi.Ticker;
import java.io.IOException;
import java.util.Optional;
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
    private final Outbox<DeadLetter, Letters<S>> outbox;
    private final Consumer<Letters<S>> taken;
    private final Consumer<Throwable> failures;
    private boolean abandoned;

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
        this.taken = taken;
        this.failures = failures;
        outbox =
                new Outbox<>(
                        writer,
                        timeoutNanos,
                        ticker,
                        mailbox,
                        (letters, result, thrown, startedAt, now) ->
                                ended(letters, result, thrown));
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

    void send(Letters<S> letters, long now) {
        int from = 0;
        while (from < letters.size()) {
            int to = (int) Math.min(letters.size(), (long) from + maxBatchSize);
            outbox.send(letters.part(from, to), now);
            from = to;
        }
    }

    boolean isIdle() {
        return outbox.inFlight() == 0;
    }

    /** Fails the run if a deadline has passed; returns the nanoseconds to the next one. */
    long expire(long now) {
        return outbox.expire(now);
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    /** Waits for no letter any more: the records of those under way stay pending. */
    void abandon() {
        abandoned = true;
        outbox.cancelAll();
    }

    private void ended(Letters<S> letters, WriteResult result, @Nullable Throwable thrown) {
        if (result.isDelivered()) {
            taken.accept(letters);
            return;
        }
        boolean told = abandoned;
        for (int i = 0; i < letters.size(); i++) {
            Optional<WriteFailure> reason = result.failure(i);
            if (reason.isEmpty()) {
                taken.accept(letters.part(i, i + 1));
            } else if (!told) {
                told = true;
                failures.accept(failed(letters.split(), letters.record(i), reason.get(), thrown));
            }
        }
    }

    private static IngestException failed(
            SourceSplit split, DeadLetter letter, WriteFailure reason, @Nullable Throwable cause) {
        return new IngestException(
                "the dead-letter sink must take every record that is given up, but failed with "
                        + reason
                        + " for "
                        + Places.describe(split, letter.position())
                        + " ("
                        + letter.failure()
                        + ")",
                cause);
    }
}
