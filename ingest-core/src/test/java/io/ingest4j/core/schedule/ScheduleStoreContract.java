package io.ingest4j.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.ingest4j.api.Priority;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does, on virtual time. */
public abstract class ScheduleStoreContract {

    protected static final Instant MIDNIGHT = Instant.parse("2026-01-01T00:00:00Z");
    protected static final Duration PERIOD = Duration.ofSeconds(5);
    protected static final Duration LEASE = Duration.ofDays(30);
    protected static final Duration WINDOW = Duration.ofSeconds(300);

    protected final VirtualClock clock = new VirtualClock(Long.MAX_VALUE - 3_000_000_000L);
    protected final InstantSource timeOfDay = () -> MIDNIGHT.plusNanos(clock.elapsedNanos());
    private final List<ScheduleQueue<String>> opened = new ArrayList<>();
    protected ScheduleStore<String> store;

    /** A new store, empty. */
    protected abstract ScheduleStore<String> create() throws Exception;

    /** Lets the time pass. */
    protected void pass(Duration time) {
        clock.advance(time.toNanos());
    }

    @BeforeEach
    void makeStore() throws Exception {
        store = create();
    }

    @AfterEach
    void closeQueues() {
        opened.forEach(ScheduleQueue::close);
    }

    protected ScheduleQueue<String> open(ScheduleRules rules) {
        ScheduleQueue<String> queue = store.open(rules, clock, timeOfDay);
        opened.add(queue);
        return queue;
    }

    protected static ScheduleRules rules() {
        return rules(3);
    }

    protected static ScheduleRules rules(int batchSize) {
        return new ScheduleRules(
                batchSize,
                PERIOD,
                Optional.empty(),
                false,
                WINDOW,
                1_000_000,
                Duration.ofDays(1),
                LEASE);
    }

    protected static ScheduleRules maxWait(Duration wait) {
        ScheduleRules some = rules();
        return new ScheduleRules(
                some.batchSize(),
                some.period(),
                Optional.of(wait),
                false,
                some.idempotencyWindow(),
                some.maxQueued(),
                some.retention(),
                some.lease());
    }

    protected static ScheduleRules fairTenants(int batchSize) {
        ScheduleRules some = rules();
        return new ScheduleRules(
                batchSize,
                some.period(),
                Optional.empty(),
                true,
                some.idempotencyWindow(),
                some.maxQueued(),
                some.retention(),
                some.lease());
    }

    protected static ScheduleRules maxQueued(long items) {
        ScheduleRules some = rules();
        return new ScheduleRules(
                some.batchSize(),
                some.period(),
                Optional.empty(),
                false,
                some.idempotencyWindow(),
                items,
                some.retention(),
                some.lease());
    }

    protected static Submission<String> of(Priority priority, String... items) {
        return Submission.of(List.of(items), priority);
    }

    /** The next dispatch, a period after the last. */
    protected List<ScheduledItem<String>> claim(ScheduleQueue<String> queue) {
        pass(PERIOD);
        List<ScheduledItem<String>> items = queue.claim().items();
        queue.begun();
        return items;
    }

    protected static List<String> names(List<ScheduledItem<String>> items) {
        return items.stream().map(ScheduledItem::item).toList();
    }

    protected static Map<String, State> complete(
            ScheduleQueue<String> queue, List<ScheduledItem<String>> items) {
        return queue.settle(items.stream().map(Settlement::completed).toList());
    }

    protected static List<State> batchStates(ScheduleQueue<String> queue, String id) {
        return queue.status(id).orElseThrow().batches().stream()
                .map(SubmissionStatus.Batch::state)
                .toList();
    }

    @Test
    void openSubmissions_areListedNewestFirst_untilTheyEnd() {
        ScheduleQueue<String> queue = open(rules(1));
        String low = queue.submit(of(Priority.LOW, "a", "b"));
        String high = queue.submit(of(Priority.HIGH, "c"));
        String last = queue.submit(of(Priority.MEDIUM, "d"));
        assertThat(queue.open(10))
                .extracting(
                        ScheduleQueue.OpenSubmission::id,
                        ScheduleQueue.OpenSubmission::priority,
                        ScheduleQueue.OpenSubmission::openItems)
                .containsExactly(
                        tuple(last, Priority.MEDIUM, 1L),
                        tuple(high, Priority.HIGH, 1L),
                        tuple(low, Priority.LOW, 2L));
        assertThat(queue.open(2)).hasSize(2);
        assertThat(queue.open(10)).noneMatch(one -> one.age().isNegative());
        complete(queue, claim(queue));
        queue.cancel(last);
        assertThat(queue.open(10))
                .extracting(ScheduleQueue.OpenSubmission::id)
                .containsExactly(low);
    }

