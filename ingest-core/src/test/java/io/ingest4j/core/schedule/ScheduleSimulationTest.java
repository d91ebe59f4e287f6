package io.ingest4j.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Thousands of histories against the model; {@code -Dschedule.seed=N} repeats one. */
class ScheduleSimulationTest {

    private static final long RUNS = Long.getLong("schedule.runs", 10_000);

    @Test
    void every_history_is_that_of_the_model() {
        Long only = Long.getLong("schedule.seed");
        if (only != null) {
            simulate(only);
            return;
        }
        long dispatched = 0;
        long crashes = 0;
        long cancelled = 0;
        long failed = 0;
        long refused = 0;
        for (long seed = 0; seed < RUNS; seed++) {
            ScheduleSimulation simulation = simulate(seed);
            dispatched += simulation.dispatched;
            crashes += simulation.crashes;
            cancelled += simulation.cancelled;
            failed += simulation.failed;
            refused += simulation.refused;
        }
        assertThat(dispatched).isGreaterThan(RUNS * 20);
        assertThat(crashes).isGreaterThan(RUNS);
        assertThat(cancelled).isGreaterThan(RUNS / 2);
        assertThat(failed).isGreaterThan(RUNS / 2);
        assertThat(refused).isGreaterThan(RUNS / 10);
    }

    @Test
    void a_seed_repeats_its_history() {
        for (long seed = 0; seed < 100; seed++) {
            assertThat(simulate(seed).trace).isEqualTo(simulate(seed).trace);
        }
    }

    private static ScheduleSimulation simulate(long seed) {
        ScheduleSimulation simulation = new ScheduleSimulation(seed);
        try {
            simulation.run();
            return simulation;
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
