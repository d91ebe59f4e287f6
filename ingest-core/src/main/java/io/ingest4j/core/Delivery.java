package io.ingest4j.core;

import dev.failsafe.Execution;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.core.loop.Outbox;
import io.ingest4j.core.loop.Require;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of the records from a chunk to their end: cut into requests, sent with a permit, and by their
 * results done, sent again or given up. All methods run on the loop's thread.
 */
final class Delivery<S, T> implements Slicer.Sidings<S>, LetterBox.Owner<S> {

    /** The run that the records are part of. */
    interface Run<S> {
        boolean isRunning();

        void release(Chunk<S> chunk);

        /** There is no point in going on for now. */
        void pause(String reason);

        void fail(Throwable cause);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

    /** Whoever shares a limiter may give back what this run waits for, without telling it. */
    private static final long SHARED_LIMITER_POLL_NANOS = 10_000_000;

    /** A dead-letter sink that is slower than its letters come is waited for. */
    private static final int MAX_LETTERS_UNDER_WAY = 10_000;

    private final Job<S, T> job;
    private final Surroundings surroundings;
    private final Mailbox mailbox;
    private final Run<S> run;
    private final Ledger ledger;
    private final Errors errors;
    private final Rates rates;
    private final Audience audience;
    private final Checkpointer checkpointer;
    private final Slicer<S, T> slicer;
    private final RetryQueue<S, T> retries;
    private final dev.failsafe.RetryPolicy<Object> retryPolicy;
    private final LetterBox<S> letterBox;

    private @Nullable RecordWriter<T> writer;
    private @Nullable Outbox<T, Request<S, T>> outbox;

    /** A request that waits for its permit. */
    private @Nullable Request<S, T> head;

    private boolean held;

    Delivery(
            Job<S, T> job,
            Surroundings surroundings,
            Mailbox mailbox,
            Tally tally,
            Checkpointer checkpointer,
            Run<S> run) {
        this.job = job;
        this.surroundings = surroundings;
        this.mailbox = mailbox;
        this.run = run;
        this.checkpointer = checkpointer;
        ledger = tally.ledger();
        errors = tally.errors();
        rates = tally.rates();
        audience = tally.audience();
        slicer = new Slicer<>(job, this);
        retries = new RetryQueue<>(surroundings.ticker().nanos());
        retryPolicy = job.retries().toFailsafe(surroundings.random());
        letterBox = new LetterBox<>(job, surroundings, mailbox, errors, this);
    }

    /**
     * Opens the sinks.
     *
     * @param state of the sink in the run that this one continues
     */
    RecordWriter<T> open(Optional<byte[]> state) throws IOException {
        WriterContext context = new WriterContext(surroundings.ticker(), job.limiter(), state);
        long timeoutNanos = Require.nanos(job.attemptTimeout());
        letterBox.open(context, timeoutNanos);
        RecordWriter<T> opened = job.sink().open(context);
        writer = opened;
        outbox = new Outbox<>(opened, timeoutNanos, surroundings.ticker(), mailbox, this::ended);
        return opened;
    }

    /** Whether more is to be read: not while letters pile up, or too much is in no checkpoint. */
    boolean takesMore() {
        return letterBox.underWay() < MAX_LETTERS_UNDER_WAY && checkpointer.hasRoom(1);
    }

    /** What the letters under way take in memory. */
    long letterBytes() {
        return letterBox.bytes();
    }

    @Override
    public boolean isOpen() {
        return run.isRunning() && takesMore();
    }

    void hold(boolean hold) {
        held = hold;
    }

    /** Ends the attempts whose deadline has passed; returns the nanoseconds to the next one. */
    long expire(long now) {
        long wait = outbox == null ? Long.MAX_VALUE : outbox.expire(now);
        return Math.min(wait, letterBox.expire(now));
    }

    int inFlight() {
        return outbox == null ? 0 : outbox.inFlight();
    }

    /** Whether no attempt is under way, nor a letter. */
    boolean isIdle() {
        return inFlight() == 0 && letterBox.isIdle();
    }

    /** Whether nothing is left of what has arrived. */
    boolean isDone() {
        return slicer.isEmpty() && head == null && retries.isEmpty() && isIdle();
    }

    /** A writer that gathers records gets them in source order, so nothing overtakes a retry. */
    boolean isOrdered() {
        return writer instanceof StatefulRecordWriter;
    }

    void abandon() {
        if (outbox != null) {
            outbox.cancelAll();
        }
        letterBox.abandon();
    }

    void close() {
        close(writer);
        close(letterBox);
    }

    private void close(@Nullable AutoCloseable closeable) {
        if (closeable != null) {
            try {
                closeable.close();
            } catch (Throwable e) {
                LOG.warn(
                        "job {}: closing {} failed", job.name(), closeable.getClass().getName(), e);
            }
        }
    }

