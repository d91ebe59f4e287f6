package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleSimulation;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Histories on real files of SQLite against the model; {@code -Dschedule.seed=N} repeats one. */
class SqliteSimulationTest {

    private static final long RUNS = Long.getLong("schedule.sqlite.runs", 20);

    @TempDir Path directory;

    @Test
    void every_history_is_that_of_the_model() {
        Long only = Long.getLong("schedule.seed");
        for (long seed = only == null ? 0 : only; seed < (only == null ? RUNS : only + 1); seed++) {
            SQLiteDataSource file = new SQLiteDataSource();
            file.setUrl("jdbc:sqlite:" + directory.resolve(seed + ".db"));
            ScheduleSimulation simulation =
                    new ScheduleSimulation(
                            seed,
                            JdbcScheduleStore.of(
                                    file, new ItemForm<>(String::valueOf, Integer::valueOf)));
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
