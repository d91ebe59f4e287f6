package io.ingest4j.core;

import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestListener;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordSink;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.core.loop.Require;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a run, which may be given before or after {@code to(...)}. Not thread-safe.
 *
 * @param <B> the builder's own type
 * @since 0.1
 */
public abstract sealed class IngestOptions<B extends IngestOptions<B>> permits Ingest, IngestJob {

    private static final long MAX_DEFAULT_BUFFER_BYTES = 64L << 20;
    private static final long MIN_BUFFER_BYTES = 64L << 10;

    @Nullable String name;
    @Nullable String sourceIdentity;
    @Nullable String sinkIdentity;
    int batchSize = 1;
    RateLimiter limiter = RateLimiters.unlimited();
    boolean costPerRecord;
    int maxInFlight = 64;
    int readers = 1;
    long maxBufferedBytes =
            Math.min(MAX_DEFAULT_BUFFER_BYTES, Runtime.getRuntime().maxMemory() / 8);
    RetryPolicy retries = RetryPolicy.standard();
    Duration attemptTimeout = Duration.ofMinutes(2);
    Duration stopTimeout = Duration.ofSeconds(30);
    Duration progressInterval = Duration.ofSeconds(1);
    @Nullable RecordSink<DeadLetter> deadLetters;
    long maxDeadLetters = PauseRules.STANDARD.maxDeadLetters();
    double maxDeadLetterShare = PauseRules.STANDARD.maxDeadLetterShare();
    Duration maxRetryAfter = PauseRules.STANDARD.maxRetryAfter();
    @Nullable CheckpointStore checkpoints;
    Duration checkpointInterval = Resumption.NONE.interval();
    long maxUncheckpointed;
    boolean startOver;
    @Nullable StopSignal stopSignal;
    final List<IngestListener> listeners = new ArrayList<>();

    IngestOptions() {}

    abstract B self();

    final void copyTo(IngestOptions<?> other) {
        other.name = name;
        other.sourceIdentity = sourceIdentity;
        other.sinkIdentity = sinkIdentity;
        other.batchSize = batchSize;
        other.limiter = limiter;
        other.costPerRecord = costPerRecord;
        other.maxInFlight = maxInFlight;
        other.readers = readers;
        other.maxBufferedBytes = maxBufferedBytes;
        other.retries = retries;
        other.attemptTimeout = attemptTimeout;
        other.stopTimeout = stopTimeout;
        other.progressInterval = progressInterval;
        other.deadLetters = deadLetters;
        other.maxDeadLetters = maxDeadLetters;
        other.maxDeadLetterShare = maxDeadLetterShare;
        other.maxRetryAfter = maxRetryAfter;
        other.checkpoints = checkpoints;
        other.checkpointInterval = checkpointInterval;
        other.maxUncheckpointed = maxUncheckpointed;
        other.startOver = startOver;
        other.stopSignal = stopSignal;
        other.listeners.addAll(listeners);
    }

    /**
     * Names the job, for logs, the report and checkpoints. By default the name is derived from the
     * identities of source and sink, so that another source or sink is another job; where one of them
     * has no {@linkplain io.ingest4j.api.RecordSource#identity() identity}, such as a lambda, a job that
     * keeps checkpoints must be named, and the name stands for it.
     *
     * @param job 1 to 100 letters, digits, dots, dashes and underscores
     * @return this builder
     * @throws IllegalArgumentException if the name is none
     */
    public final B name(String job) {
        Objects.requireNonNull(job, "name");
        if (!job.matches("[A-Za-z0-9._-]{1,100}")) {
            throw new IllegalArgumentException(
                    "name must be 1 to 100 letters, digits, dots, dashes and underscores, was '"
                            + job
                            + "'");
        }
        name = job;
        return self();
    }

    /**
     * Says what the source is, in place of its own {@linkplain io.ingest4j.api.RecordSource#identity()
     * identity}: for a source that has none, such as a lambda, or whose address changes from run to run.
     *
     * @param identity what tells it from other sources, without secrets; kept in checkpoints
     * @return this builder
     * @throws IllegalArgumentException if it is blank
     */
    public final B sourceIdentity(String identity) {
        sourceIdentity = requireNotBlank("sourceIdentity", identity);
        return self();
    }

    /**
     * Says what the sink is, in place of its own {@linkplain RecordSink#identity() identity}: for a sink
     * that has none, such as a lambda, or whose address changes from run to run.
     *
     * @param identity what tells it from other sinks, without secrets; kept in checkpoints
     * @return this builder
     * @throws IllegalArgumentException if it is blank
     */
    public final B sinkIdentity(String identity) {
        sinkIdentity = requireNotBlank("sinkIdentity", identity);
        return self();
    }

