package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.Settlement;
import io.ingest4j.testkit.VirtualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The connection breaks at each call to the database in turn, while a story is played: what was
 * acknowledged is there in the end, what was refused is not, and every item is processed.
 */
class JdbcCutTest {

    private static final int MOST_CALLS = 2_000;

    /** Of so many calls one is cut, from a random one on; all of them in the long form. */
    private static final int SHORT_FORM = 8;

    private static final ScheduleRules RULES =
            new ScheduleRules(
                    3,
                    Duration.ofSeconds(5),
                    Optional.empty(),
                    true,
                    Duration.ofMinutes(5),
                    1_000,
                    Duration.ofDays(1),
                    Duration.ofSeconds(30));

    @TempDir Path directory;
    private int files;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sqlite_cut_at_some_calls(boolean afterwards) {
        playAll(afterwards, SHORT_FORM, this::sqlite);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void postgres_cut_at_some_calls(boolean afterwards) {
        TestDatabase database = TestDatabase.postgres();
        playAll(afterwards, SHORT_FORM, () -> emptied(database));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("soak")
    void sqlite_cut_at_each_call(boolean afterwards) {
        playAll(afterwards, 1, this::sqlite);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("soak")
    void postgres_cut_at_each_call(boolean afterwards) {
        TestDatabase database = TestDatabase.postgres();
        playAll(afterwards, 1, () -> emptied(database));
    }

    private TestDatabase sqlite() {
        return TestDatabase.sqlite(directory.resolve("cut" + files++ + ".db"));
    }

    private static TestDatabase emptied(TestDatabase database) {
        if (database.number("SELECT COUNT(*) FROM pg_tables WHERE tablename = 'virtual_clock'")
                == 0) {
            database.addVirtualClock(0);
        } else {
            database.setVirtualClock(0);
            database.execute(
                    "DELETE FROM ingest4j_submission; DELETE FROM ingest4j_item; DELETE FROM"
                            + " ingest4j_worker; DELETE FROM ingest4j_known; DELETE FROM"
                            + " ingest4j_dispatch; DELETE FROM ingest4j_turn");
        }
        return database;
    }

    private static void playAll(boolean afterwards, int step, Supplier<TestDatabase> databases) {
        int first = new Random().nextInt(step);
        for (int call = first; call < MOST_CALLS; call += step) {
            Story story = new Story(databases.get(), call, afterwards);
            if (!story.play()) {
                System.out.printf("cut at every call of %d from %d by %d%n", call, first, step);
                assertThat(call).isGreaterThan(50);
                return;
            }
        }
        throw new AssertionError("the story never ends");
    }

    /** A few submissions, claims, settlements and cancellations, each tried again when it fails. */
    private static final class Story {

        private final VirtualClock clock = new VirtualClock();
        private final TestDatabase database;
        private final CutConnections connections;
        private final ScheduleQueue<String> queue;
        private final String as;

        /** By the items' prefix, the ids that were given for it. */
        private final Map<String, String> acknowledged = new HashMap<>();

        private final Map<String, Boolean> maybe = new HashMap<>();
        private final TreeSet<String> completed = new TreeSet<>();

        Story(TestDatabase database, int call, boolean afterwards) {
            this.database = database;
            as = "cut " + (afterwards ? "after" : "before") + " call " + call;
            connections = new CutConnections(database.source());
            JdbcScheduleStore<String> store =
                    JdbcScheduleStore.of(connections.source(), ItemForm.strings());
            queue =
                    (database.isPostgres()
                                    ? store.postgresClock(TestDatabase.VIRTUAL_CLOCK)
                                    : store)
                            .open(
                                    RULES,
                                    clock,
                                    () -> Instant.EPOCH.plusNanos(clock.elapsedNanos()));
            connections.afterwards = afterwards;
            connections.left.set(call);
        }

        /** Returns false if the connection was never cut. */
        boolean play() {
            submit("a", Priority.MEDIUM, 4, "");
            submit("b", Priority.HIGH, 2, "key");
            work(false);
            submit("c", Priority.LOW, 3, "other");
            maintain();
            String a = acknowledged.get("a");
            if (a != null) {
                twice(() -> queue.cancel(a));
            }
            work(true);
            boolean cut = connections.hasCut;
            connections.left.set(-1);
            finish();
            check();
            queue.close();
            return cut;
        }

        private void submit(String name, Priority priority, int items, String key) {
            List<String> all = new ArrayList<>();
            for (int i = 0; i < items; i++) {
                all.add(name + i);
            }
            Submission<String> submission =
                    Submission.of(all, priority).withIdempotencyKey(key).withTenant(name);
            try {
                acknowledged.put(name, queue.submit(submission));
            } catch (IngestException e) {
                boolean unknown = e.getMessage().contains("unknown");
                assertThat(e.getMessage().contains("nothing of this was kept"))
                        .as(as)
                        .isNotEqualTo(unknown);
                maybe.put(name, unknown);
                if (!key.isEmpty()) {
                    acknowledged.put(name, queue.submit(submission));
                }
            }
        }

        private void twice(Runnable action) {
            try {
                action.run();
            } catch (IngestException e) {
                action.run();
            }
        }

        private void maintain() {
            twice(queue::maintain);
        }

        private void pass(Duration time) {
            clock.advance(time.toNanos());
            if (database.isPostgres()) {
                database.setVirtualClock(clock.elapsedNanos() / 1000);
            }
        }

        private void work(boolean retry) {
            pass(RULES.period());
            List<ScheduledItem<String>> items = new ArrayList<>();
            twice(() -> items.addAll(queue.claim().items()));
            List<Settlement<String>> ends = new ArrayList<>();
            for (ScheduledItem<String> item : items) {
                if (retry && item.index() == 1) {
                    ends.add(Settlement.retry(item, "again", Duration.ofSeconds(3)));
                } else {
                    ends.add(Settlement.completed(item));
                    completed.add(item.item());
                }
            }
            twice(() -> queue.settle(ends));
        }

        /** No lease ends on the way, so what a lost claim took has to come back without that. */
        private void finish() {
            int rounds = 0;
            do {
                work(false);
                maintain();
            } while (open() > 0 && ++rounds < 6);
        }

        private long open() {
            return database.number("SELECT COUNT(*) FROM ingest4j_item WHERE state IN (0, 1, 5)");
        }

        private void check() {
            assertThat(queue.statistics().depth().values()).as(as).containsOnly(0L);
            assertThat(open()).as(as + ": open").isZero();
            acknowledged.forEach(
                    (name, id) -> {
                        SubmissionStatus<String> status = queue.status(id).orElseThrow();
                        assertThat(status.state().isEnd()).as(as + ": " + status).isTrue();
                        assertThat(status.batches().get(0).items().get(0)).startsWith(name);
                    });
            for (String name : List.of("a", "b", "c")) {
                long kept =
                        database.number(
                                "SELECT COUNT(*) FROM ingest4j_submission WHERE tenant = '"
                                        + name
                                        + "'");
                boolean known = acknowledged.containsKey(name) || maybe.containsKey(name);
                assertThat(known).isTrue();
                if (acknowledged.containsKey(name)) {
                    assertThat(kept).as(as + ": " + name).isEqualTo(1);
                } else if (!maybe.get(name)) {
                    assertThat(kept).as(as + ": " + name).isZero();
                }
            }
            assertThat(
                            database.number(
                                    "SELECT COUNT(*) FROM ingest4j_submission s WHERE item_count <>"
                                            + " (SELECT COUNT(*) FROM ingest4j_item i WHERE"
                                            + " i.submission = s.number) OR open_count <> 0 OR"
                                            + " cancelled_count <> (SELECT COUNT(*) FROM"
                                            + " ingest4j_item i WHERE i.submission = s.number AND"
                                            + " state = 4)"))
                    .as(as + ": half done")
                    .isZero();
            assertThat(completed)
                    .as(as)
                    .containsAll(database.texts("SELECT text FROM ingest4j_item WHERE state = 2"));
        }
    }
}
