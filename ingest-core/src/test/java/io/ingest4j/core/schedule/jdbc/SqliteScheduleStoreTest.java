package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.Settlement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

class SqliteScheduleStoreTest extends JdbcStoreContract {

    @TempDir Path directory;
    private int files;

    @Override
    TestDatabase createDatabase() {
        return TestDatabase.sqlite(directory.resolve("schedule" + files++ + ".db"));
    }

    @Test
    void a_scheduler_after_another_waits_for_a_period_first() {
        ScheduleQueue<String> queue = open(rules());
        assertThat(queue.hasDispatched()).isFalse();
        queue.submit(of(Priority.MEDIUM, "a"));
        claim(queue);
        queue.close();
        assertThat(open(rules()).hasDispatched()).isTrue();
    }

    @Test
    void a_clock_that_was_set_back_blocks_for_a_period_at_most() {
        ScheduleQueue<String> queue = open(rules(1));
        queue.submit(of(Priority.MEDIUM, "a", "b"));
        complete(queue, claim(queue));
        queue.close();
        store.open(rules(1), clock, () -> timeOfDay.instant().minus(Duration.ofDays(30))).close();
        ScheduleQueue<String> later =
                store.open(rules(1), clock, () -> timeOfDay.instant().minus(Duration.ofDays(30)));
        assertThat(later.claim().waitNanos()).isEqualTo(PERIOD.toNanos());
        assertThat(names(claim(later))).containsExactly("b");
        later.close();
    }

    @Test
    void a_database_in_memory_is_refused() {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite::memory:");
        assertThatThrownBy(
                        () ->
                                JdbcScheduleStore.of(source, ItemForm.strings())
                                        .open(rules(), clock, timeOfDay))
                .isInstanceOf(IngestException.class)
                .hasMessageStartingWith("the schedule's SQLite database must be a file");
    }

    @Test
    void a_clock_that_is_set_forward_ends_no_lease() {
        AtomicReference<Duration> step = new AtomicReference<>(Duration.ZERO);
        ScheduleQueue<String> queue =
                store.open(leased(), clock, () -> timeOfDay.instant().plus(step.get()));
        String id = queue.submit(of(Priority.MEDIUM, "a", "b", "c", "d"));
        List<ScheduledItem<String>> items = claim(queue);
        step.set(Duration.ofDays(1));
        assertThat(complete(queue, items)).isEmpty();
        items = claim(queue);
        assertThat(names(items)).containsExactly("d");
        step.set(Duration.ofDays(2));
        queue.maintain();
        assertThat(queue.isHeld()).isTrue();
        assertThat(complete(queue, items)).containsOnlyKeys(id);
        queue.close();
    }

    @Test
    void a_clock_that_is_set_back_puts_nothing_off_for_longer_than_it_ever_was() {
        AtomicReference<Duration> step = new AtomicReference<>(Duration.ZERO);
        ScheduleQueue<String> queue =
                store.open(rules(1), clock, () -> timeOfDay.instant().plus(step.get()));
        queue.submit(of(Priority.MEDIUM, "a"));
        ScheduledItem<String> item = claim(queue).get(0);
        queue.settle(List.of(Settlement.retry(item, "again", Duration.ofMinutes(2))));
        step.set(Duration.ofDays(-30));
        assertThat(queue.claim().items()).isEmpty();
        pass(PERIOD);
        assertThat(queue.claim().waitNanos()).isEqualTo(Duration.ofMinutes(2).toNanos());
        pass(Duration.ofMinutes(2));
        assertThat(names(queue.claim().items())).containsExactly("a");
        queue.close();
    }
}
