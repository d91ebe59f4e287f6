package io.ingest4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MicrometerMetricsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void counts_what_the_run_did_and_not_what_earlier_ones_did() {
        MicrometerMetrics metrics = MicrometerMetrics.to(registry, "customers");
        metrics.onStart(progress(100, 0, 0, Map.of("upload_part", 1L)));
        metrics.onProgress(progress(150, 3, 2, Map.of("upload_part", 2L)));
        metrics.onEnd(RunState.COMPLETED, progress(170, 5, 0, Map.of("upload_part", 7L)));

        assertThat(counter("ingest4j.records", "outcome", "read")).isEqualTo(70);
        assertThat(counter("ingest4j.records", "outcome", "delivered")).isEqualTo(65);
        assertThat(counter("ingest4j.records", "outcome", "dead_lettered")).isEqualTo(5);
        assertThat(counter("ingest4j.records", "outcome", "skipped")).isZero();
        assertThat(counter("ingest4j.bytes", "direction", "read")).isEqualTo(7_000);
        assertThat(counter("ingest4j.requests", "kind", "upload_part")).isEqualTo(7);
        assertThat(counter("ingest4j.runs", "state", "completed")).isEqualTo(1);
        assertThat(registry.get("ingest4j.attempts").tag("job", "customers").counter().count())
                .isEqualTo(70);
    }

    @Test
    void runs_of_one_job_add_up() {
        for (int run = 0; run < 2; run++) {
            MicrometerMetrics metrics = MicrometerMetrics.to(registry, "customers");
            metrics.onStart(progress(0, 0, 0, Map.of()));
            metrics.onEnd(RunState.PAUSED, progress(10, 0, 0, Map.of("head_object", 1L)));
        }

        assertThat(counter("ingest4j.records", "outcome", "read")).isEqualTo(20);
        assertThat(counter("ingest4j.requests", "kind", "head_object")).isEqualTo(2);
        assertThat(counter("ingest4j.runs", "state", "paused")).isEqualTo(2);
    }

    @Test
    void shows_what_is_in_flight_in_the_run_that_lasts() {
        MicrometerMetrics before = MicrometerMetrics.to(registry, "customers");
        before.onStart(progress(0, 0, 3, Map.of()));
        before.onEnd(RunState.STOPPED, progress(0, 0, 3, Map.of()));
        MicrometerMetrics metrics = MicrometerMetrics.to(registry, "customers");
        metrics.onStart(progress(0, 0, 0, Map.of()));
        metrics.onProgress(progress(10, 0, 4, Map.of()));

        assertThat(registry.get("ingest4j.in_flight").gauge().value()).isEqualTo(4);
    }

    @Test
    void theGaugeIsOfAllRunsOfTheJob_untilTheLastHasEnded() {
        MicrometerMetrics first = MicrometerMetrics.to(registry, "customers");
        MicrometerMetrics second = MicrometerMetrics.to(registry, "customers");
        first.onStart(progress(0, 0, 0, Map.of()));
        second.onStart(progress(0, 0, 0, Map.of()));
        first.onProgress(progress(0, 0, 2, Map.of()));
        second.onProgress(progress(0, 0, 3, Map.of()));
        assertThat(registry.get("ingest4j.in_flight").gauge().value()).isEqualTo(5);

        first.onEnd(RunState.STOPPED, progress(0, 0, 1, Map.of()));
        assertThat(registry.get("ingest4j.in_flight").gauge().value()).isEqualTo(3);

        second.onEnd(RunState.COMPLETED, progress(0, 0, 0, Map.of()));
        assertThat(registry.find("ingest4j.in_flight").gauge()).isNull();
    }

    @Test
    void oneListenerWatchesRunAfterRun() {
        MicrometerMetrics metrics = MicrometerMetrics.to(registry, "customers");
        for (int run = 0; run < 2; run++) {
            metrics.onStart(progress(0, 0, 0, Map.of("head_object", 1L)));
            metrics.onEnd(RunState.COMPLETED, progress(10, 0, 0, Map.of("head_object", 5L)));
        }

        assertThat(counter("ingest4j.requests", "kind", "head_object")).isEqualTo(10);
        assertThat(counter("ingest4j.records", "outcome", "read")).isEqualTo(20);
    }

    @Test
    void metersOfEndedJobsDontPileUp() {
        MicrometerMetrics running = MicrometerMetrics.to(registry, "customers");
        running.onStart(progress(0, 0, 0, Map.of()));
        running.onProgress(progress(7, 0, 0, Map.of()));
        int perJob = registry.getMeters().size();
        for (int job = 0; job < 10_000; job++) {
            run("job" + job);
        }

        assertThat(registry.getMeters()).hasSizeLessThan((100 + 1) * (perJob + 2));
        assertThat(registry.find("ingest4j.runs").tag("job", "job9999").counter()).isNotNull();
        assertThat(registry.find("ingest4j.runs").tag("job", "job1").counter()).isNull();
        assertThat(counter("ingest4j.records", "outcome", "read")).isEqualTo(7);
    }

    @Test
    void aJobThatEndsNowAndThenKeepsItsCounters() {
        for (int round = 0; round < 5; round++) {
            run("customers");
            for (int job = 0; job < 99; job++) {
                run("job" + round + "-" + job);
            }
        }

        assertThat(counter("ingest4j.runs", "state", "completed")).isEqualTo(5);
        assertThat(counter("ingest4j.records", "outcome", "read")).isEqualTo(50);
    }

    private void run(String job) {
        MicrometerMetrics metrics = MicrometerMetrics.to(registry, job);
        metrics.onStart(progress(0, 0, 0, Map.of()));
        metrics.onEnd(RunState.COMPLETED, progress(10, 0, 0, Map.of()));
    }

    private double counter(String name, String tag, String value) {
        return registry.get(name).tag("job", "customers").tag(tag, value).counter().count();
    }

    private static Progress progress(
            long read, long deadLettered, int inFlight, Map<String, Long> requests) {
        return new Progress(
                read,
                read - deadLettered,
                deadLettered,
                0,
                read,
                0,
                inFlight,
                100 * read,
                -1,
                0,
                Duration.ofSeconds(1),
                Double.POSITIVE_INFINITY,
                requests);
    }
}
