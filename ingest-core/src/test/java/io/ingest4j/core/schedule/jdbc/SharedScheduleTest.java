package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.spi.Ticker;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four processes on one PostgreSQL, one of which is stopped for twice its lease. */
@Tag("real-time")
class SharedScheduleTest {

    private static final int PROCESSES = 4;
    private static final int SUBMISSIONS = 150;
    private static final int ITEMS = 5;

    @TempDir Path directory;

    @Test
    void a_process_that_was_stopped_loses_nothing_and_completes_nothing() throws Exception {
        TestDatabase database = TestDatabase.postgres();
        database.execute("CREATE TABLE calls (item TEXT, process BIGINT, called_at BIGINT)");
        ScheduleQueue<String> queue = open(database);
        // What settled an item is gone with the settlement, so the database keeps it for the test.
        // The lease is checked after the transaction began, which then keeps it until its end.
        database.execute(
                "CREATE TABLE ends (epoch BIGINT, lease_until BIGINT, began_at BIGINT, ended_at"
                        + " BIGINT)");
        database.execute(
                "CREATE FUNCTION note_end() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN INSERT INTO"
                        + " ends SELECT OLD.epoch, (SELECT lease_until FROM ingest4j_worker WHERE"
                        + " epoch = OLD.epoch), CAST(EXTRACT(EPOCH FROM transaction_timestamp()) *"
                        + " 1000000 AS BIGINT), CAST(EXTRACT(EPOCH FROM clock_timestamp()) *"
                        + " 1000000 AS BIGINT); RETURN NEW; END $$");
        database.execute(
                "CREATE TRIGGER note_end AFTER UPDATE ON ingest4j_item FOR EACH ROW WHEN (OLD.state"
                        + " = 1 AND NEW.state = 2) EXECUTE FUNCTION note_end()");
        for (int i = 0; i < SUBMISSIONS; i++) {
            List<String> items = new ArrayList<>();
            for (int j = 0; j < ITEMS; j++) {
                items.add(i + "." + j);
            }
            queue.submit(Submission.of(items, Priority.values()[i % 3]));
        }
        List<Process> processes = new ArrayList<>();
        try {
            for (int i = 0; i < PROCESSES; i++) {
                processes.add(start(database, i));
            }
            Process stopped = processes.get(0);
            await().until(() -> calls(database, stopped) > 20);
            signal("-STOP", stopped);
            long stoppedAt = now(database);
            await().until(() -> now(database) > stoppedAt + 2 * micros(SharingProcess.LEASE));
            long continuedAt = now(database);
            signal("-CONT", stopped);
            await().until(
                            () ->
                                    database.number(
                                                    "SELECT COUNT(*) FROM ingest4j_submission WHERE"
                                                            + " open_count > 0")
                                            == 0);
            check(database, stopped, stoppedAt, continuedAt);
        } finally {
            for (Process process : processes) {
                process.getOutputStream().close();
                process.destroyForcibly().waitFor();
            }
            queue.close();
        }
    }