    @Test
    void takes_by_priority_then_submission_then_place() {
        ScheduleQueue<String> queue = open(rules());
        queue.submit(of(Priority.LOW, "l1"));
        queue.submit(of(Priority.MEDIUM, "m1", "m2", "m3", "m4"));
        queue.submit(of(Priority.HIGH, "h1", "h2"));
        queue.submit(of(Priority.MEDIUM, "n1"));
        queue.submit(of(Priority.HIGH, "i1"));

        assertThat(names(claim(queue))).containsExactly("h1", "h2", "i1");
        assertThat(names(claim(queue))).containsExactly("m1", "m2", "m3");
        assertThat(names(claim(queue))).containsExactly("m4", "n1", "l1");
        assertThat(names(claim(queue))).isEmpty();
    }

    @Test
    void items_say_where_they_belong() {
        ScheduleQueue<String> queue = open(rules(2));
        String id = queue.submit(of(Priority.HIGH, "a", "b", "c").withTenant("Größe \uD83D\uDE00"));
        claim(queue);
        ScheduledItem<String> third = claim(queue).get(0);

        assertThat(third)
                .isEqualTo(
                        new ScheduledItem<>(
                                id, id + "-2", 2, "c", Priority.HIGH, "Größe \uD83D\uDE00", 0));
    }

