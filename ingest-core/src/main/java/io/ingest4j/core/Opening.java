package io.ingest4j.core;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a run begins: takes the job, compares the source with what an earlier run has seen of it, and
 * decides whether to go on there, to start anew, or not at all. All methods run on the loop's thread.
 */
final class Opening<S> {

    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

    /** Takes the decision. */
    interface Decisions {
        boolean isRunning();

        /** Nothing of this source was done before. */
        void start(List<SplitProgress> splits);

        /** An earlier run came so far. */
        void resume(Checkpoint checkpoint);

        /**
         * An earlier run has done everything.
         *
         * @param intact whether the target still is what that run has made of it
         */
        void nothingToDo(Checkpoint checkpoint, boolean intact);

        /** There was an earlier run, whose permits may still be out: told first, as their time runs now. */
        void follow(Checkpoint last);

        void fail(Throwable cause);
    }

    private final Job<S, ?> job;
    private final Start ends;
    private final Checkpointer checkpointer;
    private final Intake<S> intake;
    private final Decisions decisions;

    /**
     * Makes the beginning of a run.
     *
     * @param ends what this run is to be begun with
     */
    Opening(
            Job<S, ?> job,
            Start ends,
            Checkpointer checkpointer,
            Intake<S> intake,
            Decisions decisions) {
        this.job = job;
        this.ends = ends;
        this.checkpointer = checkpointer;
        this.intake = intake;
        this.decisions = decisions;
    }

    void begin() {
        checkpointer.open(
                latest -> {
                    if (!decisions.isRunning()) {
                        return;
                    }
                    latest.ifPresent(decisions::follow);
                    if (latest.isEmpty() || job.resumption().startOver()) {
                        start();
                    } else {
                        goOn(latest.get());
                    }
                });
    }

    private void start() {
        intake.plan(
                job.readers(),
                plan -> decisions.start(plan.stream().map(SplitState::untouched).toList()));
    }

    private void goOn(Checkpoint latest) {
        Start begun = latest.start();
        if (!begun.source().equals(ends.source()) || !begun.sink().equals(ends.sink())) {
            decisions.fail(otherJob(begun));
        } else {
            intake.plan(1, plan -> compare(latest, plan));
        }
    }

    private CheckpointException otherJob(Start begun) {
        return new CheckpointException(
                "job "
                        + job.name()
                        + " must go on "
                        + described(begun)
                        + ", as it was begun, was to be "
                        + described(ends)
                        + "; give this job a name of its own, or forget how far that one came with"
                        + " startOver()"
                        + wayOn("source", begun.source(), ends.source())
                        + wayOn("sink", begun.sink(), ends.sink()),
                null);
    }

    /** Says how the job goes on where the end is the same for those who know it. */
    private static String wayOn(String end, String begun, String now) {
        if (begun.equals(now)) {
            return "";
        }
        return begun.isEmpty()
                ? "; if the %1$s is the same, it goes on as it was begun, without identity() and %1$sIdentity()"
                        .formatted(end)
                : "; if only the address of the %1$s is another, %1$sIdentity(\"%2$s\") says so"
                        .formatted(end, begun);
    }

    private static String described(Start start) {
        return "from " + described(start.source()) + " to " + described(start.sink());
    }

    private static String described(String identity) {
        return identity.isEmpty() ? "something without an identity()" : identity;
    }

