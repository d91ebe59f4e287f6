package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.core.loop.Mailbox;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * COMPLETED means written: seeded sequences of runs, kills, changed, exchanged and moved sources, some
 * of which change within a run, other sinks, names and stores, finished targets that are deleted or replaced, and two jobs at a time. After
 * each run that says COMPLETED the target holds what it says. {@code -Dsequences.seed=N} repeats one.
 */
class JobSequencesTest {

    private static final long SEQUENCES = Long.getLong("sequences", 10_000);
    private static final long MILLI = 1_000_000;
    private static final int STEPS = 12;
    private static final int MOST_TURNS = 100_000;

    private static final List<String> SOURCES = List.of("a/source", "b/source");
    private static final List<String> APIS = List.of("a/api", "b/api");
    private static final List<String> FILES = List.of("a/file", "b/file");

    @Test
    void what_is_said_to_be_completed_is_written() {
        Long only = Long.getLong("sequences.seed");
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        LongStream seeds = only == null ? LongStream.range(0, SEQUENCES) : LongStream.of(only);
        seeds.parallel() // each has a world and a time of its own
                .forEach(seed -> play(seed, seen));
        if (only == null) {
            assertThat(seen)
                    .as("what the seeds reach")
                    .containsKeys(
                            "completed",
                            "nothing to do",
                            "target gone",
                            "other job refused",
                            "changed source refused",
                            "second run refused",
                            "killed",
                            "without a version");
        }
    }

    private static void play(long seed, Map<String, Integer> seen) {
        try {
            new Sequence(seed, seen).play();
        } catch (Throwable e) {
            throw new AssertionError("repeat this with -Dsequences.seed=" + seed, e);
        }
    }

    /** A run under way. */
    private record Life(
            Job<?, ?> job,
            String source,
            RecordSink<Long> sink,
            boolean isNamed,
            Optional<Checkpoint> before,
            RunLoop<?, ?> loop) {

        /** Whether what is kept under the name is another job's. */
        boolean isOtherJob() {
            return !job.resumption().startOver()
                    && before.map(Checkpoint::start)
                            .filter(
                                    start ->
                                            !start.source().equals(source)
                                                    || !start.sink().equals(sink.identity()))
                            .isPresent();
        }
    }

    /** What a run is to do. */
    private record Plan(
            String source, boolean isFile, int target, int store, String name, boolean startOver) {}

    private static final class Sequence {
        private final SplittableRandom random;
        private final SimulatedTime time = new SimulatedTime(0);
        private final JobWorld world;
        private final List<JobWorld.Store> stores =
                List.of(new JobWorld.Store(), new JobWorld.Store());
        private final Map<String, Integer> seen;
        private final boolean isVersioned;
        private @Nullable Plan last;

        /** What an unfinished job may have read of its source, by its store and name. */
        private final Map<String, Set<JobWorld.Content>> contents = new HashMap<>();

        Sequence(long seed, Map<String, Integer> seen) {
            random = new SplittableRandom(seed);
            this.seen = seen;
            world = new JobWorld(random.split(), time);
            isVersioned = random.nextInt(3) > 0;
            SOURCES.forEach(source -> world.change(source, isVersioned));
        }

        private void saw(String what) {
            seen.merge(what, 1, Integer::sum);
        }

        private <T> T any(List<T> choices) {
            return choices.get(random.nextInt(choices.size()));
        }

