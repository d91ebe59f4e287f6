package io.ingest4j.core;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RunState;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.core.loop.Require;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The run as a state machine. One thread calls {@link #start} and then {@link #step} until {@link
 * #hasEnded}; everything else reaches it through the {@link Mailbox}. Nothing here blocks, except that
 * the sink is opened here; it is closed on the store's lane. Nothing asks for time or randomness but the
 * {@link Surroundings}.
 */
final class RunLoop<S, T> implements Delivery.Run<S>, Checkpointer.Loop, Opening.Decisions {

    private static final Logger LOG = LoggerFactory.getLogger(RunLoop.class);

    /** A receiver that refuses everything refuses every attempt in flight. */
    private static final int MAX_SUPPRESSED = 10;

    /** A counter of the checkpoint: the time of day in milliseconds since 1970. */
    private static final String SAVED_AT = "savedAtMillis";

    private final Job<S, T> job;
    private final Surroundings surroundings;
    private final Mailbox mailbox;
    private final Tally tally;
    private final Ledger ledger;
    private final Intake<S> intake;
    private final Checkpointer checkpointer;
    private final Delivery<S, T> delivery;
    private final RequestCounts requests;
    private final Instant startedAt;
    private Start begunWith;
    private final long startNanos;

    private RunState state = RunState.RUNNING;
    private RunState target = RunState.COMPLETED;
    private @Nullable Throwable failure;
    private @Nullable String pauseReason;
    private @Nullable String nothingToDo;
    private @Nullable Progress atStart;

    /** Tells the limiter of an earlier run; not if nothing is left to do. */
    private Runnable followed = () -> {};

    private boolean begun;
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
        begunWith = new Start(startId(), job.resumption().source(), job.resumption().sink());
        startNanos = surroundings.ticker().nanos();
        lastProgress = startNanos;
        requests = new RequestCounts(job);
        tally = Tally.of(job);
        ledger = tally.ledger();
        checkpointer = new Checkpointer(job, surroundings, mailbox, this);
        delivery = new Delivery<>(job, surroundings, mailbox, tally, checkpointer, this);
        intake =
                new Intake<>(
                        job,
                        surroundings,
                        mailbox,
                        delivery::arrived,
                        this::fail,
                        delivery::letterBytes);
        published = progress(startNanos);
    }

    // Beginning

    /** Random, and with the time in it, should two processes draw the same. */
    private String startId() {
        return Long.toHexString(startedAt.toEpochMilli())
                + '-'
                + Long.toHexString(surroundings.random().nextLong());
    }

    void start() {
        LOG.atInfo().addKeyValue("job", job.name()).log("job {}: run starts", job.name());
        new Opening<>(job, begunWith, checkpointer, intake, this).begin();
    }

    @Override
    public void start(List<SplitProgress> splits) {
        begin(splits, Optional.empty());
    }

    @Override
    public void resume(Checkpoint checkpoint) {
        ledger.restore(checkpoint.counters());
        begunWith = checkpoint.start();
        LOG.atInfo()
                .addKeyValue("job", job.name())
                .addKeyValue("done", ledger.read)
                .log(
                        "job {}: run continues, {}",
                        job.name(),
                        ReportText.records(progress(surroundings.ticker().nanos())));
        begin(checkpoint.splits(), Optional.of(checkpoint.sinkState()));
    }

    @Override
    public void nothingToDo(Checkpoint checkpoint, boolean intact) {
        ledger.restoreEnd(checkpoint.counters());
        String reason =
                "completed on "
                        + savedAt(checkpoint).truncatedTo(ChronoUnit.SECONDS)
                        + ", and the source has not changed since";
        if (intact) {
            LOG.atInfo()
                    .addKeyValue("job", job.name())
                    .log("job {}: nothing to do, {}", job.name(), reason);
        } else {
            reason +=
                    "; but "
                            + checkpoint.start().sink()
                            + " is gone or holds something else, and was left so: startOver() writes"
                            + " it again";
            LOG.atWarn()
                    .addKeyValue("job", job.name())
                    .log("job {}: nothing to do, {}", job.name(), reason);
        }
        nothingToDo = reason;
        intake.start(checkpoint.splits(), job.readers(), checkpoint.start().id());
        announce();
        String told = reason;
        tally.audience().tell(listener -> listener.onNothingToDo(told));
    }

    @Override
    public void follow(Checkpoint last) {
        Instant today = surroundings.clock().instant();
        Long savedAt = last.counters().get(SAVED_AT); // unknown of a torn checkpoint
        Duration age =
                savedAt == null
                        ? Duration.ZERO
                        : Duration.between(Instant.ofEpochMilli(savedAt), today);
        long now = surroundings.ticker().nanos();
        followed =
                () ->
                        job.limiter()
                                .resume(
                                        last.limiterState(),
                                        age.isNegative() ? Duration.ZERO : age,
                                        now);
    }

    private static Instant savedAt(Checkpoint checkpoint) {
        return Instant.ofEpochMilli(checkpoint.counters().getOrDefault(SAVED_AT, 0L));
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
            followed.run();
            RecordWriter<T> opened =
                    delivery.open(
                            sinkState
                                    .filter(text -> !text.isEmpty())
                                    .map(text -> Base64.getDecoder().decode(text)));
            if (sinkState.isPresent() && delivery.isOrdered() == sinkState.get().isEmpty()) {
                throw new CheckpointException(
                        "job "
                                + job.name()
                                + " must be continued with the sink that it began with, which "
                                + (delivery.isOrdered() ? "kept no state" : "gathered records")
                                + ", was "
                                + job.sink().getClass().getName(),
                        null);
            }
            intake.start(splits, delivery.isOrdered() ? 1 : job.readers(), begunWith.id());
            begun = true;
            announce();
            long now = surroundings.ticker().nanos();
            checkpointer.begin(opened, !job.limiter().snapshot(0, now).isEmpty(), now);
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    private void announce() {
        if (atStart == null) {
            Progress first = progress(surroundings.ticker().nanos());
            atStart = first;
            published = first;
            tally.audience().tell(listener -> listener.onStart(first));
        }
    }

    // The loop

    /** Does all that can be done now; returns for how many nanoseconds there is nothing to do. */
    long step() {
        for (Runnable event = mailbox.poll(); event != null; event = mailbox.poll()) {
            event.run();
        }
        long now = surroundings.ticker().nanos();
        long wait = delivery.expire(now);
        tally.rates().sample(ledger.delivered, now);
        wait = Math.min(wait, reportProgress(now));
        if (state == RunState.RUNNING) {
            wait = Math.min(wait, delivery.dispatch());
            wait = Math.min(wait, checkpointer.saveIfDue(surroundings.ticker().nanos()));
            if (delivery.takesMore()) {
                intake.pull();
            }
        }
        wait = Math.min(wait, checkpointer.renewIfDue(now));
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

    /** Splits that nobody asks for more although nothing is in memory, to check the reading. */
    long idleReaders() {
        boolean asks = state == RunState.RUNNING && begun && delivery.takesMore();
        return asks && intake.bufferedBytes() == 0 ? intake.idleReaders() : 0;
    }

    long letterBytes() {
        return delivery.letterBytes();
    }

    void hold(boolean hold) {
        delivery.hold(hold);
    }

    @Override
    public boolean isRunning() {
        return state == RunState.RUNNING;
    }

    @Override
    public void release(Chunk<S> chunk) {
        intake.release(chunk);
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

    @Override
    public void pause(String reason) {
        if (state == RunState.RUNNING) {
            LOG.atWarn()
                    .addKeyValue("job", job.name())
                    .log("job {}: run pauses: {}", job.name(), reason);
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
            attempt(intake::stop);
            attempt(intake::abandon);
            attempt(delivery::abandon);
            attempt(() -> checkpointer.abandon(delivery::close));
            end(surroundings.ticker().nanos());
        }
    }

    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            fail(e);
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
        tally.audience().tell(listener -> listener.onProgress(current));
        return interval;
    }

    private Progress progress(long now) {
        double perSecond = job.limiter().permitsPerSecond(tally.rates().meanLatency());
        return new Progress(
                ledger.read,
                ledger.delivered,
                ledger.deadLettered,
                ledger.skipped,
                ledger.attempts,
                ledger.retries,
                delivery.inFlight(),
                intake.readBytes(),
                intake.totalBytes(),
                ledger.sentBytes,
                Duration.ofNanos(ledger.nanosBefore + now - startNanos),
                job.costPerRecord() ? perSecond : perSecond * job.batchSize(),
                requests.sinceStart());
    }

    private long endIfPossible(long now) {
        if (state == RunState.RUNNING && intake.isExhausted() && delivery.isDone()) {
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
        if (left <= 0 || (delivery.isIdle() && intake.isClosed())) {
            close(now);
            return 0;
        }
        return left;
    }

    @Override
    public boolean isSinkIdle() {
        return delivery.isIdle();
    }

    private void abandon() {
        intake.abandon();
        delivery.abandon();
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
                delivery::close,
                failed -> {
                    failed.ifPresent(this::fail);
                    end(surroundings.ticker().nanos());
                });
    }

    private long awaitStore(long now) {
        long most = Require.nanos(job.stopTimeout()) + Require.nanos(checkpointer.timeout());
        long left = most - (now - closingSince);
        if (left <= 0) {
            fail(
                    new CheckpointException(
                            "the store and the sink must end within "
                                    + Duration.ofNanos(most)
                                    + ", but did not, for job "
                                    + job.name(),
                            null));
            checkpointer.abandon(() -> {});
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
                begunWith,
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
        announce();
        state = target;
        Progress last = progress(now);
        Progress first = Objects.requireNonNull(atStart);
        published = last;
        report =
                new IngestReport(
                        job.name(),
                        state,
                        failure,
                        pauseReason,
                        nothingToDo,
                        ledger.runs,
                        last,
                        difference(first, last, Duration.ofNanos(now - startNanos)),
                        tally.errors().counts(),
                        tally.rates().figures(ledger.deliveredNow()),
                        places(),
                        startedAt);
        boolean isWell =
                state != RunState.FAILED && state != RunState.PAUSED && !isMostlyGivenUp(last);
        LOG.atLevel(isWell ? Level.INFO : Level.WARN)
                .addKeyValue("job", job.name())
                .addKeyValue("state", state)
                .addKeyValue("read", last.read())
                .addKeyValue("delivered", last.delivered())
                .addKeyValue("deadLettered", last.deadLettered())
                .addKeyValue("skipped", last.skipped())
                .addKeyValue("pending", last.pending())
                .log(
                        "job {}: run ended {}, {}{}",
                        job.name(),
                        state,
                        ReportText.records(last),
                        state == RunState.FAILED ? ", because " + report.failureLine() : "");
        tally.audience().tell(listener -> listener.onEnd(state, last));
    }

    /** Few records may all become dead letters before their share is judged. */
    private boolean isMostlyGivenUp(Progress last) {
        long done = last.delivered() + last.deadLettered();
        return last.deadLettered() > job.pauseRules().maxDeadLetterShare() * done;
    }

    /** What was done between two moments of this run. */
    private static Progress difference(Progress first, Progress last, Duration elapsed) {
        return new Progress(
                last.read() - first.read(),
                last.delivered() - first.delivered(),
                last.deadLettered() - first.deadLettered(),
                last.skipped() - first.skipped(),
                last.attempts() - first.attempts(),
                last.retries() - first.retries(),
                last.inFlight(),
                last.readBytes() - first.readBytes(),
                last.totalBytes(),
                last.sentBytes() - first.sentBytes(),
                elapsed,
                last.ceiling(),
                last.requests());
    }

    private List<IngestReport.Place> places() {
        return intake.splits().stream()
                .map(split -> new IngestReport.Place(split.split, split.donePosition()))
                .toList();
    }
}