    private void check(TestDatabase database, Process stopped, long stoppedAt, long continuedAt) {
        int all = SUBMISSIONS * ITEMS;
        assertThat(database.number("SELECT COUNT(*) FROM ingest4j_item WHERE state = 2"))
                .isEqualTo(all);
        assertThat(database.number("SELECT COUNT(DISTINCT item) FROM calls")).isEqualTo(all);
        assertThat(database.number("SELECT COUNT(*) FROM ends")).isEqualTo(all);
        assertThat(
                        database.number(
                                "SELECT COUNT(*) FROM ends WHERE lease_until IS NULL OR lease_until <="
                                        + " began_at"))
                .as("completed by a process that had lost its lease")
                .isZero();
        List<Long> claims =
                database.numbers("SELECT claimed_at FROM ingest4j_dispatch ORDER BY number");
        for (int i = 1; i < claims.size(); i++) {
            assertThat(claims.get(i) - claims.get(i - 1))
                    .as("between two dispatches, in microseconds")
                    .isGreaterThanOrEqualTo(micros(SharingProcess.PERIOD));
        }
        assertThat(database.number("SELECT MAX(item_count) FROM ingest4j_dispatch"))
                .isLessThanOrEqualTo(SharingProcess.BATCH_SIZE);
        long late = stoppedAt + micros(SharingProcess.LEASE);
        long taken =
                database.number(
                        "SELECT COUNT(*) FROM (SELECT item FROM calls GROUP BY item HAVING COUNT(*) >"
                                + " 1) repeated");
        // A stop between the check of the lease and the call: what no store can prevent.
        long remains =
                database.number(
                        "SELECT COUNT(*) FROM calls c WHERE process = "
                                + stopped.pid()
                                + " AND called_at > "
                                + late
                                + " AND EXISTS (SELECT 1 FROM calls o WHERE o.item = c.item AND"
                                + " o.process <> c.process AND o.called_at < "
                                + continuedAt
                                + ")");
        long least = database.number("SELECT MIN(lease_until - ended_at) FROM ends");
        int fullest =
                fullestWindow(
                        database.numbers(
                                "SELECT called_at FROM calls WHERE process <> "
                                        + stopped.pid()
                                        + " OR called_at < "
                                        + stoppedAt
                                        + " ORDER BY called_at"),
                        micros(SharingProcess.PERIOD));
        assertThat(fullest)
                .as("calls in a sliding period")
                .isLessThanOrEqualTo(SharingProcess.BATCH_SIZE);
        System.out.printf(
                "%,d us left of the lease at the latest completion, at most %d calls in a sliding"
                        + " period%n",
                least, fullest);
        System.out.printf(
                "%d items in %d dispatches by %d processes; %d items called twice, %d of them by the"
                        + " stopped process after its lease%n",
                all, claims.size(), PROCESSES, taken, remains);
        assertThat(remains).isLessThanOrEqualTo(SharingProcess.BATCH_SIZE);
    }

    /** The most instants in any window, whose end does not belong to it. */
    private static int fullestWindow(List<Long> instants, long length) {
        int fullest = 0;
        int first = 0;
        for (int i = 0; i < instants.size(); i++) {
            while (instants.get(i) - instants.get(first) >= length) {
                first++;
            }
            fullest = Math.max(fullest, i - first + 1);
        }
        return fullest;
    }

    private static org.awaitility.core.ConditionFactory await() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(50));
    }

    private static long calls(TestDatabase database, Process process) {
        return database.number("SELECT COUNT(*) FROM calls WHERE process = " + process.pid());
    }

    private static long now(TestDatabase database) {
        return database.number(
                "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)");
    }

    private static long micros(Duration time) {
        return time.toNanos() / 1_000;
    }

    private static void signal(String signal, Process process)
            throws IOException, InterruptedException {
        int code =
                new ProcessBuilder("kill", signal, String.valueOf(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor();
        assertThat(code).isZero();
    }

    private Process start(TestDatabase database, int number) throws IOException {
        String real = System.getProperty("surefire.test.class.path");
        File output = Files.createFile(directory.resolve("process" + number + ".txt")).toFile();
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        real != null ? real : System.getProperty("java.class.path"),
                        SharingProcess.class.getName(),
                        database.url())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
    }

    private static ScheduleQueue<String> open(TestDatabase database) {
        ScheduleRules rules =
                new ScheduleRules(
                        SharingProcess.BATCH_SIZE,
                        SharingProcess.PERIOD,
                        Optional.empty(),
                        false,
                        Duration.ofMinutes(5),
                        1_000_000,
                        Duration.ofDays(1),
                        SharingProcess.LEASE);
        return JdbcScheduleStore.of(database.source(), ItemForm.strings())
                .open(rules, Ticker.system(), InstantSource.system());
    }
}
