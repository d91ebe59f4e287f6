package io.ingest4j.core;

import dev.failsafe.Execution;
import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestException;
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
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
final class RunLoop<S, T>
        implements Slicer.Sidings<S>, LetterBox.Owner<S>, Checkpointer.Loop, Opening.Decisions {

    private static final Logger LOG = LoggerFactory.getLogger(RunLoop.class);

    /** Whoever shares a limiter may give back what this run waits for, without telling it. */
    private static final long SHARED_LIMITER_POLL_NANOS = 10_000_000;

    /** A receiver that refuses everything refuses every attempt in flight. */
    private static final int MAX_SUPPRESSED = 10;

    /** A counter of the checkpoint: the time of day in milliseconds since 1970. */
    private static final String SAVED_AT = "savedAtMillis";

    private final Job<S, T> job;
    private final Surroundings surroundings;
    private final Mailbox mailbox;
    private final Intake<S> intake;
    private final Slicer<S, T> slicer;
    private final RetryQueue<S, T> retries;
    private final dev.failsafe.RetryPolicy<Object> retryPolicy;
    private final LetterBox<S> letterBox;
    private final Checkpointer checkpointer;
    private final Ledger ledger = new Ledger();
    private final Errors errors = new Errors();
    private final Audience audience;
    private final Rates rates = new Rates();
    private final Instant startedAt;
    private final long startNanos;

    private @Nullable RecordWriter<T> writer;
    private @Nullable Outbox<T, Request<S, T>> outbox;

    /** A request that waits for its permit. */
    private @Nullable Request<S, T> head;

    private RunState state = RunState.RUNNING;
    private RunState target = RunState.COMPLETED;
    private @Nullable Throwable failure;
    private @Nullable String pauseReason;
    private boolean announced;
    private boolean begun;
    private boolean held;
    private long stoppingSince;
    private boolean closing;
    private long closingSince;
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
        letterBox = new LetterBox<>(job.deadLetters(), surroundings, mailbox, errors, this);
        checkpointer = new Checkpointer(job, surroundings, mailbox, this);
        audience = new Audience(job.listeners());
        retryPolicy = job.retries().toFailsafe(surroundings.random());
        published = progress(startNanos);
    }

    // Beginning

    void start() {
        LOG.atInfo().addKeyValue("job", job.name()).log("run starts");
        new Opening<>(job, checkpointer, intake, this).begin();
    }

    @Override
    public void start(List<SplitProgress> splits) {
        begin(splits, Optional.empty());
    }

    @Override
    public void follow(Checkpoint last) {
        resumeLimiter(last);
    }

    @Override
    public void resume(Checkpoint checkpoint) {
        resumeLimiter(checkpoint);
        ledger.restore(checkpoint.counters());
        LOG.atInfo()
                .addKeyValue("job", job.name())
                .addKeyValue("done", ledger.read)
                .addKeyValue("completed", checkpoint.completed())
                .log("run continues");
        if (checkpoint.completed()) {
            intake.start(checkpoint.splits(), job.readers());
            announce();
        } else {
            begin(checkpoint.splits(), Optional.of(checkpoint.sinkState()));
        }
    }

    private void resumeLimiter(Checkpoint last) {
        try {
            Instant savedAt = Instant.ofEpochMilli(last.counters().getOrDefault(SAVED_AT, 0L));
            Duration age = Duration.between(savedAt, surroundings.clock().instant());
            job.limiter()
                    .resume(
                            last.limiterState(),
                            age.isNegative() ? Duration.ZERO : age,
                            surroundings.ticker().nanos());
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /**
     * Opens the sink and begins to read.
     *
     * @param sinkState of the run that this one continues
     */
    private void begin(List<SplitProgress> splits, Optional<String> sinkState) {
        if (state != RunState.RUNNING) {
            return;
        }
        try {
            RecordWriter<T> opened = openSinks(sinkState.filter(text -> !text.isEmpty()));
            if (isOrdered() && sinkState.isPresent() && sinkState.get().isEmpty()) {
                throw new CheckpointException(
                        "job "
                                + job.name()
                                + " must be continued with the sink that it began with, which had no"
                                + " state, was "
                                + job.sink().getClass().getName(),
                        null);
            }
            intake.start(splits, isOrdered() ? 1 : job.readers());
            begun = true;
            announce();
            long now = surroundings.ticker().nanos();
            checkpointer.begin(opened, !job.limiter().snapshot(0, now).isEmpty(), now);
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    private RecordWriter<T> openSinks(Optional<String> sinkState) throws IOException {
        WriterContext context =
                new WriterContext(
                        surroundings.ticker(),
                        job.limiter(),
                        sinkState.map(text -> Base64.getDecoder().decode(text)));
        long timeoutNanos = Require.nanos(job.attemptTimeout());
        letterBox.open(context, timeoutNanos);
        RecordWriter<T> opened = job.sink().open(context);
        writer = opened;
        outbox =
                new Outbox<>(
                        opened,
                        timeoutNanos,
                        surroundings.ticker(),
                        mailbox,
                        (request, result, thrown, startedAt, now) ->
                                ended(request, result, startedAt, now));
        return opened;
    }

    private void announce() {
        if (!announced) {
            announced = true;
            Progress first = progress(surroundings.ticker().nanos());
            published = first;
            audience.tell(listener -> listener.onStart(first));
        }
    }

    // The loop

    /** Does all that can be done now; returns for how many nanoseconds there is nothing to do. */
    long step() {
        for (Runnable event = mailbox.poll(); event != null; event = mailbox.poll()) {
            event.run();
        }
        long now = surroundings.ticker().nanos();
        long wait = outbox == null ? Long.MAX_VALUE : outbox.expire(now);
        wait = Math.min(wait, letterBox.expire(now));
        rates.sample(ledger.delivered, now);
        wait = Math.min(wait, reportProgress(now));
        if (state == RunState.RUNNING) {
            wait = Math.min(wait, dispatch());
            wait = Math.min(wait, checkpointer.saveIfDue(surroundings.ticker().nanos()));
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

    private void pause(String reason) {
        if (state == RunState.RUNNING) {
            LOG.atWarn().addKeyValue("job", job.name()).log("run pauses: {}", reason);
            pauseReason = reason;
            stop(RunState.PAUSED);
        }
    }

    /** The run can't go on. The first failure counts. */
    @Override
    public void fail(Throwable cause) {
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
                checkpointer.abandon();
            } catch (RuntimeException e) {
                fail(e);
            }
            end(surroundings.ticker().nanos());
        }
    }

    // Source

    private void arrived(Chunk<S> chunk, int doneEarlier) {
        List<RejectedRecord> rejected = chunk.batch().rejected();
        ledger.read += chunk.size + rejected.size() - doneEarlier;
        slicer.add(chunk);
        Letters<S> letters = new Letters<>(chunk);
        for (int i = 0; i < rejected.size(); i++) {
            RejectedRecord bad = rejected.get(i);
            if (!chunk.isDone(chunk.size + i)) {
                WriteFailure reason =
                        new WriteFailure(Action.DEAD_LETTER, "malformed record", bad.reason());
                letterBox.add(letters, chunk.size + i, bad.position(), bad.raw(), 0, reason);
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

    private void bury(Letters<S> letters) {
        letterBox.send(letters);
        int underWay = letterBox.underWay();
        job.pauseRules()
                .judgeLetters(ledger.deadLetteredNow() + underWay, ledger.doneNow() + underWay)
                .ifPresent(this::pause);
    }

    private void finish(Chunk<S> chunk, int index) {
        chunk.finish(index);
        checkpointer.finished(1);
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
            return !held && isSinkIdle();
        }
        return !held && out.inFlight() < job.maxInFlight();
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
        boolean mayOvertake = !isOrdered() || retries.isEmpty();
        return mayOvertake && checkpointer.hasRoom(job.batchSize()) ? slicer.next() : null;
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
        checkpointer.granted(job.cost(request.size()));
        if (request.attempts++ > 0) {
            ledger.retries++;
        } else {
            checkpointer.exposed(request.size());
        }
        rates.begin(ledger.delivered, now);
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
            requireKnown(result);
            sortOut(request, result, now);
        }
    }

    /** A sink that gathers records may have taken what it did not answer for in time. */
    private void requireKnown(WriteResult result) {
        boolean isCancelled =
                result.failure(0)
                        .filter(reason -> reason.kind().equals(Outbox.CANCELLED))
                        .isPresent();
        if (isOrdered() && isCancelled) {
            checkpointer.distrustWriter();
            fail(
                    new IngestException(
                            "the sink must answer within "
                                    + job.attemptTimeout()
                                    + " and before the run ends, but did not: only what its last"
                                    + " checkpoint says is known to be written",
                            null));
        }
    }

    private void closePermit(Request<S, T> request, WriteResult result, long now) {
        try {
            RateLimiter limiter = job.limiter();
            limiter.close(job.cost(request.size()), RateLimiter.NO_KEY, result.outcome(), now);
            if (!result.retryAfter().isZero()) {
                limiter.pause(result.retryAfter(), now);
                job.pauseRules().judgeWait(result.retryAfter()).ifPresent(this::pause);
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
                case DEAD_LETTER -> add(letters, request, i, reason.get());
                case ABORT ->
                        refused = refused == null ? refused(request, i, reason.get()) : refused;
            }
        }
        bury(letters);
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
                add(letters, request, i, reason);
            }
            bury(letters);
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
                Duration.ofNanos(ledger.nanosBefore + now - startNanos),
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
        if (closing) {
            return awaitStore(now);
        }
        long left = Require.nanos(job.stopTimeout()) - (now - stoppingSince);
        if (left <= 0) {
            abandon();
        }
        if (left <= 0 || (isSinkIdle() && intake.isClosed())) {
            close(now);
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

    @Override
    public boolean isSinkIdle() {
        return (outbox == null || outbox.inFlight() == 0) && letterBox.isIdle();
    }

    private void abandon() {
        intake.abandon();
        if (outbox != null) {
            outbox.cancelAll();
        }
        letterBox.abandon();
    }

    /** Leaves the last checkpoint. */
    private void close(long now) {
        closing = true;
        closingSince = now;
        if (target == RunState.COMPLETED && ledger.pending() != 0) {
            fail(
                    new IllegalStateException(
                            ledger.pending() + " records are pending at the end of the run"));
        }
        boolean complete = target == RunState.COMPLETED;
        checkpointer.close(
                begun ? capture(0, complete) : null,
                complete,
                failed -> {
                    failed.ifPresent(this::fail);
                    end(surroundings.ticker().nanos());
                });
    }

    /** What a store or a sink does at the end may take as long as an attempt. */
    private long awaitStore(long now) {
        Duration most = job.stopTimeout().plus(job.attemptTimeout());
        long left = Require.nanos(most) - (now - closingSince);
        if (left <= 0) {
            fail(
                    new CheckpointException(
                            "the store and the sink must end within "
                                    + most
                                    + ", but did not, for job "
                                    + job.name(),
                            null));
            end(now);
        }
        return left;
    }

    @Override
    public Checkpoint capture(long permitsAhead, boolean completed) {
        long now = surroundings.ticker().nanos();
        Map<String, Long> counters = new HashMap<>(ledger.counters(now - startNanos));
        counters.put(SAVED_AT, surroundings.clock().instant().toEpochMilli());
        return new Checkpoint(
                job.name(),
                completed,
                intake.splits().stream().map(SplitState::progress).toList(),
                counters,
                job.limiter().snapshot(permitsAhead, now),
                "");
    }

    private void end(long now) {
        if (hasEnded()) {
            return; // the store answered after all
        }
        close(writer);
        close(letterBox);
        announce();
        state = target;
        Progress last = progress(now);
        published = last;
        report =
                new IngestReport(
                        job.name(),
                        state,
                        failure,
                        pauseReason,
                        ledger.runs,
                        last,
                        errors.counts(),
                        rates.figures(ledger.deliveredNow()),
                        places(),
                        startedAt);
        LOG.atInfo().addKeyValue("job", job.name()).addKeyValue("state", state).log("run ended");
        audience.tell(listener -> listener.onEnd(state, last));
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
