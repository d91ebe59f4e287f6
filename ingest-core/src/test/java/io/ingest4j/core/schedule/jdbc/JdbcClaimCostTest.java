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
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prints what a claim costs with a long queue and a long history, and how the databases find it. */
@Tag("soak")
class JdbcClaimCostTest {

    private static final int ITEMS = Integer.getInteger("items", 1_000_000);
    private static final int CLAIMS = 300;

    @TempDir Path directory;

    @Test
    void sqlite_claims_from_a_long_queue() throws Exception {
        measure(TestDatabase.sqlite(directory.resolve("long.db")));
    }

    @Test
    void postgres_claims_from_a_long_queue() throws Exception {
        measure(TestDatabase.postgres());
    }

    @Test
    void postgres_claims_among_dead_tuples() throws Exception {
        TestDatabase database = TestDatabase.postgres();
        try (ScheduleQueue<String> queue = open(database, false)) {
            List<String> items = new ArrayList<>();
            for (int i = 0; i < 30_000; i++) {
                items.add("i" + i);
            }
            queue.submit(Submission.of(items, Priority.MEDIUM));
            print("without dead tuples", claims(queue, CLAIMS));
            try (Connection other = database.source().getConnection();
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                statement.executeQuery("SELECT COUNT(*) FROM ingest4j_item").close();
                claims(queue, 24_000 / 3 - CLAIMS);
                print("with 24,000 that a long transaction keeps", claims(queue, CLAIMS));
                other.rollback();
            }
            print("after that transaction", claims(queue, CLAIMS));
        }
    }

    private static void measure(TestDatabase database) {
        open(database, false).close();
        database.execute(rows(database, "ingest4j_submission", SUBMISSION));
        database.execute(rows(database, "ingest4j_item", ITEM));
        for (boolean fair : new boolean[] {false, true}) {
            long since = System.nanoTime();
            try (ScheduleQueue<String> queue = open(database, fair)) {
                System.out.printf(
                        "%s, %s: open in %d ms%n",
                        database.url(),
                        fair ? "100 tenants by turns" : "by priority",
                        (System.nanoTime() - since) / 1_000_000);
                print("claim and settle of 3", claims(queue, CLAIMS));
                if (database.isPostgres()) {
                    database.execute("ANALYZE");
                    print("the same after ANALYZE", claims(queue, CLAIMS));
                }
            }
        }
        explain(database);
    }

    private static final String SUBMISSION =
            "SELECT n, n % 3, 't' || n % 100, 10, 10, 1, CASE WHEN n <= %1$d THEN 0 ELSE 10 END, 0, 0,"
                    + " CASE WHEN n <= %1$d THEN 1 END";
    private static final String ITEM =
            "SELECT n / 10 + 1, n % 10, (n / 10 + 1) % 3, 't' || (n / 10 + 1) % 100, 10, 1, CASE WHEN n"
                    + " / 10 < %1$d THEN 2 ELSE 0 END, CASE WHEN n / 10 < %1$d THEN 1 ELSE 0 END, 0, 0,"
                    + " 0, 'item' || n, ''";

    private static String rows(TestDatabase database, String table, String select) {
        boolean isItem = select.equals(ITEM);
        int count = isItem ? 2 * ITEMS : 2 * ITEMS / 10;
        int first = isItem ? 0 : 1;
        int last = first + count - 1;
        String values = select.replace("%1$d", String.valueOf(ITEMS / 10));
        return database.isPostgres()
                ? "INSERT INTO "
                        + table
                        + " "
                        + values
                        + " FROM generate_series("
                        + first
                        + ", "
                        + last
                        + ") n"
                : "WITH RECURSIVE s(n) AS (SELECT "
                        + first
                        + " UNION ALL SELECT n + 1 FROM s WHERE n < "
                        + last
                        + ") INSERT INTO "
                        + table
                        + " "
                        + values
                        + " FROM s";
    }

    private static void explain(TestDatabase database) {
        String kind = database.isPostgres() ? "EXPLAIN " : "EXPLAIN QUERY PLAN ";
        String select = "SELECT submission, idx FROM ingest4j_item WHERE state = 0 AND ";
        for (String query :
                List.of(
                        select
                                + "priority >= 1 AND priority <= 1 ORDER BY priority, submission, idx"
                                + " LIMIT 3",
                        select
                                + "(priority, tenant) >= (1, 't5') AND (priority, tenant) <= (1, 't5')"
                                + " ORDER BY priority, tenant, submission, idx LIMIT 3",
                        "SELECT MIN(due_at) FROM ingest4j_item WHERE state = 5",
                        "SELECT submission, idx FROM ingest4j_item WHERE state = 1 AND epoch = 7")) {
            List<String> plan = database.texts(kind + query, database.isPostgres() ? 1 : 4);
            System.out.println(query + "\n    " + String.join("\n    ", plan));
        }
    }

    private static long[] claims(ScheduleQueue<String> queue, int count) {
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            long since = System.nanoTime();
            List<ScheduledItem<String>> items = queue.claim().items();
            assertThat(items).hasSize(3);
            queue.settle(items.stream().map(Settlement::completed).toList());
            nanos[i] = System.nanoTime() - since;
        }
        return nanos;
    }

    private static void print(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                "  %s: median %,d us, 99 %% %,d us%n",
                what, nanos[nanos.length / 2] / 1_000, nanos[nanos.length * 99 / 100] / 1_000);
    }

    private static ScheduleQueue<String> open(TestDatabase database, boolean fair) {
        ScheduleRules rules =
                new ScheduleRules(
                        3,
                        Duration.ZERO,
                        Optional.empty(),
                        fair,
                        Duration.ofMinutes(5),
                        10_000_000,
                        Duration.ofDays(1),
                        Duration.ofHours(1));
        return JdbcScheduleStore.of(database.source(), ItemForm.strings())
                .open(rules, Ticker.system(), InstantSource.system());
    }
}