    private static String requireNotBlank(String name, String value) {
        Objects.requireNonNull(value, name);
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank, was '" + value + "'");
        }
        return value;
    }

    /**
     * Sets how many records one request holds. 1 by default. A request holds fewer at the end of the
     * source, where a filter left some out or some are malformed, where only some have to be tried
     * again, and where so many take more than the reader returns at once: about a sixteenth of {@link
     * #maxBufferedBytes}, with more than two {@link #readers} less, or its own limit.
     *
     * @param records at least 1
     * @return this builder
     * @throws IllegalArgumentException if that is less than 1
     */
    public final B batchSize(int records) {
        batchSize = (int) Require.atLeast("batchSize", 1, records);
        return self();
    }

    /**
     * Limits the requests, each attempt paying 1. Unlimited by default.
     *
     * @param limit the limiter; runs that share it share the limit
     * @return this builder
     */
    public final B rateLimit(RateLimiter limit) {
        limiter = Objects.requireNonNull(limit, "limit");
        return self();
    }

    /**
     * Makes each attempt pay 1 for every record in it.
     *
     * @return this builder
     */
    public final B costPerRecord() {
        costPerRecord = true;
        return self();
    }

    /**
     * Sets how many requests may be under way at a time. 64 by default. To reach a rate it takes at
     * least rate times latency: see {@link IngestJob#plan}.
     *
     * @param requests at least 1
     * @return this builder
     * @throws IllegalArgumentException if that is less than 1
     */
    public final B maxInFlight(int requests) {
        maxInFlight = (int) Require.atLeast("maxInFlight", 1, requests);
        return self();
    }

    /**
     * Sets how many splits of the source are read at a time, each on a thread of its own. 1 by
     * default. All share {@link #maxBufferedBytes} evenly, so more readers read less at once. A sink that
     * gathers records in the order of the source is read for by one.
     *
     * @param threads at least 1
     * @return this builder
     * @throws IllegalArgumentException if that is less than 1
     */
    public final B readers(int threads) {
        readers = (int) Require.atLeast("readers", 1, threads);
        return self();
    }

    /**
     * Sets how many bytes of records may be in memory, read and not yet done, malformed ones and dead
     * letters on their way included. By default an eighth of the largest heap, at most 64 MiB. Letters
     * may exceed it by a sixteenth, and one record or letter that is larger than its share is taken as
     * it is. Buffers of the source and the sink come on top.
     *
     * @param bytes at least 64 KiB
     * @return this builder
     * @throws IllegalArgumentException if that is less
     */
    public final B maxBufferedBytes(long bytes) {
        maxBufferedBytes = Require.atLeast("maxBufferedBytes", MIN_BUFFER_BYTES, bytes);
        return self();
    }

    /**
     * Sets how failed attempts are repeated. {@link RetryPolicy#standard()} by default.
     *
     * @param policy the policy
     * @return this builder
     */
    public final B retry(RetryPolicy policy) {
        retries = Objects.requireNonNull(policy, "policy");
        return self();
    }

    /**
     * Sets after what time an attempt that has no result is cancelled, as the last resort behind the
     * sink's own deadlines. Two minutes by default.
     *
     * @param timeout more than zero
     * @return this builder
     * @throws IllegalArgumentException if that is not more than zero
     */
    public final B attemptTimeout(Duration timeout) {
        attemptTimeout = Require.positive("attemptTimeout", timeout);
        return self();
    }

    /**
     * Sets how long a run that was asked to stop, or has failed, waits for what is in flight. 30
     * seconds by default.
     *
     * @param timeout zero or more
     * @return this builder
     * @throws IllegalArgumentException if that is less than zero
     */
    public final B stopTimeout(Duration timeout) {
        stopTimeout = Require.notNegative("stopTimeout", timeout);
        return self();
    }

    /**
     * Sets what stops the runs of this job from outside, also before they start. Without it, {@link
     * IngestRun#stop} and an interrupt of the waiting thread do.
     *
     * @param signal may be that of other jobs, too; the last one given counts
     * @return this builder
     */
    public final B stopSignal(StopSignal signal) {
        stopSignal = Objects.requireNonNull(signal, "signal");
        return self();
    }

    /**
     * Sets how often listeners hear of the progress. Once a second by default.
     *
     * @param interval more than zero
     * @return this builder
     * @throws IllegalArgumentException if that is not more than zero
     */
    public final B progressInterval(Duration interval) {
        progressInterval = Require.positive("progressInterval", interval);
        return self();
    }

    /**
     * Sets where records go that can't be read or delivered. Without it, the first such record ends
     * the run as FAILED.
     *
     * @param sink takes the letters; if it fails to, the run fails
     * @return this builder
     */
    public final B deadLetters(RecordSink<DeadLetter> sink) {
        deadLetters = Objects.requireNonNull(sink, "sink");
        return self();
    }

    /**
     * Sets how many records may be given up before the run ends as PAUSED, to be continued when the
     * reason is gone. Any number by default.
     *
     * @param records at least 0, counted from the start of the run; exceeded by what is in flight at
     *     the most
     * @return this builder
     * @throws IllegalArgumentException if that is less than 0
     */
    public final B maxDeadLetters(long records) {
        maxDeadLetters = Require.atLeast("maxDeadLetters", 0, records);
        return self();
    }

    /**
     * Sets which share of the records may be given up before the run ends as PAUSED, so that a broken
     * receiver doesn't turn a whole source into dead letters. A half by default. Judged once 1,000
     * records of the run are done.
     *
     * @param share from 0 to 1; with 1 it never pauses for this
     * @return this builder
     * @throws IllegalArgumentException if that is out of its range
     */
    public final B maxDeadLetterShare(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "maxDeadLetterShare must be from 0 to 1, was " + share);
        }
        maxDeadLetterShare = share;
        return self();
    }

    /**
     * Sets the longest time that the receiver may ask to be left alone. If it asks for more, as when a
     * day's quota is used up, the run ends as PAUSED instead of sleeping. By default it waits as
     * long as it is asked to; the HTTP sink never passes on more than its own limit.
     *
     * @param longest more than zero
     * @return this builder
     * @throws IllegalArgumentException if that is not more than zero
     */
    public final B maxRetryAfter(Duration longest) {
        maxRetryAfter = Require.positive("maxRetryAfter", longest);
        return self();
    }

    /**
     * Sets where checkpoints are kept, which make the job resumable: running it again, under the same
     * {@link #name} on the same store, continues where the last run came to, however that ended.
     *
     * <p>A job that was completed has nothing left to do, which {@link IngestReport#nothingToDo()}
     * says, also if its target is gone or was replaced since; {@link #startOver()} writes it again. If
     * its source has changed since or got more objects, or has no version that proves the contrary, it
     * is read from its start. A source that changes before the job is completed is refused with a {@link
     * io.ingest4j.api.SourceChangedException}; objects that it gets more are left out. What was read of a
     * source without a version is read again when the job is continued, and compared. Another source or
     * another sink under the name is refused with a {@link io.ingest4j.api.CheckpointException}. Only one
     * run at a time has the job.
     *
     * <p>A store that fails ends the run as FAILED; so does one that does not answer within five
     * minutes, fifteen together with a gathering sink that is asked for its state.
     *
     * @param store such as {@code CheckpointStores.directory(path)}
     * @return this builder
     */
    public final B checkpoint(CheckpointStore store) {
        checkpoints = Objects.requireNonNull(store, "store");
        return self();
    }

    /**
     * Sets how often a checkpoint is written while there is something new. Once a second by default.
     *
     * @param interval more than zero
     * @return this builder
     * @throws IllegalArgumentException if that is not more than zero
     */
    public final B checkpointInterval(Duration interval) {
        checkpointInterval = Require.positive("checkpointInterval", interval);
        return self();
    }

    /**
     * Sets how many records a later run may have to send again after a crash: those that were sent and
     * are in no checkpoint yet. The run writes checkpoints earlier, and waits for a slow store, to
     * keep it. Records that are given up count too, but what one read returned of malformed ones may
     * exceed it: their letters are then written again. A sink that gathers records, such as one into a
     * file, takes back what is in no checkpoint, so only records that are given up count with it. By
     * default 100,000, or twice what can be in flight if that is more.
     *
     * @param records at least the batch size
     * @return this builder
     * @throws IllegalArgumentException if that is less than 1
     */
    public final B maxUncheckpointed(long records) {
        maxUncheckpointed = Require.atLeast("maxUncheckpointed", 1, records);
        return self();
    }

    /**
     * Ignores where an earlier run came to, even one with another source or sink, or whose checkpoint is
     * not valid, and begins at the start of the source. A checkpoint that can't be read because the
     * store is out of reach still ends the run.
     *
     * @return this builder
     */
    public final B startOver() {
        startOver = true;
        return self();
    }

    /**
     * Adds a listener.
     *
     * @param listener hears of the run, from the run's thread
     * @return this builder
     */
    public final B listener(IngestListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return self();
    }
}
