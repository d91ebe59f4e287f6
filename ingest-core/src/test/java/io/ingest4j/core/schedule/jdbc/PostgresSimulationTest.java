package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleSimulation;
import org.junit.jupiter.api.Test;

/**
 * Histories on a real PostgreSQL against the model; {@code -Dschedule.seed=N} repeats one. Each takes many
 * seconds, as a shared store is asked four times a second, so the short form plays two.
 */
class PostgresSimulationTest {

    private static final long RUNS = Long.getLong("schedule.postgres.runs", 1);

    @Test
    void every_history_is_that_of_the_model() {
        Long only = Long.getLong("schedule.seed");
        String url = PostgresServer.newDatabase();
        for (long seed = only == null ? 0 : only; seed < (only == null ? RUNS : only + 1); seed++) {
            TestDatabase database = TestDatabase.postgresSchema(url, "seed" + seed);
            database.addVirtualClock(0);
            JdbcScheduleStore<Integer> store =
                    JdbcScheduleStore.of(
                                    database.source(),
                                    new ItemForm<>(String::valueOf, Integer::valueOf))
                            .postgresClock(TestDatabase.VIRTUAL_CLOCK);
            ScheduleSimulation simulation =
                    new ScheduleSimulation(seed, new MirroredClockStore<>(store, database));
            try {
                simulation.run();
            } catch (Throwable e) {
                throw new AssertionError(
                        "repeat this history with -Dschedule.seed="
                                + seed
                                + "\n"
                                + String.join("\n", simulation.trace),
                        e);
            }
        }
    }
}