    @Test
    void a_submission_goes_through_its_states() {
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.MEDIUM, "1", "2", "3", "4"));
        assertThat(batchStates(queue, id)).containsExactly(State.YET_TO_START, State.YET_TO_START);

        List<ScheduledItem<String>> first = claim(queue);
        assertThat(batchStates(queue, id)).containsExactly(State.TRIGGERED, State.YET_TO_START);
        assertThat(complete(queue, first)).isEmpty();
        assertThat(batchStates(queue, id)).containsExactly(State.COMPLETED, State.YET_TO_START);
        assertThat(queue.status(id).orElseThrow().state()).isEqualTo(State.TRIGGERED);

        List<ScheduledItem<String>> second = claim(queue);
        assertThat(queue.settle(List.of(Settlement.failed(second.get(0), "no"))))
                .containsExactly(Map.entry(id, State.FAILED));
        SubmissionStatus<String> status = queue.status(id).orElseThrow();
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.batches().get(1))
                .isEqualTo(
                        new SubmissionStatus.Batch<>(
                                id + "-2", List.of("4"), State.FAILED, Map.of(0, "no")));
    }

    @Test
    void the_batch_size_is_fixed_at_submission() {
        ScheduleQueue<String> queue = open(rules(3));
        String id = queue.submit(of(Priority.MEDIUM, "1", "2", "3", "4"));
        claim(queue);
        queue.close();
        ScheduleQueue<String> later = open(rules(1));

        assertThat(later.status(id).orElseThrow().batches())
                .map(SubmissionStatus.Batch::items)
                .containsExactly(List.of("1", "2", "3"), List.of("4"));
        assertThat(claim(later)).map(ScheduledItem::batch).containsExactly(id + "-1");
    }

    @Test
    void what_failed_takes_its_old_place_when_it_is_due_and_counts() {
        ScheduleQueue<String> queue = open(rules(2));
        queue.submit(of(Priority.MEDIUM, "a", "b", "c", "d", "e", "f", "g"));
        List<ScheduledItem<String>> first = claim(queue);
        queue.settle(
                List.of(
                        Settlement.retry(first.get(0), "later", Duration.ofSeconds(12)),
                        Settlement.returned(first.get(1), "now", Duration.ZERO)));

        List<ScheduledItem<String>> second = claim(queue);
        assertThat(second).map(ScheduledItem::item).containsExactly("b", "c");
        assertThat(second).map(ScheduledItem::failedAttempts).containsExactly(0, 0);
        assertThat(names(claim(queue))).containsExactly("d", "e");
        List<ScheduledItem<String>> fourth = claim(queue);
        assertThat(fourth).map(ScheduledItem::item).containsExactly("a", "f");
        assertThat(fourth).map(ScheduledItem::failedAttempts).containsExactly(1, 0);
    }

    @Test
    void an_empty_claim_says_when_the_next_is_due() {
        ScheduleQueue<String> queue = open(rules(1));
        queue.submit(of(Priority.MEDIUM, "a"));
        ScheduledItem<String> item = claim(queue).get(0);
        queue.settle(List.of(Settlement.retry(item, "no", Duration.ofSeconds(60))));
        pass(PERIOD);

        ScheduleQueue.Claim<String> claim = queue.claim();
        assertThat(claim.items()).isEmpty();
        assertThat(claim.waitNanos()).isBetween(1L, Duration.ofSeconds(55).toNanos());
        pass(Duration.ofSeconds(55));
        assertThat(names(queue.claim().items())).containsExactly("a");
    }

    @Test
    void what_is_settled_twice_counts_once() {
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.MEDIUM, "a"));
        List<ScheduledItem<String>> items = claim(queue);

        assertThat(complete(queue, items)).containsOnlyKeys(id);
        assertThat(queue.settle(List.of(Settlement.failed(items.get(0), "late")))).isEmpty();
        assertThat(batchStates(queue, id)).containsExactly(State.COMPLETED);
    }

    @Test
    void cancels_the_batches_of_which_nothing_was_claimed() {
        ScheduleQueue<String> queue = open(rules(2));
        String id = queue.submit(of(Priority.MEDIUM, "a", "b", "c", "d", "e"));
        queue.submit(of(Priority.LOW, "z"));
        List<ScheduledItem<String>> first = claim(queue);

        assertThat(queue.cancel(id))
                .isEqualTo(new ScheduleQueue.Cancellation(true, Optional.of(State.TRIGGERED)));
        assertThat(queue.cancel(id).isAny()).isFalse();
        assertThat(batchStates(queue, id))
                .containsExactly(State.TRIGGERED, State.CANCELLED, State.CANCELLED);
        assertThat(complete(queue, first)).containsExactly(Map.entry(id, State.CANCELLED));
        assertThat(names(claim(queue))).containsExactly("z");
        assertThat(queue.statistics().depth().get(Priority.MEDIUM)).isZero();
    }

    @Test
    void a_batch_of_which_one_item_was_claimed_is_not_cancelled() {
        ScheduleQueue<String> queue = open(rules(3));
        queue.submit(of(Priority.HIGH, "h1", "h2"));
        String id = queue.submit(of(Priority.MEDIUM, "a", "b", "c", "d"));
        List<ScheduledItem<String>> first = claim(queue);
        queue.settle(List.of(Settlement.returned(first.get(2), "", Duration.ofSeconds(60))));

        assertThat(queue.cancel(id).isAny()).isTrue();
        assertThat(batchStates(queue, id)).containsExactly(State.TRIGGERED, State.CANCELLED);
        assertThat(names(claim(queue))).containsExactly("b", "c");
    }

    @Test
    void what_has_not_begun_is_cancelled_as_a_whole() {
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.MEDIUM, "a", "b", "c", "d"));

        assertThat(queue.cancel(id))
                .isEqualTo(new ScheduleQueue.Cancellation(true, Optional.of(State.CANCELLED)));
        assertThat(claim(queue)).isEmpty();
        assertThat(queue.status(id).orElseThrow().state()).isEqualTo(State.CANCELLED);
    }

    @Test
    void knows_no_other_ids() {
        ScheduleQueue<String> queue = open(rules());
        String id = queue.submit(of(Priority.MEDIUM, "a"));
        for (String other :
                List.of(
                        "",
                        "1",
                        id + "1",
                        id + " ",
                        id.replace("-", "-0"),
                        id.replace("-", "-+"),
                        id + "-1",
                        "'; drop table ingest4j_item; --",
                        "\0",
                        "x".repeat(10_000))) {
            assertThat(queue.status(other)).as(other).isEmpty();
            assertThat(queue.cancel(other))
                    .as(other)
                    .isEqualTo(new ScheduleQueue.Cancellation(false, Optional.empty()));
        }
        assertThat(queue.status(id)).isPresent();
    }

    @Test
    void a_repeated_key_gives_the_first_id_until_the_window_passes() {
        ScheduleQueue<String> queue = open(rules());
        Submission<String> submission = of(Priority.MEDIUM, "a").withIdempotencyKey("k'\"é");
        String id = queue.submit(submission);
        pass(WINDOW.minusMillis(1));
        assertThat(queue.submit(submission)).isEqualTo(id);
        pass(Duration.ofMillis(1));
        assertThat(queue.submit(submission)).isNotEqualTo(id);
        assertThat(queue.statistics().depth().get(Priority.MEDIUM)).isEqualTo(2);
    }

    @Test
    void a_key_used_for_other_content_is_refused() {
        ScheduleQueue<String> queue = open(rules());
        Submission<String> first = of(Priority.MEDIUM, "a", "b").withIdempotencyKey("k");
        queue.submit(first);
        for (Submission<String> other :
                List.of(
                        of(Priority.MEDIUM, "ab").withIdempotencyKey("k"),
                        of(Priority.MEDIUM, "b", "a").withIdempotencyKey("k"),
                        of(Priority.HIGH, "a", "b").withIdempotencyKey("k"),
                        first.withTenant("t"))) {
            assertThatThrownBy(() -> queue.submit(other))
                    .isInstanceOfSatisfying(
                            SubmissionRefusedException.class,
                            e ->
                                    assertThat(e.reason())
                                            .isEqualTo(
                                                    SubmissionRefusedException.Reason.KEY_REUSED))
                    .hasMessage(
                            "idempotencyKey must be used for one content only, was used for"
                                    + " another: 'k'");
        }
    }

    @Test
    void the_same_content_is_the_same_submission_if_wanted() {
        ScheduleQueue<String> queue = open(rules());
        Submission<String> submission = of(Priority.MEDIUM, "a", "b").onlyOnce();
        String id = queue.submit(submission);

        assertThat(queue.submit(submission)).isEqualTo(id);
        assertThat(queue.submit(of(Priority.MEDIUM, "a", "b"))).isNotEqualTo(id);
        assertThat(queue.submit(of(Priority.MEDIUM, "b", "a").onlyOnce())).isNotEqualTo(id);
        assertThat(queue.submit(of(Priority.LOW, "a", "b").onlyOnce())).isNotEqualTo(id);
    }

    @Test
    void a_full_queue_refuses() {
        ScheduleQueue<String> queue = open(maxQueued(4));
        Submission<String> known = of(Priority.LOW, "a", "b", "c").withIdempotencyKey("k");
        String id = queue.submit(known);
        Submission<String> more = of(Priority.HIGH, "d", "e").withIdempotencyKey("m");

        assertThatThrownBy(() -> queue.submit(more))
                .isInstanceOfSatisfying(
                        SubmissionRefusedException.class,
                        e ->
                                assertThat(e.reason())
                                        .isEqualTo(SubmissionRefusedException.Reason.QUEUE_FULL))
                .hasMessage("the queue must hold at most 4 items, holds 3 and was given 2 more");
        queue.submit(of(Priority.HIGH, "d"));
        assertThat(queue.submit(known)).isEqualTo(id);
        claim(queue);
        assertThat(queue.submit(more)).isNotEqualTo(id);
    }

    @Test
    void who_waits_long_counts_as_more_urgent() {
        ScheduleQueue<String> queue = open(maxWait(Duration.ofSeconds(60)));
        queue.submit(of(Priority.LOW, "l1", "l2"));
        pass(Duration.ofSeconds(60));
        queue.submit(of(Priority.MEDIUM, "m1", "m2"));
        assertThat(names(claim(queue))).containsExactly("l1", "l2", "m1");
        queue.submit(of(Priority.LOW, "l3"));
        pass(Duration.ofSeconds(120));
        queue.submit(of(Priority.HIGH, "h1"));
        assertThat(names(claim(queue))).containsExactly("m2", "l3", "h1");
    }

    @Test
    void tenants_take_turns() {
        ScheduleQueue<String> queue = open(fairTenants(2));
        queue.submit(of(Priority.MEDIUM, "a1", "a2", "a3", "a4").withTenant("a"));
        queue.submit(of(Priority.MEDIUM, "b1", "b2").withTenant("b"));
        queue.submit(of(Priority.MEDIUM, "c1").withTenant("c'"));
        queue.submit(of(Priority.MEDIUM, "n1"));
        queue.submit(of(Priority.HIGH, "h1").withTenant("a"));

        assertThat(names(claim(queue))).containsExactly("h1", "a1");
        assertThat(names(claim(queue))).containsExactly("b1", "c1");
        assertThat(names(claim(queue))).containsExactly("n1", "a2");
        queue.submit(of(Priority.MEDIUM, "d1").withTenant("d"));
        assertThat(names(claim(queue))).containsExactly("d1", "b2");
        assertThat(names(claim(queue))).containsExactly("a3", "a4");
    }

    @Test
    void chooses_as_the_store_in_memory_does() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (ScheduleRules rules :
                List.of(
                        rules(),
                        maxWait(Duration.ofSeconds(20)),
                        fairTenants(4),
                        maxWaitAndTurns())) {
            makeStore();
            ScheduleQueue<String> model =
                    ScheduleStores.<String>memory().open(rules, clock, timeOfDay);
            ScheduleQueue<String> queue = open(rules);
            for (int i = 0; i < 60; i++) {
                act(random, i, model, queue, "seed " + seed + ", " + rules + ", step " + i);
            }
            for (int i = 0; i < 200 && queued(model) > 0; i++) {
                List<ScheduledItem<String>> expected = claim(model);
                List<ScheduledItem<String>> items = queue.claim().items();
                assertThat(names(items)).as("seed %d", seed).isEqualTo(names(expected));
                complete(queue, items);
            }
            assertThat(queued(queue)).as("seed %d", seed).isZero();
            queue.close();
        }
    }

    private static long queued(ScheduleQueue<String> queue) {
        return queue.statistics().depth().values().stream().mapToLong(Long::longValue).sum();
    }

    private static ScheduleRules maxWaitAndTurns() {
        ScheduleRules some = fairTenants(2);
        return new ScheduleRules(
                some.batchSize(),
                some.period(),
                Optional.of(Duration.ofSeconds(25)),
                true,
                some.idempotencyWindow(),
                some.maxQueued(),
                some.retention(),
                some.lease());
    }

    private void act(
            Random random,
            int step,
            ScheduleQueue<String> model,
            ScheduleQueue<String> queue,
            String as) {
        for (int i = random.nextInt(3); i > 0; i--) {
            List<String> items = new ArrayList<>();
            for (int j = random.nextInt(6); j >= 0; j--) {
                items.add(step + "." + i + "." + items.size());
            }
            Submission<String> submission =
                    Submission.of(items, Priority.values()[random.nextInt(3)])
                            .withTenant("t" + random.nextInt(4));
            model.submit(submission);
            queue.submit(submission);
        }
        pass(PERIOD);
        model.maintain();
        queue.maintain();
        List<ScheduledItem<String>> expected = model.claim().items();
        List<ScheduledItem<String>> items = queue.claim().items();
        assertThat(names(items)).as(as).isEqualTo(names(expected));
        List<Settlement<String>> expectedEnds = new ArrayList<>();
        List<Settlement<String>> ends = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            Settlement.Outcome outcome = Settlement.Outcome.values()[random.nextInt(4)];
            Duration delay =
                    Duration.ofSeconds(
                            outcome.compareTo(Settlement.Outcome.RETRY) < 0
                                    ? 0
                                    : random.nextInt(20));
            expectedEnds.add(new Settlement<>(expected.get(i), outcome, "r", delay));
            ends.add(new Settlement<>(items.get(i), outcome, "r", delay));
        }
        assertThat(queue.settle(ends).values())
                .as(as)
                .containsExactlyInAnyOrderElementsOf(model.settle(expectedEnds).values());
        assertThat(queue.statistics().depth()).as(as).isEqualTo(model.statistics().depth());
    }

    @Test
    void forgets_what_ended_long_ago() {
        ScheduleQueue<String> queue = open(rules());
        String ended = queue.submit(of(Priority.MEDIUM, "a"));
        complete(queue, claim(queue));
        String cancelled = queue.submit(of(Priority.MEDIUM, "b"));
        queue.cancel(cancelled);
        pass(Duration.ofDays(1).minusMillis(1));
        String waiting = queue.submit(of(Priority.MEDIUM, "c"));
        queue.maintain();
        assertThat(queue.status(ended)).isPresent();
        pass(Duration.ofMillis(1));
        queue.maintain();
        assertThat(queue.status(ended)).isEmpty();
        assertThat(queue.status(cancelled)).isEmpty();
        assertThat(queue.cancel(ended).state()).isEmpty();
        assertThat(queue.status(waiting)).isPresent();
        assertThat(queue.submit(of(Priority.MEDIUM, "d"))).isNotIn(ended, cancelled, waiting);
    }

    @Test
    void tells_what_waits() {
        ScheduleQueue<String> queue = open(rules(2));
        assertThat(queue.statistics())
                .isEqualTo(
                        new QueueStatistics(
                                Map.of(Priority.HIGH, 0L, Priority.MEDIUM, 0L, Priority.LOW, 0L),
                                Duration.ZERO,
                                0));
        queue.submit(of(Priority.LOW, "a", "b", "c"));
        pass(Duration.ofSeconds(7));
        queue.submit(of(Priority.HIGH, "d"));
        List<ScheduledItem<String>> items = claim(queue);
        QueueStatistics statistics = queue.statistics();
        assertThat(statistics.depth())
                .isEqualTo(Map.of(Priority.HIGH, 0L, Priority.MEDIUM, 0L, Priority.LOW, 2L));
        assertThat(statistics.oldestWait()).isEqualTo(Duration.ofSeconds(12));
        assertThat(statistics.dispatchesPerSecond()).isEqualTo(1 / 60.0);
        queue.settle(
                List.of(
                        Settlement.retry(items.get(0), "", Duration.ofSeconds(9)),
                        Settlement.completed(items.get(1))));
        assertThat(queue.statistics().depth().get(Priority.HIGH)).isEqualTo(1);
        pass(Duration.ofSeconds(61));
        assertThat(queue.statistics().dispatchesPerSecond()).isZero();
    }

    @Test
    void keeps_any_text() {
        ScheduleQueue<String> queue = open(rules(10));
        List<String> items =
                List.of(
                        "",
                        " ",
                        "'; DROP TABLE ingest4j_item; --",
                        "{item} [x] ? $1 \\ %",
                        "\uD83D\uDE00 ä \u0001 \u2028 \r\n\t",
                        "x".repeat(1_000_000));
        String id = queue.submit(Submission.of(items, Priority.MEDIUM));
        assertThat(names(claim(queue))).isEqualTo(items);
        assertThat(queue.status(id).orElseThrow().batches().get(0).items()).isEqualTo(items);
    }

    @Test
    void a_queue_opened_later_finds_everything() {
        ScheduleQueue<String> queue = open(rules(2));
        Submission<String> keyed = of(Priority.MEDIUM, "a", "b", "c", "d").withIdempotencyKey("k");
        String id = queue.submit(keyed);
        List<ScheduledItem<String>> first = claim(queue);
        queue.settle(
                List.of(
                        Settlement.completed(first.get(0)),
                        Settlement.retry(first.get(1), "no", Duration.ofSeconds(7))));
        assertThat(names(claim(queue))).containsExactly("c", "d");
        queue.close();

        ScheduleQueue<String> later = open(rules(2));
        assertThat(later.statistics().depth().get(Priority.MEDIUM)).isEqualTo(3);
        assertThat(later.submit(keyed)).isEqualTo(id);
        assertThat(batchStates(later, id)).containsExactly(State.TRIGGERED, State.TRIGGERED);
        List<ScheduledItem<String>> items = claim(later);
        assertThat(items).map(ScheduledItem::item).containsExactly("b", "c");
        assertThat(items.get(0).failedAttempts()).isEqualTo(1);
        complete(later, items);
        assertThat(complete(later, claim(later))).containsExactly(Map.entry(id, State.COMPLETED));
    }

    @Test
    void a_closed_queue_takes_nothing() {
        ScheduleQueue<String> queue = open(rules());
        queue.submit(of(Priority.MEDIUM, "a"));
        List<ScheduledItem<String>> items = claim(queue);
        queue.close();
        queue.close();
        assertThat(complete(queue, items)).isEmpty();
        assertThatThrownBy(() -> queue.submit(of(Priority.MEDIUM, "b")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("queue must be open");
        assertThatThrownBy(queue::claim).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void an_id_tells_nothing_of_the_next() {
        ScheduleQueue<String> queue = open(rules());
        String[] one = queue.submit(of(Priority.HIGH, "a")).split("-");
        String[] other = queue.submit(of(Priority.HIGH, "b")).split("-");
        assertThat(one).hasSize(3);
        assertThat(other[2]).isNotEqualTo(one[2]).matches("[0-9a-f]{16}");
        for (String guess :
                List.of(
                        other[0] + '-' + other[1],
                        other[0] + '-' + other[1] + '-' + one[2],
                        other[0] + '-' + other[1] + '-')) {
            assertThat(queue.status(guess)).isEmpty();
            assertThat(queue.isOpen(guess)).isFalse();
            assertThat(queue.cancel(guess).isAny()).isFalse();
        }
        assertThat(queue.cancel(String.join("-", other)).isAny()).isTrue();
    }
}
