package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.Settlement;
import io.ingest4j.spi.Ticker;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How PostgreSQL executes what a queue asks, and what of it stays in the session. */
class PostgresPlanTest {

    /** From this cost on PostgreSQL compiles a query, which takes longer than any of ours. */
    private static final double JIT_ABOVE_COST = 100_000;

    private static final Pattern READS_ALL =
            Pattern.compile("Seq Scan on ingest4j_(item|submission)");
    private static final int ROWS = 200_000;

    private TestDatabase database;

    private void use(String server) {
        if (server.equals("embedded")) {
            database = TestDatabase.postgres();
        } else {
            PostgresServer debian = PostgresServer.debian();
            database = TestDatabase.postgres(debian.url(debian.makeDatabase()));
        }
    }

    private static ScheduleQueue<String> open(DataSource source, boolean fair) {
        ScheduleRules rules =
                new ScheduleRules(
                        3,
                        Duration.ZERO,
                        Optional.of(Duration.ofMinutes(5)),
                        fair,
                        Duration.ofMinutes(5),
                        10_000_000,
                        Duration.ofDays(1),
                        Duration.ofHours(1));
        return JdbcScheduleStore.of(source, ItemForm.strings())
                .open(rules, Ticker.system(), InstantSource.system());
    }

    /** Everything that a queue can be asked. */
    private static void use(ScheduleQueue<String> queue) {
        for (int i = 0; i < 10; i++) {
            Submission<String> submission =
                    Submission.of(List.of("a", "b", "c", "d"), Priority.HIGH)
                            .withIdempotencyKey("k" + i % 4)
                            .withTenant("t" + i % 2);
            String id = queue.submit(submission);
            List<ScheduledItem<String>> items = queue.claim().items();
            List<Settlement<String>> ends = new ArrayList<>();
            for (ScheduledItem<String> item : items) {
                ends.add(
                        item.index() == 0
                                ? Settlement.retry(item, "again", Duration.ofMillis(1))
                                : Settlement.completed(item));
            }
            queue.settle(ends);
            queue.cancel(id);
            queue.status(id);
            queue.isOpen(id);
            queue.maintain();
            queue.statistics();
            queue.open(10);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedded", "debian"})
    void no_query_is_so_dear_that_it_is_compiled(String server) {
        use(server);
        Map<String, Double> costs = new ConcurrentSkipListMap<>();
        DataSource explained =
                explained(
                        database.source(),
                        (query, plan) -> costs.merge(query, cost(plan), Math::max));
        for (boolean fair : new boolean[] {false, true}) {
            try (ScheduleQueue<String> queue = open(explained, fair)) {
                use(queue);
            }
        }
        assertThat(costs).hasSizeGreaterThan(30);
        assertThat(costs).allSatisfy((query, cost) -> assertThat(cost).isLessThan(JIT_ABOVE_COST));
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedded", "debian"})
    void a_table_that_was_empty_when_it_was_looked_at_is_not_read_as_a_whole(String server) {
        use(server);
        Map<String, List<String>> whole = new ConcurrentSkipListMap<>();
        AtomicBoolean isFull = new AtomicBoolean();
        DataSource explained =
                explained(
                        database.source(),
                        (query, plan) -> {
                            if (isFull.get() && plan.stream().anyMatch(READS_ALL.asPredicate())) {
                                whole.put(query, plan);
                            }
                        });
        try (ScheduleQueue<String> queue = open(database.source(), true);
                ScheduleQueue<String> other = open(database.source(), false);
                ScheduleQueue<String> third = open(explained, true)) {
            database.execute("VACUUM ANALYZE");
            for (int i = 0; i < 20; i++) {
                queue.claim();
                other.claim();
                queue.maintain();
                queue.statistics();
                queue.isOpen("none");
            }
            third.claim(); // the next one only asks whether anything is there
            fill();
            isFull.set(true);
            use(third);
            assertThat(whole).as("reads a whole table").isEmpty();
            long before = read();
            use(queue);
            use(other);
            assertThat(read() - before).as("rows read without an index").isLessThan(ROWS);
        }
    }

    private void fill() {
        database.execute(
                "INSERT INTO ingest4j_submission SELECT n, 1, '', 3, 10, 1, 10, 0, 0, NULL FROM"
                        + " generate_series(1000, 1000 + "
                        + ROWS / 10
                        + ") n");
        database.execute(
                "INSERT INTO ingest4j_item SELECT 1000 + n / 10, n % 10, 1, '', 3, 1, CASE WHEN n <"
                        + " 100000 THEN 2 ELSE 0 END, 0, 0, 0, 0, 'i', '' FROM"
                        + " generate_series(0, "
                        + (ROWS - 1)
                        + ") n");
    }

    private long read() {
        return database.number(
                "SELECT SUM(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN"
                        + " ('ingest4j_item', 'ingest4j_submission')");
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedded", "debian"})
    void the_session_keeps_no_setting(String server) throws Exception {
        use(server);
        database.execute("ALTER DATABASE " + name() + " SET synchronous_commit = off");
        database.execute(
                "ALTER DATABASE " + name() + " SET default_transaction_isolation = serializable");
        try (Connection one = database.source().getConnection();
                Connection other = database.source().getConnection()) {
            List<String> before = settings(one);
            DataSource lent = lending(List.of(one, other));
            try (ScheduleQueue<String> queue = open(lent, true)) {
                database.execute(
                        "CREATE TABLE commits AS SELECT current_setting('synchronous_commit') AS how,"
                                + " current_setting('transaction_isolation') AS isolation LIMIT 0");
                database.execute(
                        "CREATE FUNCTION note() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN INSERT"
                                + " INTO commits SELECT current_setting('synchronous_commit'),"
                                + " current_setting('transaction_isolation'); RETURN NEW; END $$");
                database.execute(
                        "CREATE TRIGGER note AFTER INSERT ON ingest4j_submission FOR EACH ROW EXECUTE"
                                + " FUNCTION note()");
                use(queue);
                assertThat(different(settings(one), before)).isEmpty();
                assertThat(different(settings(other), before)).isEmpty();
            }
            assertThat(different(settings(one), before)).isEmpty();
            assertThat(database.texts("SELECT DISTINCT how FROM commits")).containsExactly("on");
            assertThat(database.texts("SELECT DISTINCT isolation FROM commits"))
                    .containsExactly("read committed");
        }
    }

    private String name() {
        return database.texts("SELECT current_database()").get(0);
    }

    private static List<String> different(List<String> settings, List<String> before) {
        List<String> different = new ArrayList<>(settings);
        different.removeAll(before);
        return different;
    }

    /** What was set in the session, and what counts there. */
    private static List<String> settings(Connection connection) throws SQLException {
        boolean isAuto = connection.getAutoCommit();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT name || ' = ' || setting FROM pg_settings WHERE name NOT LIKE"
                                        + " 'transaction_%' AND name NOT LIKE 'plpgsql.%' AND context IN"
                                        + " ('user', 'superuser')"
                                        + " ORDER BY name")) {
            List<String> all = new ArrayList<>();
            while (row.next()) {
                all.add(row.getString(1));
            }
            if (!isAuto) {
                connection.rollback();
            }
            return all;
        }
    }

    /** A pool with these connections, which it doesn't clean. */
    private static DataSource lending(List<Connection> connections) {
        List<Connection> free = new ArrayList<>(connections);
        return proxy(
                DataSource.class,
                (method, arguments) -> {
                    Connection next = free.get(0);
                    Connection lent =
                            proxy(
                                    Connection.class,
                                    (called, parameters) -> {
                                        if (called.getName().equals("close")) {
                                            free.add(next);
                                            return null;
                                        }
                                        return called.invoke(next, parameters);
                                    });
                    free.remove(0);
                    return lent;
                });
    }

    /** Explains each query before it is executed, in the same session. */
    private static DataSource explained(DataSource source, BiConsumer<String, List<String>> plans) {
        return proxy(
                DataSource.class,
                (method, arguments) -> {
                    Connection connection = (Connection) method.invoke(source, arguments);
                    return proxy(
                            Connection.class,
                            (called, parameters) -> {
                                Object result = called.invoke(connection, parameters);
                                if (result instanceof PreparedStatement statement) {
                                    return explained(
                                            PreparedStatement.class, connection, statement, plans);
                                }
                                return result instanceof Statement statement
                                        ? explained(Statement.class, connection, statement, plans)
                                        : result;
                            });
                });
    }

    private static <S extends Statement> S explained(
            Class<S> type,
            Connection connection,
            S statement,
            BiConsumer<String, List<String>> plans) {
        return proxy(
                type,
                (called, parameters) -> {
                    String name = called.getName();
                    if (name.startsWith("execute") && !name.equals("executeBatch")
                            || name.equals("addBatch")) {
                        String query =
                                parameters == null ? statement.toString() : (String) parameters[0];
                        query = query.split(";\n")[0]; // the first of a batch
                        if (query.matches("(?s)\\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\\b.*")) {
                            plans.accept(query.replaceAll("\\d+", "?"), plan(connection, query));
                        }
                    }
                    return called.invoke(statement, parameters);
                });
    }

    private static List<String> plan(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("EXPLAIN " + query)) {
            List<String> lines = new ArrayList<>();
            while (row.next()) {
                lines.add(row.getString(1));
            }
            return lines;
        }
    }

    private static double cost(List<String> plan) {
        return Double.parseDouble(plan.get(0).replaceAll(".*\\.\\.([0-9.]+) rows.*", "$1"));
    }

    /** Answers a call. */
    private interface Answer {
        Object call(java.lang.reflect.Method method, Object[] arguments) throws Throwable;
    }

    private static <P> P proxy(Class<P> type, Answer answer) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> {
                            try {
                                return answer.call(method, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
    }
}
