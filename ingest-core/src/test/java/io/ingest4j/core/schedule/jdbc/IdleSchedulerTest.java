package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.core.schedule.ScheduleStore;
import io.ingest4j.core.schedule.ScheduleStores;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What schedulers with nothing to do cost, on each store, with their real threads. */
@Tag("real-time")
class IdleSchedulerTest {

    private static final Duration WATCHED = Duration.ofSeconds(3);

    /** Of a core. */
    private static final double MOST_CPU = 0.03;

    /** Five transactions of a score of calls to the database at the most. */
    private static final long MOST_CALLS_A_SECOND = 100;

    @TempDir Path directory;

    @Test
    void nothing_to_do_takes_next_to_nothing() throws Exception {
        CutConnections file =
                new CutConnections(TestDatabase.sqlite(directory.resolve("idle.db")).source());
        CutConnections server = new CutConnections(TestDatabase.postgres().source());
        List<PriorityScheduler<String>> schedulers = new ArrayList<>();
        try {
            schedulers.add(start("idle-memory", ScheduleStores.memory()));
            schedulers.add(start("idle-sqlite", store(file)));
            schedulers.add(start("idle-postgres", store(server)));
            pass(Duration.ofSeconds(1)); // what is done for the first time takes longer
            file.left.set(Integer.MAX_VALUE);
            server.left.set(Integer.MAX_VALUE);
            long[] before = cpuNanos();
            long since = System.nanoTime();
            pass(WATCHED);
            long[] after = cpuNanos();
            double seconds = (System.nanoTime() - since) / 1e9;
            for (int i = 0; i < after.length; i++) {
                assertThat((after[i] - before[i]) / 1e9 / seconds).isLessThan(MOST_CPU);
            }
            assertThat((Integer.MAX_VALUE - file.left.get()) / seconds)
                    .isLessThan(MOST_CALLS_A_SECOND);
            assertThat((Integer.MAX_VALUE - server.left.get()) / seconds)
                    .isLessThan(MOST_CALLS_A_SECOND);
        } finally {
            schedulers.forEach(PriorityScheduler::close);
        }
    }

    private static ScheduleStore<String> store(CutConnections connections) {
        return JdbcScheduleStore.of(connections.source(), ItemForm.strings());
    }

    private static PriorityScheduler<String> start(String name, ScheduleStore<String> store) {
        return PriorityScheduler.<String>calling(CompletableFuture::completedFuture)
                .name(name)
                .store(store)
                .start();
    }

    private static long[] cpuNanos() {
        long[] ids =
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("idle-"))
                        .mapToLong(Thread::getId)
                        .sorted()
                        .toArray();
        assertThat(ids).hasSize(3);
        return Arrays.stream(ids)
                .map(ManagementFactory.getThreadMXBean()::getThreadCpuTime)
                .toArray();
    }

    private static void pass(Duration time) {
        long since = System.nanoTime();
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .pollInterval(100, TimeUnit.MILLISECONDS)
                .until(() -> System.nanoTime() - since >= time.toNanos());
    }
}