        void play() {
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(12)) {
                    case 0 -> world.change(any(SOURCES), isVersioned);
                    case 1 ->
                            world.contents.put(SOURCES.get(0), world.contents.get(SOURCES.get(1)));
                    case 2 -> world.files.remove(any(FILES));
                    case 3 -> world.files.computeIfPresent(any(FILES), (file, was) -> List.of(-1L));
                    case 4, 5 -> live(pair(life(), life()));
                    default -> live(List.of(life()));
                }
            }
        }

        /** Other jobs may well write to the same file, but not at the moment at which it is looked at. */
        private static List<Life> pair(Life one, Life other) {
            boolean isSameFile =
                    one.sink instanceof JobWorld.File file
                            && other.sink instanceof JobWorld.File second
                            && file.name().equals(second.name());
            boolean isSameJob =
                    one.job.name().equals(other.job.name())
                            && one.job.resumption().store() == other.job.resumption().store();
            return isSameFile && !isSameJob ? List.of(one) : List.of(one, other);
        }

        /** Often the same as before, as with a supervisor. */
        private Plan plan() {
            if (last != null && random.nextBoolean()) {
                return last;
            }
            String name = random.nextInt(3) > 0 ? "" : random.nextBoolean() ? "nightly" : "hourly";
            return new Plan(
                    any(SOURCES),
                    random.nextBoolean(),
                    random.nextInt(2),
                    random.nextInt(4) == 0 ? 1 : 0,
                    name,
                    random.nextInt(6) == 0);
        }

        private Life life() {
            Plan plan = plan();
            last = plan;
            JobWorld.Store store = stores.get(plan.store);
            AtomicReference<String> job = new AtomicReference<>("");
            RecordSink<Long> sink =
                    plan.isFile
                            ? new JobWorld.File(world, FILES.get(plan.target))
                            : new JobWorld.Api(
                                    world,
                                    APIS.get(plan.target),
                                    () -> store.kept(job.get()).orElseThrow().start().id());
            IngestJob settings =
                    Ingest.from(new JobWorld.Source(world, plan.source))
                            .batchSize(1 + random.nextInt(2))
                            .maxInFlight(1 + random.nextInt(3))
                            .maxUncheckpointed(2 + random.nextInt(4))
                            .checkpointInterval(Duration.ofMillis(1 + random.nextInt(5)))
                            .to(sink)
                            .checkpoint(store);
            if (!plan.name.isEmpty()) {
                settings.name(plan.name);
            }
            if (plan.startOver) {
                settings.startOver();
            }
            Job<?, ?> made = settings.toJob();
            job.set(made.name());
            return new Life(
                    made,
                    plan.source,
                    sink,
                    !plan.name.isEmpty(),
                    store.kept(made.name()),
                    loop(made));
        }

        private RunLoop<?, ?> loop(Job<?, ?> job) {
            SplittableRandom lanes = random.split();
            Surroundings surroundings =
                    new Surroundings(
                            time,
                            () -> Instant.EPOCH.plusNanos(time.elapsed()),
                            random.split(),
                            name -> time.openLane(lanes, MILLI));
            return new RunLoop<>(job, surroundings, new Mailbox());
        }

        /** Lets runs of one process live at the same time, which may be killed. */
        private void live(List<Life> lives) {
            int turnsLeft = random.nextInt(3) == 0 ? 1 + random.nextInt(60) : MOST_TURNS;
            List<Life> running = new ArrayList<>(lives);
            for (Life life : lives) {
                contents.computeIfAbsent(key(life), job -> new HashSet<>())
                        .add(world.contents.get(life.source));
                life.loop.start();
            }
            world.changesWhenOpened = !isVersioned && lives.size() == 1 && random.nextBoolean();
            while (!running.isEmpty() && turnsLeft-- > 0) {
                long wait = Long.MAX_VALUE;
                for (Life life : List.copyOf(running)) {
                    wait = Math.min(wait, life.loop.step());
                    if (life.loop.hasEnded()) {
                        running.remove(life);
                        check(life, life.loop.report());
                        wait = 0;
                    }
                }
                if (wait > 0) {
                    time.advance(wait);
                }
            }
            if (!running.isEmpty()) {
                assertThat(turnsLeft).as("turns until a kill").isLessThan(MOST_TURNS / 2);
                saw("killed");
            }
            if (lives.size() == 1) { // else one may begin anew after the other's end
                checkStart(lives.get(0));
            }
            time.crash();
            world.crash();
            stores.forEach(JobWorld.Store::crash);
        }

        /** Runs that continue an unfinished job keep its start, and so its records' keys. */
        private void checkStart(Life life) {
            JobWorld.Store store = (JobWorld.Store) life.job.resumption().store();
            life.before
                    .filter(last -> !last.completed() && !life.job.resumption().startOver())
                    .ifPresent(
                            last ->
                                    assertThat(store.kept(life.job.name()).orElseThrow().start())
                                            .isEqualTo(last.start()));
        }

        private String key(Life life) {
            return stores.indexOf(life.job.resumption().store()) + life.job.name();
        }

        private void check(Life life, IngestReport report) {
            if (report.state() == RunState.COMPLETED) {
                checkCompleted(life, report);
            } else {
                assertThat(report.state()).isEqualTo(RunState.FAILED);
                checkRefusal(life, report);
            }
        }

        private void checkCompleted(Life life, IngestReport report) {
            contents.remove(key(life));
            assertThat(life.isOtherJob()).as("under the name of another job").isFalse();
            List<Long> records = world.contents.get(life.source).records();
            String reason = report.nothingToDo().orElse("");
            boolean isGone = reason.contains("gone");
            assertThat(report.ledger().pending()).isZero();
            if (reason.isEmpty()) {
                assertThat(report.ledger().delivered()).isEqualTo(records.size());
                saw(isVersioned ? "completed" : "without a version");
            } else {
                assertThat(isVersioned).as("a version").isTrue();
                assertThat(report.thisRun().read()).isZero();
                assertThat(report.thisRun().attempts()).isZero();
                saw(isGone ? "target gone" : "nothing to do");
            }
            if (life.sink instanceof JobWorld.File file) {
                List<Long> held = world.files.get(file.name());
                if (isGone) {
                    assertThat(held).isNotEqualTo(records);
                } else {
                    assertThat(held).isEqualTo(records);
                }
            } else {
                String api = life.sink.identity();
                assertThat(world.received.getOrDefault(api, Set.of())).containsAll(records);
            }
        }

        private void checkRefusal(Life life, IngestReport report) {
            Throwable failure = report.failure().orElseThrow();
            if (!world.changesWhenOpened) { // else it may change after it was compared
                assertThat(report.thisRun().attempts()).as("attempts, though %s", failure).isZero();
            }
            if (failure instanceof SourceChangedException) {
                assertThat(contents.get(key(life)))
                        .as("contents, not all of them the one that is there now")
                        .anyMatch(content -> !content.equals(world.contents.get(life.source)));
                saw("changed source refused");
                return;
            }
            String message = failure.getMessage();
            if (message.contains("must be written by one run at a time")) {
                saw("target locked");
                return;
            }
            assertThat(failure).isInstanceOf(CheckpointException.class);
            if (message.contains("another run has job")) {
                saw("second run refused");
            } else if (message.contains("must go on from")) {
                assertThat(life.isNamed).as("only names can be another job's").isTrue();
                saw("other job refused");
            } else {
                assertThat(message).contains("must be as the checkpoint says");
                saw("state of the target gone");
            }
        }
    }
}
