package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RunState;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.loop.Mailbox;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A store that never answers is given up, on virtual time. */
@Timeout(60)
class HangingStoreTest {

    private static final Duration TOO_LONG = Duration.ofDays(2);

    private final SimulatedTime time = new SimulatedTime(0);
    private final SplittableRandom random = new SplittableRandom(1);
    private final Store store = new Store();
    private boolean acquired;
    private int renewals;

    /** Waits as long as it is told to for another run's lease. */
    private final class Store implements CheckpointStore {

        Duration maxWait = Duration.ZERO;

        @Override
        public Duration maxWait() {
            return maxWait;
        }

        @Override
        public Lease acquire(String job) {
            acquired = true;
            return new Lease() {
                @Override
                public Optional<Checkpoint> latest() {
                    return Optional.empty();
                }

                @Override
                public void save(Checkpoint checkpoint) {}

                @Override
                public void renew() {
                    renewals++;
                }

                @Override
                public void clear() {}

                @Override
                public void close() {}
            };
        }
    }

    /** Calls that come when it hangs are never done, nor those after them. */
    private static final class HangingLane implements Surroundings.Lane {

        private final Surroundings.Lane lane;
        private final BooleanSupplier hangs;
        private boolean hung;

        HangingLane(Surroundings.Lane lane, BooleanSupplier hangs) {
            this.lane = lane;
            this.hangs = hangs;
        }

        @Override
        public void execute(Runnable task) {
            hung |= hangs.getAsBoolean();
            if (!hung) {
                lane.execute(task);
            }
        }

        @Override
        public void finish() {
            lane.finish();
        }

        @Override
        public void interrupt() {
            throw new AssertionError("nobody interrupts a store");
        }
    }

    /** One record is sent, and gets no answer for an hour. */
    private IngestReport run(BooleanSupplier hangs) {
        Job<?, ?> job =
                Ingest.from(new SimulatedSource(new SplittableRandom(1), 1, 1, 100, 0, 0))
                        .name("job")
                        .checkpoint(store)
                        .checkpointInterval(Duration.ofSeconds(10))
                        .attemptTimeout(Duration.ofDays(1))
                        .stopTimeout(Duration.ofSeconds(30))
                        .to(
                                context ->
                                        new RecordWriter<Long>() {
                                            @Override
                                            public CompletionStage<WriteResult> write(
                                                    RecordBatch<? extends Long> batch) {
                                                return answeredIn(Duration.ofHours(1));
                                            }

                                            @Override
                                            public void close() {}
                                        })
                        .toJob();
        RunLoop<?, ?> loop =
                new RunLoop<>(
                        job,
                        new Surroundings(
                                time,
                                () -> Instant.EPOCH.plusNanos(time.elapsed()),
                                random,
                                name ->
                                        name.equals("store")
                                                ? new HangingLane(time.openLane(random, 0), hangs)
                                                : time.openLane(random, 0)),
                        new Mailbox());
        loop.start();
        while (!loop.hasEnded()) {
            long wait = loop.step();
            if (!loop.hasEnded() && wait > 0) {
                assertThat(elapsed()).as("not given up").isLessThan(TOO_LONG);
                time.advance(Math.min(wait, TOO_LONG.toNanos()));
            }
        }
        return loop.report();
    }

    private CompletionStage<WriteResult> answeredIn(Duration latency) {
        CompletableFuture<WriteResult> stage = new CompletableFuture<>();
        time.in(latency.toNanos(), () -> stage.complete(WriteResult.delivered()));
        return stage;
    }

    private Duration elapsed() {
        return Duration.ofNanos(time.elapsed());
    }

    private void assertGivenUp(IngestReport report, Duration after, String within) {
        assertThat(report.state()).isEqualTo(RunState.FAILED);
        assertThat(report.failure().orElseThrow())
                .isInstanceOf(CheckpointException.class)
                .hasMessage(
                        "the checkpoint store must answer within "
                                + within
                                + ", but did not, for job job");
        Duration toEnd = Duration.ofSeconds(30).multipliedBy(2); // the attempt's, then the store's
        assertThat(elapsed()).isBetween(after, after.plus(toEnd).plusSeconds(2));
    }

    @Test
    void store_that_hangs_when_the_job_is_taken() {
        IngestReport report = run(() -> true);

        assertThat(acquired).isFalse();
        assertGivenUp(report, Duration.ofMinutes(5), "PT5M");
    }

    @Test
    void store_that_waits_for_another_runs_lease_has_that_time_too() {
        store.maxWait = Duration.ofMinutes(10);

        assertGivenUp(run(() -> true), Duration.ofMinutes(15), "PT15M");
    }

    @Test
    void store_that_may_wait_for_ever_is_not_refused_for_it() {
        store.maxWait = Duration.ofSeconds(Long.MAX_VALUE);
        int[] tasks = {0};

        IngestReport report = run(() -> tasks[0]++ < 0);

        assertThat(report.state()).isEqualTo(RunState.COMPLETED);
        assertThat(renewals).isGreaterThan(3_000);
    }

    @Test
    void store_that_hangs_when_it_is_told_that_the_run_lives() {
        Duration healthy = Duration.ofSeconds(15);

        IngestReport report = run(() -> elapsed().compareTo(healthy) > 0);

        assertThat(renewals).isPositive();
        assertGivenUp(report, healthy.plus(Duration.ofMinutes(5)), "PT5M");
    }
}
