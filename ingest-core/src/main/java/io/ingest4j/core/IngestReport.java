package io.ingest4j.core;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Position;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a run did: how it ended, where every record is, how fast it went and what went wrong. Immutable.
 *
 * @since 0.1
 */
public final class IngestReport {

    /**
     * Failures of one kind.
     *
     * @param kind the name of the kind, such as {@code HTTP 503}
     * @param count how many attempts, or records that were no records, failed so
     * @param sample what else was known of the first
     */
    public record ErrorCount(String kind, long count, String sample) {}

    /**
     * How fast the run was.
     *
     * @param sending the time from the first attempt to the last result
     * @param averagePerSecond records delivered per second of that time
     * @param peakPerSecond the most in one of the run's seconds, counted one after the other, or the
     *     average where a run is shorter
     * @param meanLatency the mean time from an attempt to its result
     * @param maxLatency the longest such time
     */
    public record Rate(
            Duration sending,
            double averagePerSecond,
            double peakPerSecond,
            Duration meanLatency,
            Duration maxLatency) {}

    /**
     * How far a split is done.
     *
     * @param split the split
     * @param done everything before this position is done
     */
    public record Place(SourceSplit split, Position done) {}

    private final String job;
    private final RunState state;
    private final @Nullable Throwable failure;
    private final @Nullable String pauseReason;
    private final @Nullable String nothingToDo;
    private final long runs;
    private final Progress ledger;
    private final Progress thisRun;
    private final List<ErrorCount> errors;
    private final Rate rate;
    private final List<Place> places;
    private final Instant startedAt;

    IngestReport(
            String job,
            RunState state,
            @Nullable Throwable failure,
            @Nullable String pauseReason,
            @Nullable String nothingToDo,
            long runs,
            Progress ledger,
            Progress thisRun,
            List<ErrorCount> errors,
            Rate rate,
            List<Place> places,
            Instant startedAt) {
        this.job = job;
        this.state = state;
        this.failure = failure;
        this.pauseReason = pauseReason;
        this.nothingToDo = nothingToDo;
        this.runs = runs;
        this.ledger = ledger;
        this.thisRun = thisRun;
        this.errors = List.copyOf(errors);
        this.rate = Objects.requireNonNull(rate);
        this.places = List.copyOf(places);
        this.startedAt = startedAt;
    }

    /**
     * Returns the name of the job.
     *
     * @return as set, or as derived from source and sink
     */
    public String job() {
        return job;
    }

    /**
     * Returns how the run ended.
     *
     * @return COMPLETED, PAUSED, STOPPED or FAILED
     */
    public RunState state() {
        return state;
    }

    /**
     * Returns why the run failed.
     *
     * @return the first thing that went wrong, others suppressed in it; empty unless FAILED
     */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /**
     * Returns why the run saw no point in going on.
     *
     * @return the rule, its limit and what it met, for people; empty unless PAUSED
     */
    public Optional<String> pauseReason() {
        return state == RunState.PAUSED ? Optional.ofNullable(pauseReason) : Optional.empty();
    }

    /**
     * Returns why this run did nothing: an earlier one has completed the job.
     *
     * @return when that was, and a warning if the target is gone or holds something else, for people;
     *     empty if this run had something to do
     */
    public Optional<String> nothingToDo() {
        return Optional.ofNullable(nothingToDo);
    }

    /**
     * Returns how many runs the job took so far.
     *
     * @return 1, or more if this run has continued others; the ledger is that of all, the rate and the
     *     errors are this run's. A run that had nothing to do does not count
     */
    public long runs() {
        return runs;
    }

    /**
     * Returns where every record of the job is.
     *
     * @return the ledger at the end, with what the runs did that this one has continued
     */
    public Progress ledger() {
        return ledger;
    }

    /**
     * Returns what this run did of the job.
     *
     * @return the {@link #ledger()} less that of the runs before; the same if this is the first
     */
    public Progress thisRun() {
        return thisRun;
    }

    /**
     * Returns what went wrong on the way, whether or not it passed.
     *
     * @return the kinds of failures in the order in which they first came; those after the hundredth
     *     together as {@code other}
     */
    public List<ErrorCount> errors() {
        return errors;
    }

    /**
     * Returns how fast the run was.
     *
     * @return the figures
     */
    public Rate rate() {
        return rate;
    }

    /**
     * Returns where the run came to.
     *
     * @return for each split how far it is done, in source order; empty if the source was never
     *     planned
     */
    public List<Place> places() {
        return places;
    }

    /**
     * Returns when the run started.
     *
     * @return the time of day
     */
    public Instant startedAt() {
        return startedAt;
    }

    /**
     * Turns a failure into an exception.
     *
     * @return this report, if the run did not fail
     * @throws RunFailedException with this report, if it did
     */
    public IngestReport orThrow() {
        if (state == RunState.FAILED) {
            throw new RunFailedException(this);
        }
        return this;
    }

    /**
     * Returns the report as JSON.
     *
     * @return one object on one line
     */
    public String toJson() {
        return ReportJson.write(this);
    }

    /** Returns the report as text for people, in several lines. */
    @Override
    public String toString() {
        return ReportText.write(this);
    }

    /** What to say of a failure in one line. */
    String failureLine() {
        if (failure == null) {
            return "";
        }
        String message = failure.getMessage();
        boolean forPeople = failure instanceof IngestException || failure instanceof IOException;
        return forPeople && message != null ? message : failure.toString();
    }
}
