package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.Settlement;
import io.ingest4j.spi.Ticker;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's PostgreSQL, which compiles queries unless told otherwise, plain and behind PgBouncer. */
@Execution(ExecutionMode.CONCURRENT) // it waits for most of its time
@Timeout(120)
class PoolerTest {

    private static final int SUBMISSIONS = 40;
    private static final String UNNAMED = "&prepareThreshold=0";

    private static ScheduleQueue<String> open(String url) {
        ScheduleRules rules =
                new ScheduleRules(
                        3,
                        Duration.ZERO,
                        Optional.empty(),
                        false,
                        Duration.ofMinutes(5),
                        10_000_000,
                        Duration.ofDays(1),
                        Duration.ofHours(1));
        return JdbcScheduleStore.of(TestDatabase.postgres(url).source(), ItemForm.strings())
                .open(rules, Ticker.system(), InstantSource.system());
    }

    /** Two processes share a queue; prints how long each submission took from end to end. */
    private static void work(String name, String url) {
        List<String> done = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        try (ScheduleQueue<String> one = open(url);
                ScheduleQueue<String> other = open(url)) {
            long since = System.nanoTime();
            for (int i = 0; i < SUBMISSIONS; i++) {
                ScheduleQueue<String> queue = i % 2 == 0 ? one : other;
                List<String> items = List.of(i + ".0", i + ".1", i + ".2");
                expected.addAll(items);
                String id = queue.submit(Submission.of(items, Priority.HIGH));
                List<ScheduledItem<String>> claimed = queue.claim().items();
                claimed.forEach(item -> done.add(item.item()));
                assertThat(queue.settle(claimed.stream().map(Settlement::completed).toList()))
                        .containsEntry(id, State.COMPLETED);
                assertThat((queue == one ? other : one).status(id).orElseThrow().state())
                        .isEqualTo(State.COMPLETED);
                String late = queue.submit(Submission.of(List.of("late"), Priority.LOW));
                assertThat(other.cancel(late).isAny()).isTrue();
            }
            one.maintain();
            assertThat(one.statistics().depth().values()).containsOnly(0L);
            System.out.printf(
                    "%s: %,d us for a submission, its claim, end and status, and another that is"
                            + " cancelled%n",
                    name, (System.nanoTime() - since) / SUBMISSIONS / 1_000);
        }
        assertThat(done).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void debian_compiling_queries_or_not(String jit) {
        PostgresServer server = PostgresServer.debian();
        String database = server.makeDatabase();
        String url = server.url(database);
        TestDatabase.postgres(url).execute("ALTER DATABASE " + database + " SET jit = " + jit);
        work("Debian's PostgreSQL, jit " + jit, url);
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "transaction"})
    void behind_a_pooler(String mode) throws Exception {
        PostgresServer server = PostgresServer.debian();
        String database = server.makeDatabase();
        try (PgBouncer pooler = PgBouncer.start(server, mode, 20)) {
            String url = pooler.url(database);
            work("PgBouncer, " + mode, mode.equals("session") ? url : url + UNNAMED);
        }
    }

    @Test
    void a_pooler_with_one_connection_for_all_transactions_does() throws Exception {
        PostgresServer server = PostgresServer.debian();
        String database = server.makeDatabase();
        try (PgBouncer pooler = PgBouncer.start(server, "transaction", 1)) {
            work("PgBouncer with one connection", pooler.url(database) + UNNAMED);
        }
    }

    /** PgBouncer knows named statements from 1.21 on, if it is told to. */
    @Test
    void a_pooler_that_loses_named_statements_is_refused_with_the_way_out() throws Exception {
        PostgresServer server = PostgresServer.debian();
        String database = server.makeDatabase();
        try (PgBouncer pooler = PgBouncer.start(server, "transaction", 1)) {
            assertThatThrownBy(() -> work("PgBouncer, named statements", pooler.url(database)))
                    .isInstanceOf(IngestException.class)
                    .hasMessage(
                            "the schedule's database can't be opened: the pooler in front of"
                                    + " PostgreSQL, such as PgBouncer in transaction mode, must know"
                                    + " prepared statements, did not; add prepareThreshold=0 to the"
                                    + " JDBC URL");
        }
    }

    @Test
    void neither_takes_a_setting_of_other_clients_nor_leaves_one() throws Exception {
        PostgresServer server = PostgresServer.debian();
        String name = server.makeDatabase();
        TestDatabase database = TestDatabase.postgres(server.url(name));
        try (PgBouncer pooler = PgBouncer.start(server, "transaction", 1)) {
            String url = pooler.url(name) + UNNAMED;
            try (ScheduleQueue<String> queue = open(url);
                    Connection other = TestDatabase.postgres(url).source().getConnection();
                    Statement statement = other.createStatement()) {
                database.execute("CREATE TABLE commits (how TEXT)");
                database.execute(
                        "CREATE FUNCTION note() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN INSERT"
                                + " INTO commits SELECT current_setting('synchronous_commit');"
                                + " RETURN NEW; END $$");
                database.execute(
                        "CREATE TRIGGER note AFTER INSERT OR UPDATE ON ingest4j_item FOR EACH ROW"
                                + " EXECUTE FUNCTION note()");
                for (int i = 0; i < 10; i++) {
                    statement.execute("SET synchronous_commit = off");
                    queue.submit(Submission.of(List.of("a", "b"), Priority.HIGH));
                    queue.claim();
                    var row = statement.executeQuery("SHOW synchronous_commit");
                    row.next();
                    assertThat(row.getString(1)).isEqualTo("off");
                    row =
                            statement.executeQuery(
                                    "SELECT COUNT(*) FROM pg_settings WHERE source = 'session' AND"
                                            + " name IN ('enable_seqscan', 'plan_cache_mode',"
                                            + " 'lock_timeout',"
                                            + " 'idle_in_transaction_session_timeout',"
                                            + " 'default_transaction_isolation')");
                    row.next();
                    assertThat(row.getInt(1)).isZero();
                }
                assertThat(database.texts("SELECT DISTINCT how FROM commits"))
                        .containsExactly("on");
            }
        }
    }

    /** In session mode a client keeps its connection, so that one is not enough. */
    @Test
    void a_pooler_with_too_few_connections_is_refused() throws Exception {
        PostgresServer server = PostgresServer.debian();
        String database = server.makeDatabase();
        try (PgBouncer pooler = PgBouncer.start(server, "session", 1)) {
            assertThatThrownBy(() -> open(pooler.url(database)))
                    .isInstanceOf(IngestException.class)
                    .hasMessage(
                            "the schedule's data source must give 2 connections at the same time, gave"
                                    + " 1 and no other within 10 s");
        }
    }
}
