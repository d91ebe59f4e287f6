package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
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
}