    private void compare(Checkpoint latest, List<SourceSplit> plan) {
        Optional<SourceChangedException> change = change(latest.splits(), plan);
        Set<String> known = sources(latest.splits().stream().map(SplitProgress::split).toList());
        boolean isMore = !known.containsAll(sources(plan));
        Optional<String> settings = settingsChange(latest);
        if (latest.completed()) {
            boolean isProven = plan.stream().allMatch(SourceSplit::isVersioned);
            if (change.isEmpty() && !isMore && isProven) {
                warn(settings, "it is completed, startOver() reads its source again");
                intake.ask(() -> isIntact(latest), intact -> decisions.nothingToDo(latest, intact));
                return;
            }
            LOG.atInfo()
                    .addKeyValue("job", job.name())
                    .log(
                            "job {}: it was completed, and {}: starting anew",
                            job.name(),
                            change.isPresent() || isMore
                                    ? "its source has changed since"
                                    : "nothing proves that its source is the same, as it has no version");
            start();
        } else if (change.isPresent()) {
            decisions.fail(change.get());
        } else if (settings.isPresent() && isDoneOutOfOrder(latest)) {
            decisions.fail(otherNumbers(settings.get()));
        } else {
            warn(settings, "what it did before stays as it is");
            if (isMore) {
                LOG.atWarn()
                        .addKeyValue("job", job.name())
                        .log(
                                "job {}: what its source got since it began is not part of it",
                                job.name());
            }
            decisions.resume(latest);
        }
    }

    /** How the records are read now, if otherwise than when the job was planned. */
    private Optional<String> settingsChange(Checkpoint latest) {
        return latest.splits().stream()
                .flatMap(progress -> job.source().settingsChange(progress.split()).stream())
                .findFirst();
    }

    private void warn(Optional<String> settings, String consequence) {
        settings.ifPresent(
                differing ->
                        LOG.atWarn()
                                .addKeyValue("job", job.name())
                                .log(
                                        "job {}: its settings are others than when it began: {}; {}",
                                        job.name(),
                                        differing,
                                        consequence));
    }

    /** What is done out of order is known by its numbers only. */
    private static boolean isDoneOutOfOrder(Checkpoint latest) {
        return latest.splits().stream().anyMatch(progress -> !progress.doneLater().isEmpty());
    }

    private CheckpointException otherNumbers(String differing) {
        return new CheckpointException(
                "job "
                        + job.name()
                        + " must go on with the settings it was begun with, as it has done records out of"
                        + " order: "
                        + differing
                        + "; set it as before, or forget how far the job came with startOver()",
                null);
    }

    /** Whether the target still is what the job has made of it; may take as long as reading it. */
    private boolean isIntact(Checkpoint completed) throws IOException {
        return completed.sinkState().isEmpty()
                || job.sink().isIntact(Base64.getDecoder().decode(completed.sinkState()));
    }

    private static Set<String> sources(List<SourceSplit> splits) {
        return splits.stream().map(SourceSplit::source).collect(Collectors.toSet());
    }

    private static Optional<SourceChangedException> change(
            List<SplitProgress> known, List<SourceSplit> plan) {
        Map<String, SourceSplit> now = lastOfEach(plan);
        for (SourceSplit split :
                lastOfEach(known.stream().map(SplitProgress::split).toList()).values()) {
            SourceSplit found = now.get(split.source());
            if (found == null || !isSame(split, found)) {
                String is = found == null ? "not there" : version(found);
                return Optional.of(
                        SourceChangedException.betweenRuns(split.source(), version(split), is));
            }
        }
        return Optional.empty();
    }

    /** The split of each source that tells how long the source is. */
    private static Map<String, SourceSplit> lastOfEach(List<SourceSplit> splits) {
        Map<String, SourceSplit> last = new LinkedHashMap<>();
        splits.forEach(split -> last.merge(split.source(), split, Opening::last));
        return last;
    }

    private static SourceSplit last(SourceSplit one, SourceSplit other) {
        return other.end() > one.end() ? other : one;
    }

    /** Without a version, another length proves another content. */
    private static boolean isSame(SourceSplit before, SourceSplit now) {
        boolean isLengthKnown =
                before.end() != SourceSplit.UNKNOWN && now.end() != SourceSplit.UNKNOWN;
        return before.version().equals(now.version())
                && (now.isVersioned() || !isLengthKnown || before.end() == now.end());
    }

    private static String version(SourceSplit split) {
        return split.isVersioned() ? split.version() : "none (" + split.end() + " bytes)";
    }
}
