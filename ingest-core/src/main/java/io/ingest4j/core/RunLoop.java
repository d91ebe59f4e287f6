package io.ingest4j.core;

import dev.failsafe.Execution;
import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.Position;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.RunState;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run as a state machine. One thread calls {@link #start} and then {@link #step} until {@link
 * #hasEnded}; everything else reaches it through the {@link Mailbox}. Nothing here blocks, except that
 * the sink is opened and closed here, and nothing asks for time or randomness but the {@link
 * Surroundings}.
 */
final class RunLoop<S, T> implements Slicer.Sidings<S> {

    private static final Logger LOG = LoggerFactory.getLogger(RunLoop.class);

    /** Whoever shares a limiter may give back what this run waits for, without telling it. */
    private static final long SHARED_LIMITER_POLL_NANOS = 10_000_000;

    /** A receiver that refuses everything refuses every attempt in flight. */
    private static final int MAX_SUPPRESSED = 10;

    private final Job<S, T> job;
    private final Surroundings surroundings;
    private final Mailbox mailbox;
    private final Intake<S> intake;
    private final Slicer<S, T> slicer;
    private final RetryQueue<S, T> retries;
    private final dev.failsafe.RetryPolicy<Object> retryPolicy;
    private final Ledger ledger = new Ledger();
    private final Errors errors = new Errors();
    private final Audience audience;
    private final Rates rates = new Rates();
    private final Instant startedAt;
    private final long startNanos;

    private @Nullable RecordWriter<T> writer;
    private @Nullable Outbox<T, Request<S, T>> outbox;
    private @Nullable LetterBox<S> letterBox;

    /** A request that waits for its permit. */
    private @Nullable Request<S, T> head;

    private RunState state = RunState.RUNNING;
    private RunState target = RunState.COMPLETED;
    private @Nullable Throwable failure;
    private boolean held;
    private long stoppingSince;
    private long lastProgress;
    private @Nullable IngestReport report;
    private volatile Progress published;

    RunLoop(Job<S, T> job, Surroundings surroundings, Mailbox mailbox) {
        this.job = job;
        this.surroundings = surroundings;
        this.mailbox = mailbox;
        startedAt = surroundings.clock().instant();
        startNanos = surroundings.ticker().nanos();
        lastProgress = startNanos;
        intake = new Intake<>(job, surroundings, mailbox, this::arrived, this::fail);
        slicer = new Slicer<>(job, this);
        retries = new RetryQueue<>(startNanos);
        audience = new Audience(job.listeners());
        retryPolicy = job.retries().toFailsafe(surroundings.random());
        published = progress(startNanos);
    }

    void start() {
        LOG.atInfo().addKeyValue("job", job.name()).log("run starts");
        Progress empty = published;
        audience.tell(listener -> listener.onStart(empty));
        try {
            WriterContext context =
                    new WriterContext(surroundings.ticker(), job.limiter(), Optional.empty());
            writer = job.sink().open(context);
            long timeoutNanos = Require.nanos(job.attemptTimeout());
            outbox =
                    new Outbox<>(
                            writer,
                            timeoutNanos,
                            surroundings.ticker(),
                            mailbox,
                            (request, result, thrown, startedAt, now) ->
                                    ended(request, result, startedAt, now));
            if (job.deadLetters() != null) {
                letterBox =
                        LetterBox.open(
                                job.deadLetters(),
                                context,
                                timeoutNanos,
                                mailbox,
                                this::buried,
                                this::fail);
            }
            intake.start(isOrdered() ? 1 : job.readers());
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    /** Does all that can be done now; returns for how many nanoseconds there is nothing to do. */
    long step() {
        for (Runnable event = mailbox.poll(); event != null; event = mailbox.poll()) {
            event.run();
        }
        long now = surroundings.ticker().nanos();
        long wait = outbox == null ? Long.MAX_VALUE : outbox.expire(now);
        wait = letterBox == null ? wait : Math.min(wait, letterBox.expire(now));
        rates.sample(ledger.delivered, now);
        wait = Math.min(wait, reportProgress(now));
        if (state == RunState.RUNNING) {
            wait = Math.min(wait, dispatch());
            intake.pull();
        }
        wait = Math.min(wait, endIfPossible(now));
        return hasEnded() || !mailbox.isEmpty() ? 0 : wait;
    }

    boolean hasEnded() {
        return report != null;
    }

    IngestReport report() {
        if (report == null) {
            throw new IllegalStateException("the run has not ended");
        }
        return report;
    }

    Progress progress() {
        return published;
    }

    RunState state() {
        return state;
    }

    /** Records in the loop's hands, counted apart from the ledger, to check it. */
    long recordsHeld() {
        return intake.splits().stream()
                .flatMap(split -> split.chunks.stream())
                .mapToLong(Chunk::undone)
                .sum();
    }

    long pending() {
        return ledger.pending();
    }

    long bufferedBytes() {
        return intake.bufferedBytes();
    }

    void hold(boolean hold) {
        held = hold;
    }

    /** Reads no more and ends when what is in flight has ended, in the given state. */
    void stop(RunState wanted) {
        if (state == RunState.RUNNING) {
            state = RunState.STOPPING;
            target = wanted;
            stoppingSince = surroundings.ticker().nanos();
            intake.stop();
        }
    }

    /** The run can't go on. The first failure counts. */
    void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
            stop(RunState.FAILED);
            target = RunState.FAILED;
        } else if (failure != cause && failure.getSuppressed().length < MAX_SUPPRESSED) {
            failure.addSuppressed(cause);
        }
    }

    /** The loop itself broke: ends at once. */
    void crash(Throwable cause) {
        fail(cause);
        if (!hasEnded()) {
            intake.stop();
            try {
                abandon();
            } catch (RuntimeException e) {
                fail(e);
            }
            end(surroundings.ticker().nanos());
        }
    }

    // Source

    private void arrived(Chunk<S> chunk) {
        List<RejectedRecord> rejected = chunk.batch().rejected();
        ledger.read += chunk.size + rejected.size();
        slicer.add(chunk);
        Letters<S> letters = new Letters<>(chunk);
        for (RejectedRecord bad : rejected) {
            WriteFailure reason =
                    new WriteFailure(Action.DEAD_LETTER, "malformed record", bad.reason());
            give(letters, Letters.REJECTED, bad.position(), bad.raw(), 0, reason);
        }
        send(letters);
        releaseIfDone(chunk);
    }

    @Override
    public void skipped(Chunk<S> chunk, int index) {
        ledger.skipped++;
        finish(chunk, index);
    }

    @Override
    public void failed(Chunk<S> chunk, int index, WriteFailure reason) {
        Letters<S> letters = new Letters<>(chunk);
        give(letters, index, chunk.batch().position(index), chunk.batch().raw(index), 0, reason);
        send(letters);
    }

    private void finish(Chunk<S> chunk, int index) {
        chunk.finish(index);
        releaseIfDone(chunk);
    }

    private void releaseIfDone(Chunk<S> chunk) {
        if (chunk.isDone()) {
            intake.release(chunk);
            chunk.split.donePosition();
        }
    }

    // Sink

    private long dispatch() {
        Outbox<T, Request<S, T>> out = outbox;
        while (out != null && hasCapacity(out)) {
            Request<S, T> request = head != null ? head : nextRequest();
            if (request == null) {
                return retries.nanosToNext(surroundings.ticker().nanos());
            }
            head = request;
            if (state != RunState.RUNNING) {
                break; // a mapper failed the run
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
        return !held && out.inFlight() < (isOrdered() ? 1 : job.maxInFlight());
    }

    /** A writer that gathers records gets them in source order, so nothing overtakes a retry. */
    private boolean isOrdered() {
        return writer instanceof StatefulRecordWriter;
    }

    private @Nullable Request<S, T> nextRequest() {
        Request<S, T> due = retries.poll(surroundings.ticker().nanos());
        if (due != null) {
            return due;
        }
        return isOrdered() && !retries.isEmpty() ? null : slicer.next();
    }

    private long reserve(Request<S, T> request, long now) {
        try {
            return job.limiter().reserve(job.cost(request.size()), RateLimiter.NO_KEY, now);
        } catch (RuntimeException e) {
            fail(e);
            return Long.MAX_VALUE;
        }
    }

    private void send(Outbox<T, Request<S, T>> out, Request<S, T> request, long now) {
        ledger.attempts++;
        if (request.attempts++ > 0) {
            ledger.retries++;
        }
        rates.begin(now);
        out.send(request, now);
    }

    private void ended(Request<S, T> request, WriteResult result, long sentAt, long now) {
        closePermit(request, result, now);
        rates.attemptEnded(sentAt, now);
        ledger.sentBytes += result.bytes();
        if (result.isDelivered()) {
            ledger.delivered += request.size();
            for (int i = 0; i < request.size(); i++) {
                finish(request.chunk, request.indexInChunk(i));
            }
        } else {
            sortOut(request, result, now);
        }
    }

    private void closePermit(Request<S, T> request, WriteResult result, long now) {
        try {
            RateLimiter limiter = job.limiter();
            limiter.close(job.cost(request.size()), RateLimiter.NO_KEY, result.outcome(), now);
            if (!result.retryAfter().isZero()) {
                limiter.pause(result.retryAfter(), now);
            }
        } catch (RuntimeException e) {
            fail(e);
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
                ledger.delivered++;
                finish(request.chunk, request.indexInChunk(i));
                continue;
            }
            if (kinds.add(reason.get().kind())) {
                errors.count(reason.get());
            }
            switch (reason.get().action()) {
                case RETRY -> again[retried++] = i;
                case DEAD_LETTER -> give(letters, request, i, reason.get());
                case ABORT ->
                        refused = refused == null ? refused(request, i, reason.get()) : refused;
            }
        }
        send(letters);
        if (refused != null) {
            fail(refused);
        }
        if (retried > 0) {
            WriteFailure first = result.failure(again[0]).orElseThrow();
            retry(request.subset(Arrays.copyOf(again, retried)), first, result.retryAfter(), now);
        }
    }

    private void retry(Request<S, T> request, WriteFailure reason, Duration retryAfter, long now) {
        if (state != RunState.RUNNING) {
            return;
        }
        Execution<Object> execution = request.execution;
        if (execution == null) {
            execution = Execution.of(retryPolicy);
            request.execution = execution;
        }
        execution.recordResult(RetryPolicy.FAILED);
        if (execution.isComplete()) {
            Letters<S> letters = new Letters<>(request.chunk);
            for (int i = 0; i < request.size(); i++) {
                give(letters, request, i, reason);
            }
            send(letters);
        } else {
            Duration own = execution.getDelay();
            Duration delay = own.compareTo(retryAfter) < 0 ? retryAfter : own;
            retries.add(request, Require.nanos(delay), now);
            audience.tell(listener -> listener.onRetry(request.size(), reason, delay));
        }
    }

    private static IngestException refused(Request<?, ?> request, int index, WriteFailure reason) {
        String place = Places.describe(request.split(), request.position(index));
        return new IngestException(
                "the sink refuses every record: " + reason + " (first seen with " + place + ")",
                null);
    }

    // Dead letters

    private void give(Letters<S> letters, Request<S, T> request, int index, WriteFailure reason) {
        int inChunk = request.indexInChunk(index);
        give(
                letters,
                inChunk,
                request.position(index),
                request.raw(index),
                request.attempts,
                reason);
    }

    private void give(
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

    private void send(Letters<S> letters) {
        if (letters.size() == 0) {
            return;
        }
        if (letterBox != null) {
            letterBox.send(letters, surroundings.ticker().nanos());
        } else {
            fail(givenUp(letters));
        }
    }

    private static BadRecordException givenUp(Letters<?> letters) {
        DeadLetter first = letters.record(0);
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

    private void buried(Letters<S> letters) {
        ledger.deadLettered += letters.size();
        for (int i = 0; i < letters.size(); i++) {
            DeadLetter letter = letters.record(i);
            finish(letters.chunk, letters.indexInChunk(i));
            audience.tell(listener -> listener.onDeadLetter(letter));
        }
    }

    // Progress and end

    private long reportProgress(long now) {
        long interval = Require.nanos(job.progressInterval());
        long left = interval - (now - lastProgress);
        if (left > 0) {
            return left;
        }
        lastProgress = now;
        Progress current = progress(now);
        published = current;
        audience.tell(listener -> listener.onProgress(current));
        return interval;
    }

    private Progress progress(long now) {
        double perSecond = job.limiter().permitsPerSecond(rates.meanLatency());
        return new Progress(
                ledger.read,
                ledger.delivered,
                ledger.deadLettered,
                ledger.skipped,
                ledger.attempts,
                ledger.retries,
                outbox == null ? 0 : outbox.inFlight(),
                intake.readBytes(),
                intake.totalBytes(),
                ledger.sentBytes,
                Duration.ofNanos(now - startNanos),
                job.costPerRecord() ? perSecond : perSecond * job.batchSize());
    }

    private long endIfPossible(long now) {
        if (state == RunState.RUNNING && isAllDone()) {
            state = RunState.STOPPING;
            stoppingSince = now;
        }
        if (state != RunState.STOPPING) {
            return Long.MAX_VALUE;
        }
        long left = Require.nanos(job.stopTimeout()) - (now - stoppingSince);
        if (left <= 0) {
            abandon();
        }
        if (left <= 0 || (isSinkIdle() && intake.isClosed())) {
            end(now);
            return 0;
        }
        return left;
    }

    private boolean isAllDone() {
        return intake.isExhausted()
                && slicer.isEmpty()
                && head == null
                && retries.isEmpty()
                && isSinkIdle();
    }

    private boolean isSinkIdle() {
        return (outbox == null || outbox.inFlight() == 0)
                && (letterBox == null || letterBox.isIdle());
    }

    private void abandon() {
        intake.abandon();
        if (outbox != null) {
            outbox.cancelAll();
        }
        if (letterBox != null) {
            letterBox.abandon();
        }
    }

    private void end(long now) {
        finishSink();
        close(writer);
        close(letterBox);
        if (target == RunState.COMPLETED && ledger.pending() != 0) {
            fail(
                    new IllegalStateException(
                            ledger.pending() + " records are pending at the end of the run"));
        }
        state = target;
        Progress last = progress(now);
        published = last;
        report =
                new IngestReport(
                        job.name(),
                        state,
                        failure,
                        last,
                        errors.counts(),
                        rates.figures(ledger.delivered),
                        places(),
                        startedAt);
        LOG.atInfo().addKeyValue("job", job.name()).addKeyValue("state", state).log("run ended");
        audience.tell(listener -> listener.onEnd(state, last));
    }

    private void finishSink() {
        if (target == RunState.COMPLETED && writer instanceof StatefulRecordWriter<T> stateful) {
            try {
                stateful.finish();
            } catch (Throwable e) {
                fail(e);
            }
        }
    }

    private static void close(@Nullable AutoCloseable closeable) {
        if (closeable != null) {
            try {
                closeable.close();
            } catch (Throwable e) {
                LOG.warn("closing {} failed", closeable.getClass().getName(), e);
            }
        }
    }

    private List<IngestReport.Place> places() {
        return intake.splits().stream()
                .map(split -> new IngestReport.Place(split.split, split.donePosition()))
                .toList();
    }
}
