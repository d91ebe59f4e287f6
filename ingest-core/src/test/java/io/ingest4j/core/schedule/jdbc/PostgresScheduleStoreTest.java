package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.Priority;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import java.time.Duration;
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
}
