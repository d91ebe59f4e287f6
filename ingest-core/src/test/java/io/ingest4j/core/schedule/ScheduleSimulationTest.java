package io.ingest4j.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
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
        LongAdder dispatched = new LongAdder();
        LongAdder crashes = new LongAdder();
        LongAdder cancelled = new LongAdder();
        LongAdder failed = new LongAdder();
        LongAdder refused = new LongAdder();
        LongStream.range(0, RUNS)
                .parallel()
                .mapToObj(ScheduleSimulationTest::simulate)
                .forEach(
                        simulation -> {
                            dispatched.add(simulation.dispatched);
                            crashes.add(simulation.crashes);
                            cancelled.add(simulation.cancelled);
                            failed.add(simulation.failed);
                            refused.add(simulation.refused);
                        });
        assertThat(dispatched.sum()).isGreaterThan(RUNS * 20);
        assertThat(crashes.sum()).isGreaterThan(RUNS);
        assertThat(cancelled.sum()).isGreaterThan(RUNS / 2);
        assertThat(failed.sum()).isGreaterThan(RUNS / 2);
        assertThat(refused.sum()).isGreaterThan(RUNS / 10);
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
