package io.ingest4j.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Priority;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.api.TransferException;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.RetryPolicy;
import io.ingest4j.testkit.VirtualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What a scheduler does about calls and time, on virtual time. */
class PrioritySchedulerTest {

    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    /** Overflows three seconds later, as a real clock's reading may. */
    private final VirtualClock clock = new VirtualClock(Long.MAX_VALUE - 3_000_000_000L);

    private final Map<Integer, CompletableFuture<Object>> calls = new LinkedHashMap<>();
    private final List<String> events = new ArrayList<>();

    private static CompletionStage<?> done(Integer id) {
        return CompletableFuture.completedFuture(id);
    }

    private CompletionStage<?> pending(Integer id) {
        CompletableFuture<Object> call = new CompletableFuture<>();
        calls.put(id, call);
        return call;
    }

    private VirtualScheduler<Integer> start(PriorityScheduler.Builder<Integer> builder) {
        return new VirtualScheduler<>(clock, builder.listener(new Recorder()));
    }

    private VirtualScheduler<Integer> start(Function<Integer, CompletionStage<?>> function) {
        return start(PriorityScheduler.calling(function));
    }

    private static CompletionStage<?> failing(Throwable failure) {
        return CompletableFuture.failedFuture(failure);
    }

    private static SubmissionStatus<Integer> status(
            VirtualScheduler<Integer> scheduler, String id) {
        return scheduler.queue.status(id).orElseThrow();
    }

    @Test
    void the_worked_example_holds_to_the_tick() {
        VirtualScheduler<Integer> scheduler = start(PrioritySchedulerTest::done);

        scheduler.submit(Priority.MEDIUM, List.of(1, 2, 3, 4, 5));
        scheduler.runFor(Duration.ofSeconds(4));
        scheduler.submit(Priority.HIGH, List.of(6, 7, 8, 9));
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(scheduler.dispatches)
                .map(Object::toString)
                .containsExactly("T0 [1, 2, 3]", "T5 [6, 7, 8]", "T10 [9, 4, 5]");
    }

    @Test
    void a_dispatch_that_was_not_full_takes_its_period_too() {
        VirtualScheduler<Integer> scheduler = start(PrioritySchedulerTest::done);

        scheduler.submit(Priority.LOW, List.of(1));
        scheduler.runFor(Duration.ofMillis(1));
        scheduler.submit(Priority.HIGH, List.of(2));
        scheduler.runFor(Duration.ofMinutes(1));
        scheduler.submit(Priority.HIGH, List.of(3));
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(scheduler.dispatches)
                .map(Object::toString)
                .containsExactly("T0 [1]", "T5 [2]", "TPT1M0.001S [3]");
    }

    @Test
    void what_the_store_takes_to_keep_that_the_calls_have_begun_is_no_part_of_the_period() {
        FailingStore<Integer> store = new FailingStore<>();
        store.onBegun = () -> clock.advance(A_SECOND.toNanos());
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.<Integer>calling(PrioritySchedulerTest::done).store(store));

        scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4));
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(scheduler.dispatches)
                .map(Object::toString)
                .containsExactly("T0 [1, 2, 3]", "T5 [4]");
    }

    @Test
    void the_period_begins_when_the_last_call_of_a_dispatch_has_begun() {
        VirtualScheduler<Integer> scheduler =
                start(
                        id -> {
                            clock.advance(Duration.ofSeconds(1).toNanos());
                            return done(id);
                        });

        scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4));
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(scheduler.dispatches)
                .map(Object::toString)
                .containsExactly("T0 [1, 2, 3]", "T8 [4]");
    }

    @Test
    void dispatches_do_not_wait_for_the_calls_before_them() {
        VirtualScheduler<Integer> scheduler = start(this::pending);

        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4));
        scheduler.runFor(PERIOD);
        scheduler.settle();

        assertThat(calls).containsOnlyKeys(1, 2, 3, 4);
        assertThat(status(scheduler, id).state()).isEqualTo(State.TRIGGERED);
        calls.values().forEach(call -> call.complete("done"));
        scheduler.settle();
        assertThat(status(scheduler, id).state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void no_dispatch_begins_while_more_would_be_under_way_than_may() {
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.<Integer>calling(this::pending).maxInFlight(5));

        scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4));
        scheduler.runFor(PERIOD.multipliedBy(3));
        assertThat(calls).containsOnlyKeys(1, 2, 3);

        calls.get(1).complete("done");
        scheduler.runFor(Duration.ZERO);
        assertThat(calls).containsKey(4);
    }

    /** What waits in a sink for a connection would go out later, together with other dispatches. */
    @Test
    void a_sink_has_no_more_calls_under_way_than_connections_unless_told() {
        List<CompletableFuture<WriteResult>> answers = new ArrayList<>();
        RecordSink<Integer> sink =
                context ->
                        asyncWriter(
                                batch -> {
                                    answers.add(new CompletableFuture<>());
                                    return answers.get(answers.size() - 1);
                                });
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.to(sink).attemptTimeout(Duration.ofDays(1)));
        for (int i = 0; i < 200; i++) {
            scheduler.submit(Priority.LOW, List.of(i));
            scheduler.runFor(PERIOD);
        }
        assertThat(answers).as("calls of one item each").hasSize(64);
        answers.get(0).complete(WriteResult.delivered());
        scheduler.runFor(PERIOD);
        assertThat(scheduler.dispatches.get(64).items()).as("more at a time").hasSize(3);
        assertThat(answers).hasSize(65);

        answers.clear();
        VirtualScheduler<Integer> told =
                start(
                        PriorityScheduler.to(sink)
                                .attemptTimeout(Duration.ofDays(1))
                                .maxInFlight(100));
        for (int i = 0; i < 200; i++) {
            told.submit(Priority.LOW, List.of(i));
            told.runFor(PERIOD);
        }
        assertThat(answers).as("with room for a whole dispatch").hasSize(98);
    }

    @Test
    void statuses_show_the_batches_as_they_were_submitted() {
        VirtualScheduler<Integer> scheduler = start(this::pending);

        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4, 5));
        assertThat(status(scheduler, id))
                .isEqualTo(
                        new SubmissionStatus<>(
                                id,
                                State.YET_TO_START,
                                List.of(
                                        batch(id + "-1", State.YET_TO_START, 1, 2, 3),
                                        batch(id + "-2", State.YET_TO_START, 4, 5))));
        scheduler.settle();
        calls.values().forEach(call -> call.complete("done"));
        scheduler.settle();
        assertThat(status(scheduler, id))
                .isEqualTo(
                        new SubmissionStatus<>(
                                id,
                                State.TRIGGERED,
                                List.of(
                                        batch(id + "-1", State.COMPLETED, 1, 2, 3),
                                        batch(id + "-2", State.YET_TO_START, 4, 5))));
    }

    private static SubmissionStatus.Batch<Integer> batch(String id, State state, Integer... items) {
        return new SubmissionStatus.Batch<>(id, List.of(items), state, Map.of());
    }

    @Test
    void what_may_pass_is_tried_again_in_a_later_dispatch_at_its_old_place() {
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(
                                        id ->
                                                id == 2 && clock.elapsedNanos() == 0
                                                        ? failing(new IOException("reset"))
                                                        : done(id))
                                .retry(RetryPolicy.standard().jitter(0)));

        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4, 5, 6));
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(scheduler.dispatches)
                .map(Object::toString)
                .containsExactly("T0 [1, 2, 3]", "T5 [2, 4, 5]", "T10 [6]");
        assertThat(events).contains("retry 2 IOException: reset PT0.2S");
        assertThat(status(scheduler, id).state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void what_fails_for_good_is_in_the_status_with_its_reason() {
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(
                                        id ->
                                                switch (id) {
                                                    case 1 -> failing(new IOException("always"));
                                                    case 2 -> throw new IllegalStateException("no");
                                                    case 3 ->
                                                            failing(
                                                                    new TransferException(
                                                                            "gone", false, null));
                                                    default -> done(id);
                                                })
                                .batchSize(2)
                                .retry(RetryPolicy.standard().maxAttempts(3)));

        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4, 5));
        scheduler.runFor(Duration.ofMinutes(2));

        SubmissionStatus<Integer> status = status(scheduler, id);
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.batches())
                .map(SubmissionStatus.Batch::state)
                .containsExactly(State.FAILED, State.FAILED, State.COMPLETED);
        assertThat(status.batches())
                .map(SubmissionStatus.Batch::failures)
                .containsExactly(
                        Map.of(0, "IOException: always", 1, "IllegalStateException: no"),
                        Map.of(0, "TransferException: gone"),
                        Map.of());
        assertThat(events).filteredOn(event -> event.startsWith("retry 1")).hasSize(2);
        assertThat(events).contains("failed 1", "end FAILED");
    }

    @Test
    void a_function_that_returns_nothing_fails_its_item_alone() {
        VirtualScheduler<Integer> scheduler = start(id -> id == 1 ? null : done(id));

        String id = scheduler.submit(Priority.LOW, List.of(1, 2));
        scheduler.runFor(PERIOD);

        assertThat(status(scheduler, id).batches().get(0).failures())
                .isEqualTo(Map.of(0, "NullPointerException: the function returned null"));
    }

    @Test
    void a_call_that_takes_too_long_is_cancelled_and_tried_again() {
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(this::pending)
                                .attemptTimeout(Duration.ofSeconds(30)));

        scheduler.submit(Priority.LOW, List.of(1));
        scheduler.settle();
        CompletableFuture<Object> first = calls.get(1);
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(first).isCancelled();
        assertThat(calls.get(1)).isNotSameAs(first).isNotDone();
        assertThat(scheduler.dispatches).hasSize(2);
    }

    @Test
    void refused_credentials_give_nothing_up() {
        Map<Integer, Integer> tries = new HashMap<>();
        RecordSink<Integer> sink =
                sink(
                        batch ->
                                tries.merge(batch.record(0), 1, Integer::sum) < 50
                                        ? WriteResult.failed(
                                                new WriteFailure(Action.ABORT, "HTTP 401", ""),
                                                PermitOutcome.ANSWERED)
                                        : WriteResult.delivered());
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.to(sink).retry(RetryPolicy.standard().maxAttempts(2)));

        String id = scheduler.submit(Priority.LOW, List.of(1));
        scheduler.runFor(Duration.ofHours(1));

        assertThat(tries.get(1)).isEqualTo(50);
        assertThat(status(scheduler, id).state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void a_receiver_that_asks_to_be_left_alone_is() {
        RecordSink<Integer> sink =
                sink(
                        batch ->
                                clock.elapsedNanos() == 0
                                        ? WriteResult.failed(
                                                        new WriteFailure(
                                                                Action.RETRY, "HTTP 429", ""),
                                                        PermitOutcome.ANSWERED)
                                                .withRetryAfter(Duration.ofMinutes(2))
                                        : WriteResult.delivered());
        VirtualScheduler<Integer> scheduler = start(PriorityScheduler.to(sink));

        scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4));
        scheduler.runFor(Duration.ofHours(1));

        assertThat(scheduler.dispatches)
                .map(Object::toString)
                .containsExactly("T0 [1, 2, 3]", "T120 [1, 2, 3]", "T125 [4]");
    }

    @Test
    void a_sink_gets_a_dispatch_in_as_few_calls_as_it_allows_under_stable_keys() {
        List<String> seen = new ArrayList<>();
        RecordSink<Integer> sink =
                new RecordSink<>() {
                    @Override
                    public RecordWriter<Integer> open(io.ingest4j.api.WriterContext context) {
                        return writer(
                                batch -> {
                                    for (int i = 0; i < batch.size(); i++) {
                                        seen.add(
                                                batch.key(i)
                                                        + '='
                                                        + StandardCharsets.UTF_8.decode(
                                                                batch.raw(i)));
                                    }
                                    seen.add("--");
                                    return WriteResult.delivered();
                                });
                    }

                    @Override
                    public int maxBatchSize() {
                        return 2;
                    }
                };
        VirtualScheduler<Integer> scheduler = start(PriorityScheduler.to(sink));

        String id = scheduler.submit(Priority.LOW, List.of(7, 8, 9));
        scheduler.settle();

        assertThat(seen).containsExactly(id + "-0=7", id + "-1=8", "--", id + "-2=9", "--");
    }

    @Test
    void an_item_counts_as_failed_once_its_dead_letter_is_kept() {
        List<DeadLetter> letters = new ArrayList<>();
        List<CompletableFuture<WriteResult>> answers = new ArrayList<>();
        RecordSink<DeadLetter> letterSink =
                asyncSink(
                        batch -> {
                            letters.add(batch.record(0));
                            answers.add(new CompletableFuture<>());
                            return answers.get(answers.size() - 1);
                        });
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(
                                        id -> failing(new IllegalArgumentException("bad id")))
                                .deadLetters(letterSink));

        String id = scheduler.submit(Priority.LOW, List.of(42));
        scheduler.settle();
        assertThat(status(scheduler, id).state()).isEqualTo(State.TRIGGERED);

        answers.get(0).completeExceptionally(new IOException("disk full"));
        scheduler.runFor(Duration.ofSeconds(2));
        assertThat(status(scheduler, id).state()).isEqualTo(State.TRIGGERED);
        assertThat(scheduler.dispatches).as("the call is not repeated").hasSize(1);

        answers.get(1).complete(WriteResult.delivered());
        scheduler.settle();
        assertThat(status(scheduler, id).state()).isEqualTo(State.FAILED);
        DeadLetter letter = letters.get(1);
        assertThat(letter.source()).isEqualTo("schedule:scheduler");
        assertThat(letter.key()).isEqualTo(id + "-0");
        assertThat(letter.attempts()).isEqualTo(1);
        assertThat(letter.failure().kind()).isEqualTo("IllegalArgumentException");
        assertThat(StandardCharsets.UTF_8.decode(letter.raw()).toString()).isEqualTo("42");
    }

    /** As a file does after the first error of its disk; one of its attempts never ends. */
    @Test
    void a_dead_letter_sink_that_refuses_everything_once_it_failed_is_opened_anew() {
        BreakingSink breaking = new BreakingSink();
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(
                                        id -> failing(new IllegalArgumentException("bad id")))
                                .deadLetters(breaking));

        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4));
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(status(scheduler, id).state()).isEqualTo(State.FAILED);
        assertThat(breaking.kept).containsOnlyOnce(id + "-0", id + "-1", id + "-2", id + "-3");
        assertThat(breaking.openings).as("one of them in vain").isEqualTo(4);
        scheduler.close();
        assertThat(breaking.open).isZero();
    }

    /** Its first writer fails, its second does with one letter and hangs with the others. */
    private static final class BreakingSink implements RecordSink<DeadLetter> {

        private static final long serialVersionUID = 1;

        final transient List<String> kept = new ArrayList<>();
        int openings;
        int open;

        @Override
        public RecordWriter<DeadLetter> open(WriterContext context) throws IOException {
            assertThat(open).as("open at the same time").isZero();
            int number = ++openings;
            if (number == 3) {
                throw new IOException("the disk is still full");
            }
            open++;
            return new RecordWriter<>() {
                @Override
                public CompletionStage<WriteResult> write(RecordBatch<? extends DeadLetter> batch) {
                    if (number == 2 && !batch.key(0).endsWith("-0")) {
                        return new CompletableFuture<>();
                    }
                    if (number < 4) {
                        return CompletableFuture.failedFuture(new IOException("disk full"));
                    }
                    kept.add(batch.key(0));
                    return CompletableFuture.completedFuture(WriteResult.delivered());
                }

                @Override
                public void close() {
                    open--;
                }
            };
        }

        @Override
        public int maxBatchSize() {
            return 1;
        }
    }

    /** Submissions of one item, all under way and waited for, on a store that from now on takes its time. */
    private VirtualScheduler<Integer> startAwaited(
            int count, List<CompletableFuture<SubmissionStatus<Integer>>> ends) {
        FailingStore<Integer> store = new FailingStore<>();
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(this::pending)
                                .store(store)
                                .batchSize(1)
                                .period(Duration.ZERO));
        for (int i = 0; i < count; i++) {
            ends.add(new CompletableFuture<>());
            scheduler.loop.await(scheduler.submit(Priority.LOW, List.of(i)), ends.get(i));
        }
        scheduler.settle();
        store.onRead = () -> clock.advance(Duration.ofMillis(10).toNanos());
        return scheduler;
    }

    @Test
    void who_waits_for_submissions_that_end_together_holds_up_nothing() {
        List<CompletableFuture<SubmissionStatus<Integer>>> ends = new ArrayList<>();
        VirtualScheduler<Integer> scheduler = startAwaited(1_000, ends);
        calls.values().forEach(call -> call.complete("done"));
        Duration before = scheduler.now();
        scheduler.loop.step();
        assertThat(scheduler.now().minus(before)).isLessThan(A_SECOND);
        scheduler.settle();

        assertThat(ends).allSatisfy(end -> assertThat(end).succeedsWithin(A_MINUTE));
    }

    @Test
    void what_ends_as_the_scheduler_closes_is_told_as_such_though_the_store_is_slow() {
        List<CompletableFuture<SubmissionStatus<Integer>>> ends = new ArrayList<>();
        VirtualScheduler<Integer> scheduler = startAwaited(100, ends);
        calls.values().forEach(call -> call.complete("done"));

        scheduler.close();

        assertThat(ends).allSatisfy(end -> assertThat(end).succeedsWithin(A_MINUTE));
    }

    @Test
    void a_completion_ends_with_the_submission() {
        VirtualScheduler<Integer> scheduler = start(this::pending);
        String id = scheduler.submit(Priority.LOW, List.of(1));
        CompletableFuture<SubmissionStatus<Integer>> early = new CompletableFuture<>();
        CompletableFuture<SubmissionStatus<Integer>> late = new CompletableFuture<>();
        CompletableFuture<SubmissionStatus<Integer>> unknown = new CompletableFuture<>();

        scheduler.loop.await(id, early);
        scheduler.loop.await("no such", unknown);
        scheduler.settle();
        assertThat(early).isNotDone();
        calls.get(1).complete("done");
        scheduler.settle();
        scheduler.loop.await(id, late);
        scheduler.settle();

        assertThat(early.join().state()).isEqualTo(State.COMPLETED);
        assertThat(late.join().state()).isEqualTo(State.COMPLETED);
        assertThat(unknown).failsWithin(A_MINUTE);
    }

    /** Else it could wait for something that only the scheduler's thread can do. */
    @Test
    void what_depends_on_a_completion_runs_on_another_thread() {
        VirtualScheduler<Integer> scheduler = start(PrioritySchedulerTest::done);
        List<CompletableFuture<Thread>> threads = new ArrayList<>();

        String id = scheduler.submit(Priority.LOW, List.of(1));
        threads.add(awaitThread(scheduler, id));
        threads.add(awaitThread(scheduler, "no such"));
        scheduler.settle();
        String open = scheduler.submit(Priority.LOW, List.of(2));
        threads.add(awaitThread(scheduler, open));
        scheduler.loop.abandonAll(new IllegalStateException("closed"), null);
        threads.add(awaitThread(scheduler, id));

        for (CompletableFuture<Thread> thread : threads) {
            assertThat(thread).succeedsWithin(A_MINUTE).isNotSameAs(Thread.currentThread());
        }
    }

    private static CompletableFuture<Thread> awaitThread(
            VirtualScheduler<Integer> scheduler, String id) {
        CompletableFuture<SubmissionStatus<Integer>> end = new CompletableFuture<>();
        CompletableFuture<Thread> thread = end.handle((status, failure) -> Thread.currentThread());
        scheduler.loop.await(id, end);
        return thread;
    }

    @Test
    void who_waits_for_many_submissions_at_a_slow_store_holds_up_no_dispatch() {
        FailingStore<Integer> store = new FailingStore<>();
        store.onRead = () -> clock.advance(Duration.ofMillis(3).toNanos());
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(PrioritySchedulerTest::done)
                                .store(store)
                                .period(Duration.ZERO));
        List<CompletableFuture<SubmissionStatus<Integer>>> ends = new ArrayList<>();
        String done = scheduler.submit(Priority.LOW, List.of(1));
        scheduler.settle();
        for (int i = 0; i < 10_000; i++) {
            ends.add(new CompletableFuture<>());
            scheduler.loop.await(i == 0 ? done : "unknown" + i, ends.get(i));
        }
        scheduler.submit(Priority.LOW, List.of(2));
        Duration before = scheduler.now();

        scheduler.settle();

        assertThat(scheduler.dispatches).hasSize(2);
        assertThat(scheduler.dispatches.get(1).at().minus(before)).isLessThan(A_SECOND);
        assertThat(ends.get(0)).succeedsWithin(A_MINUTE);
        assertThat(ends.get(9_999)).failsWithin(A_MINUTE);
    }

    @Test
    void closing_waits_for_what_is_under_way_and_begins_nothing() {
        ScheduleStore<Integer> store = ScheduleStores.memory();
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.<Integer>calling(this::pending).store(store));
        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4, 5));
        scheduler.settle();
        calls.get(1).complete("done");

        scheduler.beginClose();
        scheduler.runFor(Duration.ofSeconds(29));
        assertThat(scheduler.loop.isOver()).isFalse();
        calls.get(2).complete("done");
        scheduler.runFor(Duration.ofSeconds(2));
        assertThat(scheduler.loop.isOver()).isTrue();
        assertThat(calls.get(3)).isCancelled();

        VirtualScheduler<Integer> next =
                start(PriorityScheduler.<Integer>calling(PrioritySchedulerTest::done).store(store));
        next.runFor(Duration.ofMinutes(1));
        assertThat(next.dispatches)
                .as("waits a period, as nothing is known of the one before")
                .map(VirtualScheduler.Dispatched::items)
                .containsExactly(List.of(3, 4, 5));
        assertThat(next.dispatches.get(0).at()).isEqualTo(Duration.ofSeconds(35));
        assertThat(status(next, id).state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void a_store_that_fails_for_a_while_loses_nothing() {
        FailingStore<Integer> store = new FailingStore<>();
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.<Integer>calling(this::pending).store(store));
        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3, 4));
        scheduler.settle();

        store.failing = true;
        calls.values().forEach(call -> call.complete("done"));
        scheduler.runFor(Duration.ofSeconds(20));
        assertThat(calls).hasSize(3);
        store.failing = false;
        scheduler.runFor(Duration.ofSeconds(1));
        calls.get(4).complete("done");
        scheduler.settle();

        assertThat(status(scheduler, id).state()).isEqualTo(State.COMPLETED);
        assertThat(scheduler.dispatches).hasSize(2);
    }

    @Test
    void a_long_reason_is_not_cut_within_a_character() {
        String smile = "\ud83d\ude00";
        for (String reason : List.of(smile.repeat(1_000), '.' + smile.repeat(1_000))) {
            VirtualScheduler<Integer> scheduler =
                    start(id -> CompletableFuture.failedFuture(new IllegalStateException(reason)));
            String id = scheduler.submit(Priority.LOW, List.of(1));
            scheduler.runFor(PERIOD);

            String told =
                    status(scheduler, id).batches().get(0).failures().values().iterator().next();

            assertThat(told).hasSizeBetween(999, 1_000).contains(smile);
            assertThat(told.getBytes(StandardCharsets.UTF_8)).doesNotContain((byte) '?');
        }
    }

    @Test
    void nothing_is_called_once_the_lease_may_have_ended() {
        FailingStore<Integer> store = new FailingStore<>();
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(
                                        id -> {
                                            store.held = id != 2;
                                            return pending(id);
                                        })
                                .store(store));

        scheduler.submit(Priority.LOW, List.of(1, 2, 3));
        scheduler.settle();

        assertThat(calls).containsOnlyKeys(1, 2);
        assertThat(events).contains("retry 3 lease ended: not called PT0S");
    }

    @Test
    void what_ended_while_the_store_could_not_tell_is_told_later_to_all_who_wait() {
        FailingStore<Integer> store = new FailingStore<>();
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(PrioritySchedulerTest::done)
                                .store(store)
                                .period(Duration.ZERO));
        List<CompletableFuture<SubmissionStatus<Integer>>> ends = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            String id = scheduler.submit(Priority.LOW, List.of(i));
            CompletableFuture<SubmissionStatus<Integer>> end = new CompletableFuture<>();
            scheduler.loop.await(id, end);
            ends.add(end);
        }

        store.settlesUnseen = true;
        scheduler.runFor(Duration.ofSeconds(3));
        store.settlesUnseen = false;
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(ends)
                .allSatisfy(end -> assertThat(end.join().state()).isEqualTo(State.COMPLETED));
    }

    @Test
    void a_store_that_can_not_be_read_for_a_while_fails_nobody_who_waits() {
        FailingStore<Integer> store = new FailingStore<>();
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.<Integer>calling(this::pending).store(store));
        String id = scheduler.submit(Priority.LOW, List.of(1));
        CompletableFuture<SubmissionStatus<Integer>> end = new CompletableFuture<>();
        scheduler.loop.await(id, end);
        scheduler.settle();

        store.unreadable = true;
        calls.get(1).complete("done");
        scheduler.runFor(Duration.ofSeconds(10));
        assertThat(end).isNotDone();
        store.unreadable = false;
        scheduler.runFor(Duration.ofSeconds(10));

        assertThat(end.join().state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void who_waits_for_what_can_not_be_read_stops_nobody() {
        FailingStore<Integer> store = new FailingStore<>();
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.<Integer>calling(PrioritySchedulerTest::done).store(store));
        String first = scheduler.submit(Priority.LOW, List.of(1));
        CompletableFuture<SubmissionStatus<Integer>> end = new CompletableFuture<>();
        scheduler.loop.await(first, end);
        store.unreadableForm = true;

        scheduler.runFor(Duration.ofSeconds(1));
        scheduler.submit(Priority.LOW, List.of(2));
        scheduler.runFor(Duration.ofSeconds(20));

        assertThat(end).failsWithin(A_MINUTE);
        assertThat(scheduler.dispatches).hasSize(2);
    }

    @Test
    void a_sink_that_can_not_be_closed_leaves_nobody_waiting() {
        RecordSink<Integer> sink =
                context ->
                        new RecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends Integer> batch) {
                                return new CompletableFuture<>();
                            }

                            @Override
                            public void close() {
                                throw new NoClassDefFoundError("at shutdown");
                            }
                        };
        VirtualScheduler<Integer> scheduler =
                start(PriorityScheduler.to(sink).stopTimeout(Duration.ZERO));
        String id = scheduler.submit(Priority.LOW, List.of(1));
        CompletableFuture<SubmissionStatus<Integer>> end = new CompletableFuture<>();
        scheduler.loop.await(id, end);
        scheduler.settle();

        scheduler.close();

        assertThat(end).failsWithin(A_MINUTE);
        assertThat(events).last().isEqualTo("closed");
    }

    @Test
    void an_error_in_the_function_is_its_items_alone() {
        VirtualScheduler<Integer> scheduler =
                start(
                        id -> {
                            if (id == 1) {
                                throw new AssertionError("a bug");
                            }
                            return id == 2 ? failing(new StackOverflowError()) : done(id);
                        });

        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3));
        scheduler.settle();

        assertThat(status(scheduler, id).batches().get(0).failures())
                .isEqualTo(Map.of(0, "AssertionError: a bug", 1, "StackOverflowError"));
    }

    @Test
    void an_error_that_may_pass_is_tried_again_but_not_for_ever() {
        VirtualScheduler<Integer> scheduler =
                start(
                        id -> {
                            if (id == 1) {
                                throw new NoClassDefFoundError("Absent");
                            }
                            return id == 2 ? failing(new OutOfMemoryError("huge")) : done(id);
                        });

        String id = scheduler.submit(Priority.LOW, List.of(1, 2, 3));
        scheduler.runFor(Duration.ofHours(1));

        assertThat(events).contains("failed 1", "failed 2");
        assertThat(status(scheduler, id).batches().get(0).failures())
                .isEqualTo(Map.of(0, "NoClassDefFoundError: Absent", 1, "OutOfMemoryError: huge"));
    }

    @Test
    void a_stage_that_can_not_be_waited_for_fails_its_call_alone() {
        RecordSink<Integer> sink =
                context ->
                        new RecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends Integer> batch) {
                                return new CompletableFuture<>() {
                                    @Override
                                    public CompletableFuture<WriteResult> whenComplete(
                                            java.util.function.BiConsumer<
                                                            ? super WriteResult, ? super Throwable>
                                                    action) {
                                        throw new UnsupportedOperationException("no waiting");
                                    }
                                };
                            }

                            @Override
                            public void close() {}
                        };
        VirtualScheduler<Integer> scheduler = start(PriorityScheduler.to(sink));

        String id = scheduler.submit(Priority.LOW, List.of(1));
        scheduler.settle();

        assertThat(status(scheduler, id).state()).isEqualTo(State.FAILED);
    }

    @Test
    void listeners_hear_of_everything_and_may_fail() {
        VirtualScheduler<Integer> scheduler =
                start(
                        PriorityScheduler.<Integer>calling(PrioritySchedulerTest::done)
                                .listener(
                                        new ScheduleListener<>() {
                                            @Override
                                            public void onCompleted(ScheduledItem<Integer> item) {
                                                throw new AssertionError("a bad listener");
                                            }
                                        }));

        scheduler.submit(Priority.LOW, List.of(1, 2));
        scheduler.settle();

        assertThat(events)
                .containsExactly("dispatch 2", "completed 1", "completed 2", "end COMPLETED");
    }

    @Test
    void settings_are_checked_where_they_are_made() {
        PriorityScheduler.Builder<Integer> builder =
                PriorityScheduler.calling(PrioritySchedulerTest::done);

        assertThatThrownBy(() -> builder.batchSize(0)).hasMessage("batchSize must be >= 1, was 0");
        assertThatThrownBy(() -> builder.period(Duration.ofSeconds(-1)))
                .hasMessage("period must be >= 0, was PT-1S");
        assertThatThrownBy(() -> builder.batchSize(10).maxInFlight(9).start())
                .hasMessage("maxInFlight must be >= batchSize 10, was 9");
        assertThatThrownBy(() -> builder.maxInFlight(10).period(Duration.ofDays(9_999)).start())
                .hasMessage("period must be <= PT87600H, was PT239976H");
        assertThatThrownBy(
                        () ->
                                builder.period(Duration.ZERO)
                                        .retention(Duration.ofSeconds(1))
                                        .start())
                .hasMessageStartingWith("retention must be >= idempotencyWindow PT5M");
    }

    /** A sink that answers at once. */
    private static RecordSink<Integer> sink(
            Function<RecordBatch<? extends Integer>, WriteResult> write) {
        return context -> writer(write);
    }

    private static RecordWriter<Integer> writer(
            Function<RecordBatch<? extends Integer>, WriteResult> write) {
        return asyncWriter(batch -> CompletableFuture.completedFuture(write.apply(batch)));
    }

    private static RecordSink<DeadLetter> asyncSink(
            Function<RecordBatch<? extends DeadLetter>, CompletionStage<WriteResult>> write) {
        return context -> asyncWriter(write);
    }

    private static <R> RecordWriter<R> asyncWriter(
            Function<RecordBatch<? extends R>, CompletionStage<WriteResult>> write) {
        return new RecordWriter<>() {
            @Override
            public CompletionStage<WriteResult> write(RecordBatch<? extends R> batch) {
                return write.apply(batch);
            }

            @Override
            public void close() {}
        };
    }

    private final class Recorder implements ScheduleListener<Integer> {
        @Override
        public void onDispatch(Instant time, List<ScheduledItem<Integer>> items) {
            events.add("dispatch " + items.size());
        }

        @Override
        public void onCompleted(ScheduledItem<Integer> item) {
            events.add("completed " + item.item());
        }

        @Override
        public void onRetry(ScheduledItem<Integer> item, WriteFailure failure, Duration delay) {
            events.add("retry " + item.item() + ' ' + failure + ' ' + delay);
        }

        @Override
        public void onFailed(ScheduledItem<Integer> item, WriteFailure failure) {
            events.add("failed " + item.item());
        }

        @Override
        public void onEnd(String submission, State state) {
            events.add("end " + state);
        }

        @Override
        public void onClose(Optional<Throwable> failure) {
            events.add("closed");
        }
    }
}
