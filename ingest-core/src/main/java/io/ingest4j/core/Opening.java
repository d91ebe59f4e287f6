package io.ingest4j.core;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.SourceSplit;
import java.util.HashMap;
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

        /** There was an earlier run, whose permits may still be out: told first, as their time runs now. */
        void follow(Checkpoint last);

        void fail(Throwable cause);
    }

    private final Job<S, ?> job;
    private final Checkpointer checkpointer;
    private final Intake<S> intake;
    private final Decisions decisions;

    Opening(Job<S, ?> job, Checkpointer checkpointer, Intake<S> intake, Decisions decisions) {
        this.job = job;
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
                        intake.plan(1, plan -> compare(latest.get(), plan));
                    }
                });
    }

    private void start() {
        intake.plan(
                job.readers(),
                plan -> decisions.start(plan.stream().map(SplitState::untouched).toList()));
    }

    private void compare(Checkpoint latest, List<SourceSplit> plan) {
        Optional<SourceChangedException> change = change(latest.splits(), plan);
        Set<String> known = sources(latest.splits().stream().map(SplitProgress::split).toList());
        boolean isMore = !known.containsAll(sources(plan));
        if (change.isEmpty() && !(latest.completed() && isMore)) {
            if (isMore) {
                LOG.atWarn()
                        .addKeyValue("job", job.name())
                        .log("what is new in the source since the job began is not part of it");
            }
            decisions.resume(latest);
        } else if (latest.completed()) {
            LOG.atInfo()
                    .addKeyValue("job", job.name())
                    .log("the source has changed since the job was completed: starting anew");
            start();
        } else {
            decisions.fail(change.get());
        }
    }

    private static Set<String> sources(List<SourceSplit> splits) {
        return splits.stream().map(SourceSplit::source).collect(Collectors.toSet());
    }

    private static Optional<SourceChangedException> change(
            List<SplitProgress> known, List<SourceSplit> plan) {
        Map<String, String> versions = new HashMap<>();
        plan.forEach(split -> versions.put(split.source(), split.version()));
        for (SplitProgress progress : known) {
            SourceSplit split = progress.split();
            String found = versions.getOrDefault(split.source(), "not there");
            if (!found.equals(split.version())) {
                return Optional.of(
                        new SourceChangedException(split.source(), split.version(), found));
            }
        }
        return Optional.empty();
    }
}
