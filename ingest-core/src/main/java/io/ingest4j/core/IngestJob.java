package io.ingest4j.core;

import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import io.ingest4j.core.loop.Require;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A job that has both ends and can be run, any number of times. Not thread-safe; the runs are.
 *
 * @since 0.1
 */
public final class IngestJob extends IngestOptions<IngestJob> {

    private static final long DEFAULT_UNCHECKPOINTED = 100_000;

    private final RecordSource<?> source;
    private final Job.Transform transform;
    private final RecordSink<?> sink;

    IngestJob(RecordSource<?> source, Job.Transform transform, RecordSink<?> sink) {
        this.source = source;
        this.transform = transform;
        this.sink = sink;
    }

    /**
     * Runs the job and waits for its end. If the waiting thread is interrupted, now or before, the run
     * is asked to stop, this still waits for its end, and the thread's interrupt status is set again
     * when it returns. A {@link #stopSignal} stops it, too.
     *
     * @return the report of a run that is COMPLETED, PAUSED or STOPPED
     * @throws RunFailedException with the report, if it FAILED
     * @throws IllegalArgumentException if a batch is larger than the sink takes
     */
    public IngestReport run() {
        return start().await().orThrow();
    }

    /**
     * Begins to run the job on a thread of its own.
     *
     * @return the run
     * @throws IllegalArgumentException if a batch is larger than the sink takes
     */
    public IngestRun start() {
        return IngestRun.start(toJob(), stopSignal);
    }

    /**
     * Looks at the source and a sample of its records to tell what a run will take. Sends nothing.
     *
     * @param latency how long the receiver takes to answer, more than zero
     * @return the plan
     * @throws IOException if the source can't be read
     * @throws IllegalArgumentException if the latency is not more than zero, or a batch larger than the
     *     sink takes
     */
    public IngestPlan plan(Duration latency) throws IOException {
        return IngestPlan.of(toJob(), Require.positive("latency", latency));
    }

    Job<?, ?> toJob() {
        if (batchSize > sink.maxBatchSize()) {
            throw new IllegalArgumentException(
                    "batchSize must be <= "
                            + sink.maxBatchSize()
                            + " for this sink, was "
                            + batchSize);
        }
        long cost = costPerRecord ? batchSize : 1;
        if (cost > limiter.maxCost()) {
            throw new IllegalArgumentException(
                    "batchSize must be <= "
                            + limiter.maxCost()
                            + " where each record costs a permit of this limiter, was "
                            + batchSize);
        }
        return new Job<>(
                requireName(),
                source,
                transform,
                sink,
                deadLetters,
                batchSize,
                limiter,
                costPerRecord,
                maxInFlight,
                readers,
                maxBufferedBytes,
                retries,
                attemptTimeout,
                stopTimeout,
                progressInterval,
                resumption(),
                new PauseRules(maxDeadLetters, maxDeadLetterShare, maxRetryAfter),
                List.copyOf(listeners));
    }

    private String requireName() {
        if (name != null) {
            return name;
        }
        String from = sourceIdentity();
        String to = sinkIdentity();
        if (!from.isEmpty() && !to.isEmpty()) {
            return DerivedName.of(from, to);
        }
        if (checkpoints != null) {
            Object end = from.isEmpty() ? source : sink;
            throw new IllegalArgumentException(
                    "name must be set with name(...) where checkpoints are kept and the "
                            + (from.isEmpty() ? "source" : "sink")
                            + " has no identity(), as with "
                            + end.getClass().getName()
                            + ", was not set");
        }
        return DerivedName.UNKNOWN;
    }

    private String sourceIdentity() {
        return sourceIdentity == null ? source.identity() : sourceIdentity;
    }

    private String sinkIdentity() {
        return sinkIdentity == null ? sink.identity() : sinkIdentity;
    }

    private Resumption resumption() {
        if (checkpoints == null) {
            if (startOver) {
                throw new IllegalArgumentException(
                        "startOver() must be used with checkpoint(...), was used without");
            }
            return Resumption.NONE;
        }
        long inFlight = (long) batchSize * maxInFlight;
        long most =
                maxUncheckpointed == 0
                        ? Math.max(DEFAULT_UNCHECKPOINTED, 2 * inFlight)
                        : maxUncheckpointed;
        if (most < batchSize) {
            throw new IllegalArgumentException(
                    "maxUncheckpointed must be >= batchSize " + batchSize + ", was " + most);
        }
        return new Resumption(
                checkpoints, checkpointInterval, most, startOver, sourceIdentity(), sinkIdentity());
    }

    @Override
    IngestJob self() {
        return this;
    }
}
