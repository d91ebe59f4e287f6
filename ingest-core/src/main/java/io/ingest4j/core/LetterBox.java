package io.ingest4j.core;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.core.loop.Outbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The loop's side of the dead-letter sink. A record that is given up is done only when the sink has
 * taken its letter; when the sink does not, or not in time, or there is none, the run fails. All methods
 * run on the loop's thread.
 */
final class LetterBox<S> implements AutoCloseable {

    /** Whom the loop's dead letters concern. */
    interface Owner<S> {
        /** They are durable. */
        void buried(Letters<S> letters);

        void fail(Throwable cause);
    }

    private final @Nullable RecordSink<DeadLetter> sink;

    /** How many bytes letters may take, unless it is one; those that wait have none of their own. */
    private final long maxBytes;

    private final Surroundings surroundings;
    private final Mailbox mailbox;
    private final Errors errors;
    private final Owner<S> owner;
    private int maxBatchSize;
    private @Nullable RecordWriter<DeadLetter> writer;
    private @Nullable Outbox<DeadLetter, Letters<S>> outbox;
    private final Deque<Letters<S>> waiting = new ArrayDeque<>();
    private boolean abandoned;
    private int underWay;
    private long bytes;

    LetterBox(
            Job<S, ?> job,
            Surroundings surroundings,
            Mailbox mailbox,
            Errors errors,
            Owner<S> owner) {
        sink = job.deadLetters();
        maxBytes = job.maxBufferedBytes() / 16;
        this.surroundings = surroundings;
        this.mailbox = mailbox;
        this.errors = errors;
        this.owner = owner;
    }

    void open(WriterContext context, long timeoutNanos) throws IOException {
        if (sink == null) {
            return;
        }
        RecordWriter<DeadLetter> opened = sink.open(context);
        if (opened instanceof StatefulRecordWriter) {
            opened.close();
            throw new IngestException(
                    "deadLetters must be a sink whose delivered records are durable, was one that"
                            + " publishes them at the end: "
                            + opened.getClass().getName(),
                    null);
        }
        writer = opened;
        maxBatchSize = sink.maxBatchSize();
        outbox =
                new Outbox<>(
                        opened,
                        timeoutNanos,
                        surroundings.ticker(),
                        mailbox,
                        (letters, result, thrown, startedAt, now) ->
                                ended(letters, result, thrown));
    }

    /** Adds a record to letters that are to be sent together. */
    void add(
            Letters<S> letters,
            int index,
            Position position,
            ByteBuffer raw,
            int attempts,
            WriteFailure reason) {
        if (attempts == 0) {
            errors.count(reason);
        }
        letters.add(index, position, raw, attempts, reason, surroundings.clock().instant());
    }

    void send(Letters<S> letters) {
        if (letters.size() == 0) {
            return;
        }
        if (outbox == null) {
            owner.fail(givenUp(letters));
            return;
        }
        underWay += letters.size();
        int from = 0;
        while (from < letters.size()) {
            int to = endOfPart(letters, from);
            waiting.add(letters.part(from, to));
            from = to;
        }
        sendWaiting();
    }

    private int endOfPart(Letters<S> letters, int from) {
        long partBytes = letters.bytes(from);
        int to = from + 1;
        while (to < letters.size() && to - from < maxBatchSize) {
            partBytes += letters.bytes(to);
            if (partBytes > maxBytes / 4) {
                break;
            }
            to++;
        }
        return to;
    }

    private void sendWaiting() {
        Outbox<DeadLetter, Letters<S>> out = outbox;
        while (out != null && !waiting.isEmpty()) {
            long next = bytes(waiting.element());
            if (out.inFlight() > 0 && bytes + next > maxBytes) {
                return;
            }
            Letters<S> letters = waiting.remove();
            bytes += next;
            letters.write();
            out.send(letters, surroundings.ticker().nanos());
        }
    }

    private static long bytes(Letters<?> letters) {
        long sum = 0;
        for (int i = 0; i < letters.size(); i++) {
            sum += letters.bytes(i);
        }
        return sum;
    }

    private static BadRecordException givenUp(Letters<?> letters) {
        Letters<?> one = letters.part(0, 1);
        one.write();
        DeadLetter first = one.record(0);
        String place = Places.describe(letters.split(), first.position());
        String tries = first.attempts() == 0 ? "" : " after " + first.attempts() + " attempts";
        return new BadRecordException(
                first.position(),
                "given up"
                        + tries
                        + ": "
                        + place
                        + ": "
                        + first.failure()
                        + "; with deadLetters(...) a run records such records and goes on");
    }

    boolean isIdle() {
        return outbox == null || (waiting.isEmpty() && outbox.inFlight() == 0);
    }

    /** Fails the run if a deadline has passed; returns the nanoseconds to the next one. */
    long expire(long now) {
        return outbox == null ? Long.MAX_VALUE : outbox.expire(now);
    }

    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.close();
        }
    }

    /** Waits for no letter any more: the records of those under way stay pending. */
    void abandon() {
        abandoned = true;
        forgetWaiting();
        if (outbox != null) {
            outbox.cancelAll();
        }
    }

    private void forgetWaiting() {
        waiting.forEach(letters -> underWay -= letters.size());
        waiting.clear();
    }

    /** How many letters the sink has not taken yet. */
    int underWay() {
        return underWay;
    }

    /** What the letters under way take in memory. */
    long bytes() {
        return bytes;
    }

    private void ended(Letters<S> letters, WriteResult result, @Nullable Throwable thrown) {
        underWay -= letters.size();
        bytes -= bytes(letters);
        if (result.isDelivered()) {
            owner.buried(letters);
        } else {
            forgetWaiting();
            sortOut(letters, result, thrown);
        }
        sendWaiting();
    }

    private void sortOut(Letters<S> letters, WriteResult result, @Nullable Throwable thrown) {
        boolean told = abandoned;
        for (int i = 0; i < letters.size(); i++) {
            Optional<WriteFailure> reason = result.failure(i);
            if (reason.isEmpty()) {
                owner.buried(letters.part(i, i + 1));
            } else if (!told) {
                told = true;
                owner.fail(failed(letters, i, reason.get(), thrown));
            }
        }
    }

    private static IngestException failed(
            Letters<?> letters, int index, WriteFailure reason, @Nullable Throwable cause) {
        DeadLetter letter = letters.record(index);
        return new IngestException(
                "the dead-letter sink must take every record that is given up, but failed with "
                        + reason
                        + " for "
                        + Places.describe(letters.split(), letter.position())
                        + " ("
                        + letter.failure()
                        + ")",
                cause);
    }
}
