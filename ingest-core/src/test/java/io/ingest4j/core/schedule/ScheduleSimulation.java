package io.ingest4j.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Priority;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.RetryPolicy;
import io.ingest4j.core.schedule.ScheduleModel.At;
import io.ingest4j.testkit.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * One history on virtual time, drawn from a seed: submissions, cancellations, calls that succeed, fail,
 * take long or never end, dead letters that fail, crashes and restarts; compared with the model at every
 * dispatch, and wherever the scheduler waits.
 */
public final class ScheduleSimulation {

    private static final Duration TIMEOUT = Duration.ofSeconds(40);
    private static final Duration LETTER_AGAIN = Duration.ofSeconds(1);

    /** The ids of a store begin with a random prefix. */
    private static final Pattern ID = Pattern.compile("[0-9a-f]+-(\\d+)-[0-9a-f]{16}");

    private static final long NEVER = Long.MAX_VALUE;

    public final List<String> trace = new ArrayList<>();
    int dispatched;
    int crashes;
    int cancelled;
    int failed;
    int refused;

    private final Random random;
    private final VirtualClock clock;
    private final List<ScheduleQueue<Integer>> abandoned = new ArrayList<>();
    private final boolean hasLeases;
    private final PriorityScheduler.Builder<Integer> builder;
    private final ScheduleRules rules;
    private final int maxInFlight;
    private final RetryPolicy retries;
    private final int maxAttempts;
    private final boolean letters;
    private final int failing;
    private final Duration latency;
    private final ScheduleModel model;
    private final List<Submission<Integer>> earlier = new ArrayList<>();
    private final Map<String, CompletableFuture<SubmissionStatus<Integer>>> awaited =
            new HashMap<>();
    private final Map<String, Integer> letterTries = new HashMap<>();
    private VirtualScheduler<Integer> scheduler;
    private int life;
    private long renewedAt;
    private long earliest;
    private long lastDispatch = -NEVER / 2;
    private int checked;
    private int nextValue;

    /** On a store in memory, which a new scheduler takes over at once. */
    ScheduleSimulation(long seed) {
        this(seed, ScheduleStores.memory(), false);
    }

    /** On a store that gives back what a dead scheduler had when its lease has ended. */
    public ScheduleSimulation(long seed, ScheduleStore<Integer> store) {
        this(seed, store, true);
    }

