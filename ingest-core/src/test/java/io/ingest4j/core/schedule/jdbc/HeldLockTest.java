package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that hangs with the lock of all claims, on a real PostgreSQL and its own clock. */
@Tag("real-time")
class HeldLockTest {

    private static final Duration LEASE = Duration.ofSeconds(6);
    private static final ScheduleRules RULES =
            new ScheduleRules(
                    2,
                    Duration.ZERO,
                    Optional.empty(),
                    false,
                    Duration.ofMinutes(5),
                    1_000_000,
                    Duration.ofDays(1),
                    LEASE);

    /** A queue and what it has in hand. */
    private record Worker(
            ScheduleQueue<String> queue, String id, List<ScheduledItem<String>> items) {}

    @Test
    @Timeout(60)
    void costs_the_others_no_lease() throws Exception {
        TestDatabase database = TestDatabase.postgres();
        List<Worker> workers = List.of(work(database), work(database));
        try (Connection other = database.source().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT value FROM ingest4j_meta WHERE name = 'rate' FOR UPDATE");
            Ticker ticker = Ticker.system();
            long since = ticker.nanos();
            int submitted = 0;
            while (ticker.nanos() - since < LEASE.toNanos() * 5 / 4) {
                for (Worker worker : workers) {
                    worker.queue.maintain();
                    assertThat(worker.queue.claim().items()).isEmpty();
                    worker.queue.submit(Submission.of(List.of("s" + submitted++), Priority.LOW));
                    assertThat(worker.queue.isHeld()).isTrue();
                }
            }
            for (Worker worker : workers) {
                assertThat(
                                worker.queue.settle(
                                        worker.items.stream().map(Settlement::completed).toList()))
                        .containsEntry(worker.id, State.COMPLETED);
            }
            assertThat(database.number("SELECT COUNT(*) FROM ingest4j_worker")).isEqualTo(2);
            other.rollback();
            assertThat(workers.get(0).queue.claim().items()).hasSize(2);
        } finally {
            workers.forEach(worker -> worker.queue.close());
        }
    }

    private static Worker work(TestDatabase database) {
        ScheduleQueue<String> queue =
                JdbcScheduleStore.of(database.source(), ItemForm.strings())
                        .open(RULES, Ticker.system(), InstantSource.system());
        String id = queue.submit(Submission.of(List.of("a", "b"), Priority.HIGH));
        return new Worker(queue, id, new ArrayList<>(queue.claim().items()));
    }
}
