package io.ingest4j.core;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.InvalidCheckpointException;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.core.loop.Require;
import io.ingest4j.spi.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loop's side of the checkpoint store. The store works on a lane of its own, which nobody
 * interrupts, and has one checkpoint under way at most; what was sent since the last durable one is
 * counted and bounded here. A sink that gathers records is asked for its state, and finished, on the
 * same lane. All methods run on the loop's thread.
 */
final class Checkpointer {

    /** What the loop can tell about itself, between two of its steps. */
    interface Loop {
        /** Whether no attempt is under way, so that the writer's state is the loop's. */
        boolean isSinkIdle();

        /** Describes all that is done by now; the sink's state is added later. */
        Checkpoint capture(long permitsAhead, boolean completed);

        void fail(Throwable cause);
    }

    /** How long the store may take. */
    private static final Duration STORE_TIMEOUT = Duration.ofMinutes(5);

    /** A sink may have to bring much to a slow server first. */
    private static final Duration SINK_TIMEOUT = Duration.ofMinutes(15);

    /** How often the store is told that the run lives. */
    private static final long RENEWAL_NANOS = 1_000_000_000;

    /** Permits for so many requests are granted in advance at least; what is used up comes to more. */
    private static final long FEWEST_REQUESTS_AHEAD = 4;

    private final Resumption settings;
    private final Ticker ticker;
    private final String job;
    private final Mailbox mailbox;
    private final Loop loop;
    private final Surroundings.Lane lane;
    private final long intervalNanos;

    /** Set and used on the lane, except for {@code isHeld()}. */
    private volatile CheckpointStore.@Nullable Lease lease;

    private @Nullable StatefulRecordWriter<?> stateful;

    /** Nothing may be sent before the first checkpoint says that a run has begun. */
    private boolean ready;

    private boolean saving;
    private boolean wanted;
    private boolean holdsWriter;
    private boolean broken;
    private boolean closed;
    private volatile boolean abandoned;
    private boolean dirty;
    private boolean renewing;

    /** The store was asked for the job and has not answered. */
    private boolean opening;

    private long openedAt;

    private Duration openTimeout = STORE_TIMEOUT;

    /** The store did not answer in time, so nothing is waited for that it is to do. */
    private boolean hangs;

    private long lastSave;
    private long lastRenewal;

    /** Records sent, or given up, and not in a durable checkpoint. */
    private long exposed;

    private long finishedSinceSnapshot;
    private long finishedInSnapshot;

    /** Whether the limiter wants to know in advance what may be granted until the next checkpoint. */
    private boolean reserves;

    private long permitsAllowed;
    private long permitsSinceSnapshot;
    private long permitsBeforeSnapshot;
    private long permitsAhead;
    private final long leastPermitsAhead;

    Checkpointer(Job<?, ?> job, Surroundings surroundings, Mailbox mailbox, Loop loop) {
        this.job = job.name();
        this.mailbox = mailbox;
        this.loop = loop;
        settings = job.resumption();
        ticker = surroundings.ticker();
        intervalNanos = Require.nanos(settings.interval());
        leastPermitsAhead = FEWEST_REQUESTS_AHEAD * job.cost(job.batchSize());
        ready = settings.store() == null;
        lastSave = surroundings.ticker().nanos();
        lastRenewal = lastSave;
        lane = surroundings.lanes().open("store");
    }

    /** Takes the job, and tells how far it is. */
    void open(Consumer<Optional<Checkpoint>> opened) {
        CheckpointStore store = settings.store();
        if (store == null) {
            opened.accept(Optional.empty());
            return;
        }
        opening = true;
        openedAt = ticker.nanos();
        openTimeout =
                Duration.ofNanos(Require.nanos(STORE_TIMEOUT) + Require.nanos(store.maxWait()));
        onLane(
                () -> {
                    CheckpointStore.Lease taken = store.acquire(job);
                    lease = taken;
                    Optional<Checkpoint> latest = latest(taken);
                    mailbox.post(
                            () -> {
                                opening = false;
                                opened.accept(latest);
                            });
                });
    }

    /** To start over is the way out of a checkpoint that is not valid; a run there was all the same. */
    private Optional<Checkpoint> latest(CheckpointStore.Lease taken) {
        try {
            return taken.latest();
        } catch (InvalidCheckpointException e) {
            if (settings.startOver()) {
                return Optional.of(
                        new Checkpoint(job, Start.UNKNOWN, false, List.of(), Map.of(), "", ""));
            }
            throw new InvalidCheckpointException(
                    e.getMessage() + "; startOver() begins the job at the start of its source", e);
        }
    }

