package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresScheduleStoreTest extends JdbcStoreContract {

    private static String url;
    private static int schemas;

    @BeforeAll
    static void makeDatabase() {
        url = PostgresServer.newDatabase();
    }

    @Override
    TestDatabase createDatabase() {
        return TestDatabase.postgresSchema(url, "test" + ++schemas);
    }

    @Test
    void a_clock_that_was_set_back_blocks_for_a_period_at_most() {
        ScheduleQueue<String> queue = open(rules(1));
        queue.submit(of(Priority.MEDIUM, "a", "b"));
        claim(queue);
        long back = MIDNIGHT.minus(Duration.ofDays(30)).toEpochMilli() * 1000;
        setClock(back);
        assertThat(queue.claim().items()).isEmpty();
        setClock(back + PERIOD.toNanos() / 1000);
        assertThat(names(queue.claim().items())).containsExactly("b");
    }

    @Test
    void lives_in_a_schema() {
        database.execute("CREATE SCHEMA apart");
        store = ((JdbcScheduleStore<String>) store).schema("apart");
        ScheduleQueue<String> queue = open(rules());
        queue.submit(of(Priority.MEDIUM, "a").withIdempotencyKey("k"));
        queue.submit(of(Priority.MEDIUM, "a").withIdempotencyKey("k"));
        assertThat(names(claim(queue))).containsExactly("a");
        assertThat(database.number("SELECT COUNT(*) FROM apart.ingest4j_item")).isEqualTo(1);
    }

    @Test
    void the_database_clock_is_that_of_the_day() {
        store = JdbcScheduleStore.of(database.source(), ItemForm.strings()).tablePrefix("real_");
        ScheduleQueue<String> queue = open(rules());
        queue.submit(of(Priority.MEDIUM, "a"));
        assertThat(names(queue.claim().items())).containsExactly("a");
        assertThat(queue.claim().waitNanos()).isEqualTo(250_000_000);
        assertThat(
                        database.number(
                                "SELECT CAST(EXTRACT(EPOCH FROM now()) * 1000000 AS BIGINT) -"
                                        + " claimed_at FROM real_dispatch"))
                .isBetween(0L, 60_000_000L);
    }

    @Test
    void what_others_added_counts_some_seconds_later() {
        ScheduleQueue<String> queue = open(maxQueued(3));
        ScheduleQueue<String> other = open(maxQueued(3));
        other.submit(of(Priority.LOW, "a", "b"));
        pass(Duration.ofSeconds(5));
        queue.maintain();
        assertThat(queue.statistics().depth().get(Priority.LOW)).isEqualTo(2);
        assertThatThrownBy(() -> queue.submit(of(Priority.LOW, "c", "d")))
                .isInstanceOf(SubmissionRefusedException.class);
    }

    @Test
    void a_lease_that_ended_counts_no_more_even_if_nobody_took_the_items() {
        ScheduleQueue<String> queue = open(leased());
        String id = queue.submit(of(Priority.MEDIUM, "a"));
        List<ScheduledItem<String>> late = claim(queue);
        pass(SHORT_LEASE);
        assertThat(complete(queue, late)).isEmpty();
        assertThat(queue.claim().items()).isEmpty();
        queue.maintain();
        List<ScheduledItem<String>> again = queue.claim().items();
        assertThat(names(again)).containsExactly("a");
        assertThat(complete(queue, late)).as("of the earlier lease").isEmpty();
        assertThat(complete(queue, again)).containsOnlyKeys(id);
    }

    @Test
    void a_scheduler_within_a_period_after_a_dispatch_waits_for_a_period_first() {
        ScheduleQueue<String> queue = open(rules());
        assertThat(queue.hasDispatched()).isFalse();
        queue.submit(of(Priority.MEDIUM, "a"));
        claim(queue);
        pass(PERIOD.minusNanos(1_000));
        assertThat(open(rules()).hasDispatched()).isTrue();
        pass(Duration.ofNanos(1_000));
        assertThat(open(rules()).hasDispatched()).isFalse();
    }

    @Test
    void what_another_is_taking_back_is_asked_for_again_after_a_moment() throws Exception {
        ScheduleQueue<String> dead = open(leased());
        dead.submit(of(Priority.MEDIUM, "a"));
        claim(dead);
        pass(SHORT_LEASE);
        ScheduleQueue<String> queue = open(leased());
        try (Connection other = database.source().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT * FROM ingest4j_worker ORDER BY epoch LIMIT 1 FOR UPDATE");
            ScheduleQueue.Claim<String> claim = queue.claim();
            assertThat(claim.items()).isEmpty();
            assertThat(claim.waitNanos()).isEqualTo(50_000_000);
            other.rollback();
        }
        assertThat(names(queue.claim().items())).containsExactly("a");
    }

    @Test
    void what_an_idle_queue_took_by_a_claim_of_unknown_end_is_taken_again() {
        CutConnections connections = new CutConnections(database.source());
        store = store(connections.source(), ItemForm.strings());
        ScheduleQueue<String> queue = open(rules());
        assertThat(queue.claim().items()).isEmpty();
        queue.submit(of(Priority.MEDIUM, "a"));
        connections.losesCommit = true;
        assertThatThrownBy(queue::claim)
                .isInstanceOf(IngestException.class)
                .hasMessageContaining("unknown");
        pass(PERIOD);
        assertThat(names(queue.claim().items())).containsExactly("a");
    }

    @Test
    void an_idle_queue_takes_back_what_a_worker_has_whose_clock_was_ahead() throws Exception {
        ScheduleQueue<String> dead = open(leased());
        dead.submit(of(Priority.MEDIUM, "a"));
        claim(dead);
        pass(PERIOD);
        ScheduleQueue<String> queue = open(leased());
        assertThat(queue.claim().items()).isEmpty();
        try (Connection other = database.source().getConnection();
                Statement statement = other.createStatement()) {
            statement.execute(
                    "UPDATE ingest4j_worker SET lease_until = lease_until + 86400000000 WHERE epoch ="
                            + " (SELECT MIN(epoch) FROM ingest4j_worker)");
        }
        List<ScheduledItem<String>> taken = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            pass(SHORT_LEASE.dividedBy(2));
            queue.maintain();
            taken.addAll(queue.claim().items());
        }
        assertThat(names(taken)).containsExactly("a");
    }

    @Test
    void what_another_takes_back_while_its_queue_closes_is_counted_once() throws Exception {
        ScheduleQueue<String> queue = open(leased());
        queue.submit(of(Priority.MEDIUM, "a", "b"));
        claim(queue);
        Thread closing = new Thread(queue::close);
        try (Connection other = database.source().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("DELETE FROM ingest4j_worker");
            statement.execute("UPDATE ingest4j_item SET state = 0, epoch = 0");
            statement.execute(
                    "INSERT INTO ingest4j_depth VALUES (-1, " + Priority.MEDIUM.rank() + ", 2)");
            closing.start();
            while (database.number(
                            "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                    + " AND datname = current_database()")
                    == 0) {
                Thread.onSpinWait();
            }
            other.commit();
        }
        closing.join();
        assertThat(database.number("SELECT SUM(items) FROM ingest4j_depth")).isEqualTo(2);
        pass(PERIOD);
        assertThat(names(open(leased()).claim().items())).containsExactly("a", "b");
    }

    @Test
    void what_others_added_and_took_is_told_at_once() {
        ScheduleQueue<String> queue = open(rules());
        ScheduleQueue<String> other = open(rules());
        other.submit(of(Priority.LOW, "a", "b"));
        assertThat(queue.statistics().depth().get(Priority.LOW)).isEqualTo(2);
        complete(queue, queue.claim().items());
        assertThat(other.statistics().depth().get(Priority.LOW)).isZero();
    }

    @Test
    void what_was_miscounted_is_counted_when_nobody_is_at_work() {
        ScheduleQueue<String> queue = open(rules());
        queue.submit(of(Priority.LOW, "a", "b"));
        database.execute("UPDATE ingest4j_depth SET items = 1000");
        open(rules()).close();
        assertThat(queue.statistics().depth().get(Priority.LOW)).isEqualTo(1000);
        queue.close();
        assertThat(open(rules()).statistics().depth().get(Priority.LOW)).isEqualTo(2);
    }

    @Test
    void the_period_of_others_begins_when_the_calls_have_begun() {
        ScheduleQueue<String> queue = open(rules(1));
        ScheduleQueue<String> other = open(rules(1));
        queue.submit(of(Priority.MEDIUM, "a", "b"));
        queue.claim();
        pass(Duration.ofMillis(700));
        assertThat(queue.mayBegin()).isTrue();
        queue.begun();
        pass(PERIOD.minusNanos(1_000));
        ScheduleQueue.Claim<String> early = other.claim();
        assertThat(early.items()).isEmpty();
        assertThat(early.waitNanos()).isEqualTo(1_000);
        pass(Duration.ofNanos(1_000));
        assertThat(names(other.claim().items())).containsExactly("b");
    }

    @Test
    void what_a_claim_waited_for_its_transaction_costs_its_calls_no_time() {
        CutConnections connections = new CutConnections(database.source());
        store = store(connections.source(), ItemForm.strings());
        ScheduleQueue<String> queue = open(leased());
        queue.submit(of(Priority.MEDIUM, "a"));
        connections.beforeTransaction = () -> pass(SHORT_LEASE.dividedBy(3));
        assertThat(names(queue.claim().items())).containsExactly("a");
        assertThat(queue.mayBegin()).isTrue();
        connections.beforeTransaction = () -> {};
    }

    @Test
    void a_first_schema_stays_while_an_older_process_is_at_work() {
        open(leased());
        makeFirstSchema();
        pass(Duration.ofSeconds(10));
        assertThatThrownBy(() -> open(leased()))
                .isInstanceOf(IngestException.class)
                .hasMessageContaining("one has a lease for another 20 s; stop all processes");
        assertThat(database.texts("SELECT value FROM ingest4j_meta WHERE name = 'version'"))
                .containsExactly("1");
        pass(Duration.ofSeconds(20));
        assertThat(open(leased()).isHeld()).isTrue();
    }

    @Test
    void calls_that_never_begin_hold_others_up_for_a_quarter_of_the_lease() {
        ScheduleQueue<String> dead = open(leased());
        ScheduleQueue<String> other = open(leased());
        dead.submit(of(Priority.MEDIUM, "a"));
        other.submit(of(Priority.MEDIUM, "b"));
        dead.claim();
        other.submit(of(Priority.MEDIUM, "c"));
        Duration longest = SHORT_LEASE.dividedBy(4);
        pass(longest.minusNanos(1_000));
        assertThat(dead.mayBegin()).isTrue();
        assertThat(other.claim().items()).isEmpty();
        pass(Duration.ofNanos(1_000));
        assertThat(dead.isHeld()).isTrue();
        assertThat(dead.mayBegin()).isFalse();
        pass(PERIOD.minusNanos(1_000));
        assertThat(other.claim().items()).isEmpty();
        pass(Duration.ofNanos(1_000));
        assertThat(names(other.claim().items())).containsExactly("c");
    }
}