    void arrived(Chunk<S> chunk, int doneEarlier) {
        List<RejectedRecord> rejected = chunk.batch().rejected();
        ledger.read += chunk.size + rejected.size() - doneEarlier;
        slicer.add(chunk);
        Letters<S> letters = new Letters<>(chunk);
        for (int i = 0; i < rejected.size(); i++) {
            RejectedRecord bad = rejected.get(i);
            if (!chunk.isDone(chunk.size + i)) {
                WriteFailure reason =
                        new WriteFailure(Action.DEAD_LETTER, "malformed record", bad.reason());
                letterBox.add(letters, chunk.size + i, Places.of(bad), bad.raw(), 0, reason);
            }
        }
        giveUp(letters);
        releaseIfDone(chunk);
    }

    @Override
    public void skipped(Chunk<S> chunk, int index) {
        ledger.skipped++;
        checkpointer.touched();
        chunk.finish(index);
        releaseIfDone(chunk);
    }

    @Override
    public void failed(Chunk<S> chunk, int index, WriteFailure reason) {
        Letters<S> letters = new Letters<>(chunk);
        letterBox.add(
                letters, index, chunk.batch().position(index), chunk.batch().raw(index), 0, reason);
        giveUp(letters);
    }

    /** Records that were never sent. */
    private void giveUp(Letters<S> letters) {
        checkpointer.exposed(letters.size());
        bury(letters);
    }

    private void giveUpSent(Letters<S> letters) {
        if (isOrdered()) {
            checkpointer.exposed(letters.size());
        }
        bury(letters);
    }

    private void bury(Letters<S> letters) {
        letterBox.send(letters);
        int underWay = letterBox.underWay();
        job.pauseRules()
                .judgeLetters(ledger.deadLetteredNow() + underWay, ledger.doneNow() + underWay)
                .ifPresent(run::pause);
    }

    private void delivered(Chunk<S> chunk, int index) {
        ledger.delivered++;
        if (isOrdered()) {
            checkpointer.touched();
        } else {
            checkpointer.finished(1);
        }
        chunk.finish(index);
        releaseIfDone(chunk);
    }

    private void releaseIfDone(Chunk<S> chunk) {
        if (chunk.isDone()) {
            run.release(chunk);
            chunk.split.donePosition();
        }
    }

    /** Sends what can be sent; returns for how many nanoseconds nothing can. */
    long dispatch() {
        Outbox<T, Request<S, T>> out = outbox;
        while (out != null && hasCapacity(out)) {
            Request<S, T> request = head != null ? head : nextRequest();
            if (request == null) {
                return retries.nanosToNext(surroundings.ticker().nanos());
            }
            head = request;
            if (!run.isRunning() || (isOrdered() && !isIdle())) {
                break; // a mapper failed
            }
            if (!checkpointer.isReadyFor(job.cost(request.size()))) {
                break; // until a checkpoint is durable
            }
            long now = surroundings.ticker().nanos();
            long wait = reserve(request, now);
            if (wait != RateLimiter.GRANTED) {
                return wait == Long.MAX_VALUE ? SHARED_LIMITER_POLL_NANOS : wait;
            }
            head = null;
            send(out, request, now);
        }
        return Long.MAX_VALUE;
    }

    private boolean hasCapacity(Outbox<T, Request<S, T>> out) {
        if (isOrdered()) {
            // What is given up must be so for good, or a later run may write it out of order.
            return !held && isIdle();
        }
        return !held && out.inFlight() < job.maxInFlight();
    }

    private @Nullable Request<S, T> nextRequest() {
        Request<S, T> due = retries.poll(surroundings.ticker().nanos());
        if (due != null) {
            return due;
        }
        boolean mayOvertake = !isOrdered() || retries.isEmpty();
        return mayOvertake && checkpointer.hasRoom(job.batchSize()) ? slicer.next() : null;
    }

    private long reserve(Request<S, T> request, long now) {
        try {
            return job.limiter().reserve(job.cost(request.size()), RateLimiter.NO_KEY, now);
        } catch (RuntimeException e) {
            run.fail(e);
            return Long.MAX_VALUE;
        }
    }

    private void send(Outbox<T, Request<S, T>> out, Request<S, T> request, long now) {
        ledger.attempts++;
        checkpointer.granted(job.cost(request.size()));
        if (request.attempts++ > 0) {
            ledger.retries++;
        } else if (!isOrdered()) {
            checkpointer.exposed(request.size()); // what is gathered is taken back, not sent again
        }
        rates.begin(ledger.delivered, now);
        out.send(request, now);
    }

    private void ended(
            Request<S, T> request,
            WriteResult result,
            @Nullable Throwable thrown,
            long sentAt,
            long now) {
        closePermit(request, result, now);
        rates.attemptEnded(sentAt, now);
        ledger.sentBytes += result.bytes();
        if (result.isDelivered()) {
            for (int i = 0; i < request.size(); i++) {
                delivered(request.chunk, request.indexInChunk(i));
            }
        } else if (isOrdered() && !isKnown(result, thrown)) {
            errors.count(result.failure(0).orElseThrow());
            checkpointer.distrustWriter();
            run.fail(unknown(result, thrown));
        } else {
            sortOut(request, result, now);
        }
    }

