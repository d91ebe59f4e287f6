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
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads, and several queues, on one database. */
class JdbcConcurrencyTest {

    private static final int THREADS = 16;
    private static final int SUBMISSIONS = 40;
    private static final int ITEMS = 3;

    private static final ScheduleRules RULES =
            new ScheduleRules(
                    10,
                    Duration.ZERO,
                    Optional.empty(),
                    false,
                    Duration.ofMinutes(5),
                    1_000_000,
                    Duration.ofDays(1),
                    Duration.ofHours(1));

    @TempDir Path directory;

    @Test
    void sqlite_accounts_for_all() throws Exception {
        accountForAll(TestDatabase.sqlite(directory.resolve("many.db")), 1);
    }

    @Test
    void postgres_accounts_for_all() throws Exception {
        accountForAll(TestDatabase.postgres(), 3);
    }

    private static void accountForAll(TestDatabase database, int queueCount) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        List<ScheduleQueue<String>> queues = new ArrayList<>();
        try {
            for (int i = 0; i < queueCount; i++) {
                queues.add(open(database));
            }
            Set<String> ids = ConcurrentHashMap.newKeySet();
            Set<String> processed = ConcurrentHashMap.newKeySet();
            AtomicInteger twice = new AtomicInteger();
            AtomicInteger left = new AtomicInteger(THREADS * SUBMISSIONS * ITEMS);
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                ScheduleQueue<String> queue = queues.get(i % queueCount);
                ends.add(threads.submit(() -> submit(queue, thread, ids)));
            }
            for (ScheduleQueue<String> queue : queues) {
                ends.add(
                        threads.submit(
                                () -> {
                                    while (left.get() > 0) {
                                        List<ScheduledItem<String>> items = queue.claim().items();
                                        for (ScheduledItem<String> item : items) {
                                            if (!processed.add(item.item())) {
                                                twice.incrementAndGet();
                                            }
                                        }
                                        queue.settle(
                                                items.stream().map(Settlement::completed).toList());
                                        left.addAndGet(-items.size());
                                    }
                                }));
            }
            for (Future<?> end : ends) {
                end.get();
            }
            assertThat(twice).hasValue(0);
            assertThat(processed).hasSize(THREADS * SUBMISSIONS * ITEMS);
            assertThat(ids).hasSize(THREADS * SUBMISSIONS);
            for (String id : ids) {
                assertThat(queues.get(0).status(id).orElseThrow().state())
                        .isEqualTo(State.COMPLETED);
            }
            assertThat(
                            database.number(
                                    "SELECT COUNT(*) FROM ingest4j_submission WHERE open_count <> 0"
                                            + " OR ended_at IS NULL"))
                    .isZero();
        } finally {
            queues.forEach(ScheduleQueue::close);
            threads.shutdownNow();
        }
    }

    private static void submit(ScheduleQueue<String> queue, int thread, Set<String> ids) {
        for (int i = 0; i < SUBMISSIONS; i++) {
            List<String> items = new ArrayList<>();
            for (int j = 0; j < ITEMS; j++) {
                items.add(thread + "." + i + "." + j);
            }
            Submission<String> submission = Submission.of(items, Priority.values()[i % 3]);
            ids.add(
                    queue.submit(
                            i % 2 == 0 ? submission : submission.withIdempotencyKey(items.get(0))));
        }
    }

    @Test
    void one_key_in_several_processes_at_once_is_one_submission() throws Exception {
        TestDatabase database = TestDatabase.postgres();
        ExecutorService threads = Executors.newCachedThreadPool();
        List<ScheduleQueue<String>> queues = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                queues.add(open(database));
            }
            for (int round = 0; round < 20; round++) {
                Set<String> ids = new HashSet<>();
                List<Future<String>> ends = new ArrayList<>();
                for (ScheduleQueue<String> queue : queues) {
                    for (int i = 0; i < 4; i++) {
                        Submission<String> submission =
                                Submission.of(List.of("a" + round), Priority.HIGH)
                                        .withIdempotencyKey("k" + round);
                        ends.add(threads.submit(() -> queue.submit(submission)));
                    }
                }
                for (Future<String> end : ends) {
                    ids.add(end.get());
                }
                assertThat(ids).hasSize(1);
            }
            assertThat(database.number("SELECT COUNT(*) FROM ingest4j_submission")).isEqualTo(20);
        } finally {
            queues.forEach(ScheduleQueue::close);
            threads.shutdownNow();
        }
    }

    @Test
    void several_processes_may_make_the_tables_at_once() throws Exception {
        TestDatabase database = TestDatabase.postgres();
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<ScheduleQueue<String>>> opened = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            opened.add(threads.submit(() -> open(database)));
        }
        Set<String> beginnings = new HashSet<>();
        for (Future<ScheduleQueue<String>> one : opened) {
            ScheduleQueue<String> queue = one.get();
            String id = queue.submit(Submission.of(List.of("a"), Priority.LOW));
            beginnings.add(id.substring(0, id.indexOf('-')));
            queue.close();
        }
        threads.shutdownNow();
        assertThat(beginnings).hasSize(1);
    }

    @Test
    void what_another_session_keeps_open_changes_neither_order_nor_end() throws Exception {
        TestDatabase database = TestDatabase.postgres();
        ScheduleQueue<String> queue = open(database);
        for (int i = 0; i < 30; i++) {
            queue.submit(Submission.of(List.of("a" + i, "b" + i), Priority.MEDIUM));
        }
        try (Connection other = database.source().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.executeQuery("SELECT COUNT(*) FROM ingest4j_item").close();
            List<String> taken = new ArrayList<>();
            for (List<ScheduledItem<String>> items = queue.claim().items();
                    !items.isEmpty();
                    items = queue.claim().items()) {
                items.forEach(item -> taken.add(item.item()));
                queue.settle(items.stream().map(Settlement::completed).toList());
            }
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                expected.add("a" + i);
                expected.add("b" + i);
            }
            assertThat(taken).isEqualTo(expected);
            other.rollback();
        }
        queue.close();
    }

    @Test
    void a_thread_that_is_interrupted_learns_what_became_of_its_submission() throws Exception {
        TestDatabase database = TestDatabase.sqlite(directory.resolve("interrupted.db"));
        ScheduleQueue<String> queue = open(database);
        Thread.currentThread().interrupt();
        String id = queue.submit(Submission.of(List.of("a"), Priority.LOW));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(queue.status(id)).isPresent();
        queue.close();
    }

    private static ScheduleQueue<String> open(TestDatabase database) {
        return JdbcScheduleStore.of(database.source(), ItemForm.strings())
                .open(RULES, Ticker.system(), InstantSource.system());
    }
}
