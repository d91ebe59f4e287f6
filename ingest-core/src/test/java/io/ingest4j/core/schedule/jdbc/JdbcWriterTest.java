package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.testkit.VirtualClock;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations that go together, beside a queue on the same file. */
class JdbcWriterTest {

    private static final ScheduleRules RULES =
            new ScheduleRules(
                    10_000,
                    Duration.ZERO,
                    Optional.empty(),
                    false,
                    Duration.ofMinutes(5),
                    1_000_000,
                    Duration.ofDays(1),
                    Duration.ofDays(30));

    @TempDir Path directory;
    private final VirtualClock clock = new VirtualClock();
    private final JdbcDepth depth = new JdbcDepth(clock);
    private TestDatabase database;
    private ScheduleQueue<String> queue;
    private JdbcWriter writer;

    @BeforeEach
    void open() throws SQLException {
        database = TestDatabase.sqlite(directory.resolve("writer.db"));
        queue =
                JdbcScheduleStore.of(database.source(), ItemForm.strings())
                        .open(RULES, clock, this::now);
        JdbcDialect dialect = new SqliteDialect(this::now);
        JdbcTables tables = new JdbcTables("", "ingest4j_");
        JdbcWriter.Opener opener = () -> JdbcSession.open(database.source(), dialect, tables);
        writer = new JdbcWriter(dialect, opener, opener.open(), depth);
    }

    @AfterEach
    void close() {
        writer.close();
        queue.close();
    }

    private Instant now() {
        return Instant.EPOCH.plusNanos(clock.elapsedNanos());
    }

    private static final class Broken extends JdbcOperation<Long> {

        private int attempts;

        Broken() {
            super(Kind.SETTLE);
        }

        @Override
        Long apply(JdbcSession session, long now) throws SQLException {
            attempts++;
            session.update("UPDATE {submission} SET failed_count = 7");
            throw new IllegalStateException("broken");
        }
    }

    private static final class Fine extends JdbcOperation<Long> {

        private boolean kept;

        Fine() {
            super(Kind.UPKEEP);
        }

        @Override
        Long apply(JdbcSession session, long now) {
            return 1L;
        }

        @Override
        void kept(Long outcome) {
            kept = true;
        }
    }

    private JdbcSubmit submit() {
        return JdbcSubmit.of(
                Submission.of(List.of("a", "b"), Priority.HIGH), Function.identity(), RULES, depth);
    }

    @Test
    void an_operation_that_throws_fails_alone() {
        // The first transaction opens the connection, so that the next is for all.
        writer.execute(List.of(submit()));
        JdbcSubmit one = submit();
        JdbcSubmit other = submit();
        Broken broken = new Broken();
        Fine fine = new Fine();
        writer.execute(List.of(one, broken, fine, other));
        assertThat(one.result()).isNotEqualTo(other.result());
        assertThat(fine.kept).isTrue();
        assertThatThrownBy(broken::result)
                .isInstanceOf(IngestException.class)
                .hasMessageContaining("nothing of this was kept")
                .hasRootCauseMessage("broken");
        assertThat(broken.attempts).isEqualTo(2);
        assertThat(database.number("SELECT COUNT(*) FROM ingest4j_submission")).isEqualTo(3);
        assertThat(database.number("SELECT MAX(failed_count) FROM ingest4j_submission")).isZero();
        assertThat(depth.queued()).isEqualTo(6);
    }

    @Test
    void a_closed_writer_says_so() {
        writer.close();
        JdbcSubmit late = submit();
        writer.execute(List.of(late));
        assertThatThrownBy(late::result)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void a_large_submission_is_removed_in_parts_and_is_not_there_meanwhile() {
        String id =
                queue.submit(
                        Submission.of(
                                IntStream.range(0, 5_000).mapToObj(String::valueOf).toList(),
                                Priority.HIGH));
        queue.submit(Submission.of(List.of("stays"), Priority.LOW));
        queue.cancel(id);
        clock.advance(Duration.ofDays(2).toNanos());
        long[] left = {3_000, 1_000, 0};
        for (int i = 0; i < left.length; i++) {
            JdbcUpkeep upkeep = new JdbcUpkeep(RULES);
            writer.execute(List.of(upkeep));
            assertThat(upkeep.result()).isEqualTo(i < 2);
            assertThat(database.number("SELECT COUNT(*) FROM ingest4j_item"))
                    .isEqualTo(left[i] + 1);
            assertThat(database.number("SELECT COUNT(*) FROM ingest4j_submission"))
                    .isEqualTo(i < 2 ? 2 : 1);
            assertThat(queue.status(id)).isEmpty();
            assertThat(queue.isOpen(id)).isFalse();
            assertThat(queue.cancel(id).state()).isEmpty();
        }
    }
}