    /**
     * Whether a sink that gathers records has told what it took. It may have taken what it did not
     * answer for in time, or answered with what is no result, and any part of what made it throw
     * something that nobody foresaw.
     */
    private static boolean isKnown(WriteResult result, @Nullable Throwable thrown) {
        WriteFailure reason = result.failure(0).orElse(null);
        return reason == null
                || !(reason.kind().equals(Outbox.CANCELLED)
                        || reason.kind().equals(Outbox.BROKEN)
                        || (thrown != null && reason.action() != Action.RETRY));
    }

    private IngestException unknown(WriteResult result, @Nullable Throwable thrown) {
        String last = ": only what its last checkpoint says is known to be written";
        WriteFailure reason = result.failure(0).orElseThrow();
        return reason.kind().equals(Outbox.CANCELLED)
                ? new IngestException(
                        "the sink must answer within "
                                + job.attemptTimeout()
                                + " and before the run ends, but did not"
                                + last,
                        null)
                : new IngestException(
                        "the sink must take a batch or say why not, but "
                                + (thrown == null ? "did neither: " : "threw ")
                                + reason
                                + last,
                        thrown);
    }

    private void closePermit(Request<S, T> request, WriteResult result, long now) {
        try {
            RateLimiter limiter = job.limiter();
            limiter.close(job.cost(request.size()), RateLimiter.NO_KEY, result.outcome(), now);
            if (!result.retryAfter().isZero()) {
                limiter.pause(result.retryAfter(), now);
                job.pauseRules().judgeWait(result.retryAfter()).ifPresent(run::pause);
            }
        } catch (RuntimeException e) {
            run.fail(e);
        }
    }

    private void sortOut(Request<S, T> request, WriteResult result, long now) {
        Set<String> kinds = new HashSet<>();
        Letters<S> letters = new Letters<>(request.chunk);
        int[] again = new int[request.size()];
        int retried = 0;
        IngestException refused = null;
        for (int i = 0; i < request.size(); i++) {
            Optional<WriteFailure> reason = result.failure(i);
            if (reason.isEmpty()) {
                delivered(request.chunk, request.indexInChunk(i));
                continue;
            }
            if (kinds.add(reason.get().kind())) {
                errors.count(reason.get());
            }
            switch (reason.get().action()) {
                case RETRY -> again[retried++] = i;
                case DEAD_LETTER -> add(letters, request, i, reason.get());
                case ABORT ->
                        refused = refused == null ? refused(request, i, reason.get()) : refused;
            }
        }
        giveUpSent(letters);
        if (refused != null) {
            run.fail(refused);
        }
        if (retried > 0) {
            WriteFailure first = result.failure(again[0]).orElseThrow();
            retry(request.subset(Arrays.copyOf(again, retried)), first, result.retryAfter(), now);
        }
    }

    private void retry(Request<S, T> request, WriteFailure reason, Duration retryAfter, long now) {
        if (!run.isRunning()) {
            return;
        }
        Execution<Object> execution = request.execution;
        if (execution == null) {
            execution = Execution.of(retryPolicy);
            request.execution = execution;
        }
        execution.recordResult(RetryPolicy.FAILED);
        if (execution.isComplete() && isOrdered()) {
            run.fail(stuck(request, reason)); // the thing that is gathered would have a hole
        } else if (execution.isComplete()) {
            Letters<S> letters = new Letters<>(request.chunk);
            for (int i = 0; i < request.size(); i++) {
                add(letters, request, i, reason);
            }
            giveUpSent(letters);
        } else {
            Duration own = execution.getDelay();
            Duration delay = own.compareTo(retryAfter) < 0 ? retryAfter : own;
            retries.add(request, Require.nanos(delay), now);
            audience.tell(listener -> listener.onRetry(request.size(), reason, delay));
        }
    }

    private static IngestException stuck(Request<?, ?> request, WriteFailure reason) {
        return new IngestException(
                "the sink must take every record in order, but failed after "
                        + request.attempts
                        + " attempts: "
                        + reason
                        + " (first with "
                        + Places.describe(request.split(), request.position(0))
                        + ")",
                null);
    }

    private static IngestException refused(Request<?, ?> request, int index, WriteFailure reason) {
        String place = Places.describe(request.split(), request.position(index));
        return new IngestException(
                "the sink refuses every record: " + reason + " (first seen with " + place + ")",
                null);
    }

    private void add(Letters<S> letters, Request<S, T> request, int index, WriteFailure reason) {
        letterBox.add(
                letters,
                request.indexInChunk(index),
                request.position(index),
                request.raw(index),
                request.attempts,
                reason);
    }

    @Override
    public void buried(Letters<S> letters) {
        ledger.deadLettered += letters.size();
        for (int i = 0; i < letters.size(); i++) {
            DeadLetter letter = letters.record(i);
            checkpointer.finished(1);
            letters.chunk.finish(letters.indexInChunk(i));
            releaseIfDone(letters.chunk);
            audience.tell(listener -> listener.onDeadLetter(letter));
        }
    }

    @Override
    public void fail(Throwable cause) {
        run.fail(cause);
    }
}
