package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.RunState;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Thousands of whole runs with faults on virtual time; {@code -Dsimulation.seed=N} repeats one. */
class SimulationTest {

    private static final long RUNS = Long.getLong("simulation.runs", 10_000);

    @Test
    void every_run_keeps_its_promises() {
        Long only = Long.getLong("simulation.seed");
        if (only != null) {
            simulate(only);
            return;
        }
        Map<RunState, Integer> ends = new ConcurrentHashMap<>();
        LongAdder crashes = new LongAdder();
        LongStream.range(0, RUNS)
                .parallel()
                .mapToObj(SimulationTest::simulate)
                .forEach(
                        simulation -> {
                            simulation
                                    .ends()
                                    .forEach(
                                            (state, count) ->
                                                    ends.merge(state, count, Integer::sum));
                            crashes.add(simulation.crashes);
                        });
        assertThat(ends)
                .as("the seeds reach every end")
                .containsKeys(
                        RunState.COMPLETED, RunState.STOPPED, RunState.PAUSED, RunState.FAILED);
        assertThat(crashes.sum()).isGreaterThan(RUNS / 2);
        assertThat(ends.get(RunState.COMPLETED)).isGreaterThan((int) (RUNS / 4));
    }

    @Test
    void a_seed_repeats_its_run() {
        for (long seed = 0; seed < 200; seed++) {
            Simulation first = new Simulation(seed);
            Simulation second = new Simulation(seed);
            first.run();
            second.run();
            assertThat(second.trace).as("seed %d", seed).isEqualTo(first.trace);
        }
    }

    private static Simulation simulate(long seed) {
        try {
            Simulation simulation = new Simulation(seed);
            simulation.run();
            return simulation;
        } catch (Throwable e) {
            throw new AssertionError("repeat this run with -Dsimulation.seed=" + seed, e);
        }
    }
}