    /**
     * Writes the first checkpoint, before anything is sent: a run that is killed must not be taken for
     * one that never was.
     */
    void begin(RecordWriter<?> writer, boolean limiterReserves, long now) {
        stateful = writer instanceof StatefulRecordWriter<?> gatherer ? gatherer : null;
        reserves = limiterReserves && settings.store() != null;
        if (settings.store() != null) {
            dirty = true;
            save(now);
        }
    }

    /** Counts records that are sent, or given up, for the first time. */
    void exposed(int records) {
        exposed += records;
        dirty = true;
    }

    /** Counts such records that are done. */
    void finished(int records) {
        finishedSinceSnapshot += records;
        dirty = true;
    }

    /** Counts what is done without having been sent. */
    void touched() {
        dirty = true;
    }

    /** What the writer has taken is not known any more: only the last checkpoint counts. */
    void distrustWriter() {
        broken = true;
    }

    /** Counts permits that were granted. */
    void granted(long permits) {
        permitsSinceSnapshot += permits;
        dirty = true;
    }

    /** Tells whether so many records more can be sent within what a crash may cost. */
    boolean hasRoom(int records) {
        boolean room = exposed + records <= settings.maxUncheckpointed();
        wanted |= !room;
        return room;
    }

    /** Tells whether anything can be sent now, for so many permits. */
    boolean isReadyFor(long permits) {
        CheckpointStore.Lease taken = lease;
        if (!ready || holdsWriter || (taken != null && !taken.isHeld())) {
            return false;
        }
        boolean reserved =
                !reserves
                        || permitsBeforeSnapshot + permitsSinceSnapshot + permits <= permitsAllowed;
        wanted |= !reserved;
        return reserved;
    }

    /** Saves if it is time to; returns the nanoseconds until it is. */
    long saveIfDue(long now) {
        if (settings.store() == null || !ready || broken) {
            return saving ? timeout(now) : Long.MAX_VALUE;
        }
        if (saving) {
            return timeout(now);
        }
        boolean early = dirty && (wanted || isHalfUsed());
        long left = intervalNanos - (now - lastSave);
        if (!early && left > 0) {
            return left;
        }
        if (!dirty) {
            return Long.MAX_VALUE;
        }
        if (stateful != null) {
            holdsWriter = true;
            if (!loop.isSinkIdle()) {
                return Long.MAX_VALUE;
            }
        }
        save(now);
        return Require.nanos(timeout());
    }

    /**
     * Tells the store now and then that the run lives; returns the nanoseconds until that is due, or
     * until the store must have answered.
     */
    long renewIfDue(long now) {
        if (closed || broken || saving) {
            return Long.MAX_VALUE;
        }
        if (opening) {
            return timeout(now, openedAt, openTimeout);
        }
        if (renewing) {
            return timeout(now, lastRenewal, STORE_TIMEOUT);
        }
        if (lease == null) {
            return Long.MAX_VALUE;
        }
        long left = RENEWAL_NANOS - Math.min(now - lastSave, now - lastRenewal);
        if (left <= 0) {
            renew(now);
        }
        return Math.max(left, 1);
    }

    private boolean isHalfUsed() {
        return finishedSinceSnapshot > settings.maxUncheckpointed() / 2
                || (reserves && permitsSinceSnapshot > permitsAllowed / 2);
    }

    /**
     * How long the store may take, together with a sink that is asked for its state; nothing if it
     * had its time.
     */
    Duration timeout() {
        if (hangs) {
            return Duration.ZERO;
        }
        return stateful == null ? STORE_TIMEOUT : SINK_TIMEOUT;
    }

    private long timeout(long now) {
        return timeout(now, lastSave, timeout());
    }

    private long timeout(long now, long since, Duration most) {
        long left = Require.nanos(most) - (now - since);
        if (left <= 0 && !broken) {
            broken = true;
            hangs = true;
            loop.fail(
                    new CheckpointException(
                            "the checkpoint store must answer within "
                                    + most
                                    + ", but did not, for job "
                                    + job,
                            null));
        }
        return broken ? Long.MAX_VALUE : left;
    }