    private ScheduleSimulation(long seed, ScheduleStore<Integer> store, boolean hasLeases) {
        this.hasLeases = hasLeases;
        random = new Random(seed * 31 + 7);
        clock = new VirtualClock(random.nextLong());
        maxAttempts = 1 + random.nextInt(3);
        retries =
                RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofSeconds(4))
                        .maxAttempts(maxAttempts)
                        .jitter(0);
        letters = random.nextBoolean();
        failing = random.nextInt(3) == 0 ? 0 : random.nextInt(50);
        latency = Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(15_000));
        int batchSize = 1 + random.nextInt(4);
        maxInFlight = batchSize + random.nextInt(10);
        builder =
                PriorityScheduler.to(new Calls())
                        .batchSize(batchSize)
                        .period(Duration.ofSeconds(random.nextInt(6)))
                        .maxInFlight(maxInFlight)
                        .maxQueued(
                                random.nextInt(4) == 0 && !hasLeases
                                        ? 5 + random.nextInt(20)
                                        : 1_000)
                        .lease(Duration.ofSeconds(20))
                        .idempotencyWindow(Duration.ofSeconds(random.nextInt(60)))
                        .attemptTimeout(TIMEOUT)
                        .stopTimeout(Duration.ofSeconds(random.nextInt(10)))
                        .retry(retries)
                        .store(new FailingStore<>(store, () -> renewedAt = now()));
        if (random.nextInt(3) == 0) {
            builder.maxWait(Duration.ofSeconds(1 + random.nextInt(60)));
        }
        if (random.nextInt(3) == 0) {
            builder.fairTenants();
        }
        if (letters) {
            builder.deadLetters(new Letters());
        }
        rules = builder.settings().rules();
        model = new ScheduleModel(rules);
        scheduler = open();
    }

    private VirtualScheduler<Integer> open() {
        life++;
        if (model.hasDispatched()) {
            earliest = now() + rules.period().toNanos();
        }
        checked = 0;
        awaited.clear();
        return new VirtualScheduler<>(clock, builder);
    }

    /** Plays it. */
    public void run() {
        int steps = 20 + random.nextInt(60);
        for (int i = 0; i < steps; i++) {
            act();
            compare();
        }
        drain();
    }

    /** In the end, everything ends. */
    private void drain() {
        long end = now() + Duration.ofDays(3).toNanos();
        while (!model.isOver()) {
            assertThat(now()).as("everything ends some day").isLessThan(end);
            pass(Duration.ofMinutes(1));
        }
        compare();
        for (String id : model.ids()) {
            assertStatus(id);
        }
        awaited.forEach(
                (id, last) ->
                        assertThat(withoutReasons(last.orTimeout(1, TimeUnit.MINUTES).join()))
                                .isEqualTo(model.status(id)));
        scheduler.queue.close();
        abandoned.forEach(ScheduleQueue::close);
    }

    private void act() {
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> submit();
            case 4 -> cancel();
            case 5 -> crash();
            case 6 -> restart();
            default -> pass(Duration.ofMillis(random.nextInt(8) * 500L + random.nextInt(2)));
        }
    }

    private void submit() {
        Submission<Integer> submission = submission();
        Object expected = model.expectedAnswer(submission, now());
        String answer;
        try {
            answer = scheduler.submit(submission);
        } catch (SubmissionRefusedException e) {
            refused++;
            assertThat(e.reason().name()).isEqualTo(expected);
            return;
        }
        if ("new".equals(expected)) {
            model.submitted(answer, submission, now());
            earlier.add(submission);
            if (random.nextBoolean()) {
                CompletableFuture<SubmissionStatus<Integer>> end = new CompletableFuture<>();
                scheduler.loop.await(answer, end);
                awaited.put(answer, end);
            }
            say("submitted " + answer + ' ' + submission);
        } else {
            assertThat(answer).isEqualTo(expected);
        }
    }

    private Submission<Integer> submission() {
        if (!earlier.isEmpty() && random.nextInt(4) == 0) {
            Submission<Integer> again = earlier.get(random.nextInt(earlier.size()));
            return random.nextInt(4) > 0 || again.once()
                    ? again
                    : new Submission<>(
                            List.of(-1), again.priority(), again.idempotencyKey(), "", false);
        }
        List<Integer> items = new ArrayList<>();
        int size = 1 + random.nextInt(random.nextInt(5) == 0 ? 30 : 6);
        for (int i = 0; i < size; i++) {
            items.add(++nextValue);
        }
        Priority priority = Priority.values()[random.nextInt(3)];
        Submission<Integer> made =
                Submission.of(items, priority).withTenant("t" + random.nextInt(4));
        return switch (random.nextInt(3)) {
            case 0 -> made.withIdempotencyKey("k" + random.nextInt(20));
            case 1 -> made.onlyOnce();
            default -> made;
        };
    }

    private void cancel() {
        List<String> ids = model.ids();
        if (!ids.isEmpty()) {
            String id = ids.get(random.nextInt(ids.size()));
            boolean expected = model.cancel(id, now());
            cancelled += expected ? 1 : 0;
            ScheduleQueue.Cancellation cancellation = scheduler.queue.cancel(id);
            assertThat(cancellation.isAny()).isEqualTo(expected);
            if (expected && cancellation.state().orElseThrow().isEnd()) {
                scheduler.loop.ended(id, cancellation.state().get());
            }
            say("cancelled " + id + ' ' + expected);
        }
    }

    private void crash() {
        crashes++;
        say("crash");
        model.giveBackAll(hasLeases ? renewedAt + rules.lease().toNanos() : now());
        abandoned.add(scheduler.queue);
        scheduler = open();
    }

    private void restart() {
        say("restart");
        scheduler.beginClose();
        scheduler.settle();
        long stop = now() + builder.settings().stopTimeout().toNanos();
        assertDispatches();
        while (!scheduler.loop.isOver()) {
            assertThat(now()).isLessThanOrEqualTo(stop);
            scheduler.runFor(Duration.ofMillis(100));
        }
        assertThat(scheduler.dispatches).as("dispatches once closed").hasSize(checked);
        model.giveBackAll(now());
        scheduler = open();
    }

    /** Lets the time pass, by no more than until the model or the scheduler has something to do. */
    private void pass(Duration time) {
        long end = now() + time.toNanos();
        while (true) {
            long wait = scheduler.settle();
            assertDispatches();
            long next = nextDispatch();
            assertThat(next).as("a dispatch that did not begin, at %s", at()).isGreaterThan(now());
            if (next != NEVER) {
                assertThat(wait)
                        .as("the wait for a dispatch, at %s", at())
                        .isLessThanOrEqualTo(next - now());
            }
            long left = end - now();
            if (left == 0) {
                return;
            }
            scheduler.runUntilEvent(Duration.ofNanos(Math.min(left, wait)));
        }
    }

    /** When the model would dispatch if nothing else happened. */
    private long nextDispatch() {
        long due = model.nextDue(now());
        return due == NEVER || model.taken() + rules.batchSize() > maxInFlight
                ? NEVER
                : Math.max(due, earliest);
    }

    /** Compares the dispatches that began just now. */
    private void assertDispatches() {
        while (checked < scheduler.dispatches.size()) {
            VirtualScheduler.Dispatched<Integer> actual = scheduler.dispatches.get(checked++);
            assertThat(actual.at().toNanos()).isEqualTo(now());
        }
    }

    /** Called at the very moment of a dispatch, before anything else happens. */
    private void dispatching(List<String> keys) {
        long period = rules.period().toNanos();
        assertThat(now()).as("the instant of a dispatch").isGreaterThanOrEqualTo(earliest);
        assertThat(now() - lastDispatch)
                .as("since the last dispatch")
                .isGreaterThanOrEqualTo(period);
        assertThat(model.taken() + rules.batchSize()).isLessThanOrEqualTo(maxInFlight);
        List<ScheduleModel.Item> expected = model.dispatch(now());
        assertThat(keys)
                .as("dispatch at %s", at())
                .containsExactlyElementsOf(expected.stream().map(ScheduleModel.Item::key).toList());
        lastDispatch = now();
        earliest = now() + period;
        dispatched++;
        say("dispatched " + keys);
    }

    private void compare() {
        scheduler.settle();
        assertDispatches();
        if (abandoned.isEmpty() || !hasLeases) {
            assertThat(scheduler.queue.statistics().depth()).isEqualTo(model.depth());
        }
        List<String> ids = model.ids();
        for (int i = 0; i < Math.min(3, ids.size()); i++) {
            assertStatus(ids.get(random.nextInt(ids.size())));
        }
    }

    private void assertStatus(String id) {
        Optional<SubmissionStatus<Integer>> actual = scheduler.queue.status(id);
        assertThat(scheduler.queue.isOpen(id))
                .isEqualTo(actual.filter(status -> !status.state().isEnd()).isPresent());
        if (actual.isEmpty()) {
            assertThat(now() - model.ended(id))
                    .as("%s was removed", id)
                    .isGreaterThanOrEqualTo(rules.retention().toNanos());
            return;
        }
        assertThat(withoutReasons(actual.get())).isEqualTo(model.status(id));
    }

    private static SubmissionStatus<Integer> withoutReasons(SubmissionStatus<Integer> status) {
        return new SubmissionStatus<>(
                status.id(),
                status.state(),
                status.batches().stream()
                        .map(
                                batch -> {
                                    Map<Integer, String> failures = new HashMap<>(batch.failures());
                                    failures.replaceAll((index, reason) -> "");
                                    return new SubmissionStatus.Batch<>(
                                            batch.id(), batch.items(), batch.state(), failures);
                                })
                        .toList());
    }

    private long now() {
        return clock.elapsedNanos();
    }

    private String at() {
        return Duration.ofNanos(now()).toString();
    }

    private void say(String what) {
        trace.add(at() + ' ' + ID.matcher(what).replaceAll("s$1"));
    }

    /** The calls: each ends when the seed says, as the seed says, and the model hears of it. */
    private final class Calls implements RecordSink<Integer> {

        private final int most = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;

        /** The items of the dispatch that is being begun, which may come in several calls. */
        private final List<String> begun = new ArrayList<>();

        @Override
        public RecordWriter<Integer> open(WriterContext context) {
            int opened = life;
            begun.clear();
            return new RecordWriter<>() {
                @Override
                public CompletionStage<WriteResult> write(RecordBatch<? extends Integer> batch) {
                    return begin(batch, opened);
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public int maxBatchSize() {
            return most;
        }

        private CompletionStage<WriteResult> begin(
                RecordBatch<? extends Integer> batch, int opened) {
            List<String> keys = new ArrayList<>();
            List<ScheduleModel.Item> items = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                keys.add(batch.key(i));
                items.add(model.item(batch.position(i).split(), (int) batch.position(i).offset()));
            }
            VirtualScheduler.Dispatched<Integer> dispatch =
                    scheduler.dispatches.get(scheduler.dispatches.size() - 1);
            if (begun.isEmpty()) {
                dispatching(dispatch.scheduled().stream().map(one -> one.key()).toList());
            }
            begun.addAll(keys);
            assertThat(begun)
                    .isEqualTo(
                            dispatch.scheduled().subList(0, begun.size()).stream()
                                    .map(one -> one.key())
                                    .toList());
            if (begun.size() == dispatch.scheduled().size()) {
                begun.clear();
            }
            CompletableFuture<WriteResult> result = new CompletableFuture<>();
            if (random.nextInt(100) == 0) {
                scheduler.after(TIMEOUT, () -> {});
                long begun = now();
                result.whenComplete((any, thrown) -> cancelled(items, opened, begun));
                return result;
            }
            Duration takes =
                    latency.isZero()
                            ? Duration.ZERO
                            : Duration.ofMillis(random.nextInt((int) latency.toMillis() + 1));
            scheduler.after(takes, () -> answer(items, result, opened));
            return result;
        }

        /** For its time is over; or else by a scheduler that closes, which is none of its faults. */
        private void cancelled(List<ScheduleModel.Item> items, int opened, long begun) {
            if (opened == life && now() - begun >= TIMEOUT.toNanos()) {
                items.forEach(item -> failed(item, Action.RETRY));
            }
        }

        private void answer(
                List<ScheduleModel.Item> items, CompletableFuture<WriteResult> result, int opened) {
            List<Optional<WriteFailure>> failures = new ArrayList<>();
            for (ScheduleModel.Item item : items) {
                Optional<WriteFailure> failure = failure();
                failures.add(failure);
                if (opened == life && !result.isDone()) {
                    if (failure.isEmpty()) {
                        model.end(item, At.COMPLETED, now());
                    } else {
                        failed(item, failure.get().action());
                    }
                }
            }
            result.complete(
                    failures.stream().allMatch(Optional::isEmpty) && random.nextBoolean()
                            ? WriteResult.delivered()
                            : WriteResult.perRecord(failures, PermitOutcome.ANSWERED));
        }

        private Optional<WriteFailure> failure() {
            if (random.nextInt(100) >= failing) {
                return Optional.empty();
            }
            Action action =
                    switch (random.nextInt(8)) {
                        case 0 -> Action.ABORT;
                        case 1, 2 -> Action.DEAD_LETTER;
                        default -> Action.RETRY;
                    };
            return Optional.of(new WriteFailure(action, "drawn", action.name()));
        }

        private void failed(ScheduleModel.Item item, Action action) {
            if (action == Action.ABORT) {
                model.putBack(item, now() + retries.maxDelay().toNanos());
                return;
            }
            int attempts = item.failedAttempts + 1;
            if (action == Action.RETRY && attempts < maxAttempts) {
                item.failedAttempts = attempts;
                long delay = Math.min(4, 1L << (attempts - 1)) * 1_000_000_000;
                model.putBack(item, now() + delay);
            } else if (!letters) {
                failed++;
                model.end(item, At.FAILED, now());
            }
        }
    }

    /** The dead letters: each is taken at the first, second or third try. */
    private final class Letters implements RecordSink<DeadLetter> {
        @Override
        public RecordWriter<DeadLetter> open(WriterContext context) {
            letterTries.clear();
            return new RecordWriter<>() {
                @Override
                public CompletionStage<WriteResult> write(RecordBatch<? extends DeadLetter> batch) {
                    List<Optional<WriteFailure>> failures = new ArrayList<>();
                    for (int i = 0; i < batch.size(); i++) {
                        failures.add(take(batch.record(i)));
                    }
                    return CompletableFuture.completedFuture(WriteResult.perRecord(failures));
                }

                @Override
                public void close() {}
            };
        }

        private Optional<WriteFailure> take(DeadLetter letter) {
            if (random.nextInt(3) == 0) {
                return Optional.of(new WriteFailure(Action.RETRY, "drawn", "no letter"));
            }
            failed++;
            ScheduleModel.Item item =
                    model.item(letter.position().split(), (int) letter.position().offset());
            assertThat(letter.key()).isEqualTo(item.key());
            model.end(item, At.FAILED, now());
            return Optional.empty();
        }
    }
}