    private void save(long now) {
        if (reserves) {
            permitsAhead = Math.max(leastPermitsAhead, 2 * permitsSinceSnapshot);
        }
        Checkpoint checkpoint = loop.capture(permitsAhead, false);
        saving = true;
        wanted = false;
        dirty = false;
        lastSave = now;
        finishedInSnapshot = finishedSinceSnapshot;
        finishedSinceSnapshot = 0;
        permitsBeforeSnapshot += permitsSinceSnapshot;
        permitsSinceSnapshot = 0;
        onLane(
                () -> {
                    Checkpoint whole = withSinkState(checkpoint);
                    if (stateful != null) {
                        mailbox.post(() -> holdsWriter = false);
                    }
                    requireLease().save(whole);
                    mailbox.post(this::saved);
                });
    }

    private void saved() {
        saving = false;
        ready = true;
        exposed -= finishedInSnapshot;
        permitsBeforeSnapshot = 0;
        permitsAllowed = permitsAhead;
    }

    private void renew(long now) {
        lastRenewal = now;
        renewing = true;
        onLane(
                () -> {
                    requireLease().renew();
                    mailbox.post(() -> renewing = false);
                });
    }

    /**
     * Ends it all: writes the last checkpoint, finishes a sink that gathers records if nothing is left
     * to do, says so in one more, closes the sinks, and gives the job back.
     *
     * @param checkpoint what is to be kept; null if the run never came so far
     * @param complete whether nothing is left to do
     * @param sinks closed before the job is given back, so that the next run finds them free
     * @param ended told at the end, with what failed
     */
    void close(
            @Nullable Checkpoint checkpoint,
            boolean complete,
            Runnable sinks,
            Consumer<Optional<Throwable>> ended) {
        closed = true;
        Checkpoint kept = settings.store() == null || broken ? null : checkpoint;
        lane.execute(
                () -> {
                    Optional<Throwable> failure = Optional.empty();
                    try {
                        finish(kept, complete ? stateful : null);
                    } catch (Throwable e) {
                        failure = Optional.of(e);
                    }
                    sinks.run();
                    giveBack();
                    Optional<Throwable> result = failure;
                    mailbox.post(() -> ended.accept(result));
                });
        lane.finish();
    }

    /** The sink's state is kept before it is finished, so that a crash between leaves no doubt. */
    private void finish(@Nullable Checkpoint checkpoint, @Nullable StatefulRecordWriter<?> finished)
            throws IOException {
        Checkpoint last = checkpoint != null && lease != null ? withSinkState(checkpoint) : null;
        if (last != null) {
            requireLease().save(finished == null ? last : with(last, false, last.sinkState()));
        }
        if (finished != null && !abandoned) {
            finished.finish();
            if (last != null) {
                requireLease().save(last);
            }
        }
    }

    /** Nobody waits for the end any more: nothing is finished then that is said to have failed. */
    void abandon(Runnable sinks) {
        abandoned = true;
        if (!closed) {
            closed = true;
            lane.execute(
                    () -> {
                        sinks.run();
                        giveBack();
                    });
            lane.finish();
        }
    }

    private void giveBack() {
        CheckpointStore.Lease taken = lease;
        lease = null;
        if (taken != null) {
            taken.close();
        }
    }

    private Checkpoint withSinkState(Checkpoint checkpoint) throws IOException {
        return stateful == null
                ? checkpoint
                : with(
                        checkpoint,
                        checkpoint.completed(),
                        Base64.getEncoder().encodeToString(stateful.snapshot()));
    }

    private static Checkpoint with(Checkpoint checkpoint, boolean completed, String sinkState) {
        return new Checkpoint(
                checkpoint.job(),
                checkpoint.start(),
                completed,
                checkpoint.splits(),
                checkpoint.counters(),
                checkpoint.limiterState(),
                sinkState);
    }

    private CheckpointStore.Lease requireLease() {
        CheckpointStore.Lease taken = lease;
        if (taken == null) {
            throw new IllegalStateException("the job was not acquired");
        }
        return taken;
    }

    /** A task that may fail. */
    private interface Task {
        void run() throws IOException;
    }

    private void onLane(Task task) {
        lane.execute(
                () -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        mailbox.post(() -> broke(e));
                    }
                });
    }

    private void broke(Throwable failure) {
        broken = true;
        saving = false;
        renewing = false;
        opening = false;
        holdsWriter = false;
        loop.fail(failure);
    }
}
