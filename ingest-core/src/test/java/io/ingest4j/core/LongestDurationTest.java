package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ingest4j.api.IngestListener;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RunState;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.limit.PacedRateLimiter;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.core.schedule.ScheduleStore;
import io.ingest4j.core.schedule.ScheduleStores;
import io.ingest4j.core.schedule.jdbc.JdbcScheduleStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteDataSource;

/** Whoever wants no deadline says so by the longest duration there is: each setting takes it or names itself. */
@Timeout(60)
class LongestDurationTest {

    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    @TempDir Path directory;

    private static RecordSink<Long> sink(WriteResult result) {
        return context ->
                new RecordWriter<>() {
                    @Override
                    public CompletionStage<WriteResult> write(RecordBatch<? extends Long> batch) {
                        return CompletableFuture.completedFuture(result);
                    }

                    @Override
                    public void close() {}
                };
    }

    private static IngestJob job(UnaryOperator<Ingest<Long>> settings, WriteResult result) {
        SimulatedSource source = new SimulatedSource(new SplittableRandom(1), 1, 5, 10, 0, 0);
        return settings.apply(Ingest.from(source).name("forever")).to(sink(result));
    }

    @Test
    void a_run_takes_each_of_its_durations() {
        List<UnaryOperator<Ingest<Long>>> settings =
                List.of(
                        run -> run.attemptTimeout(FOREVER),
                        run -> run.stopTimeout(FOREVER),
                        run -> run.progressInterval(FOREVER),
                        run -> run.maxRetryAfter(FOREVER),
                        run -> run.checkpointInterval(FOREVER),
                        run -> run.retry(RetryPolicy.exponential(FOREVER, FOREVER)));
        for (int i = 0; i < settings.size(); i++) {
            UnaryOperator<Ingest<Long>> setting = settings.get(i);
            Path state = directory.resolve("state" + i);
            IngestReport report =
                    job(
                                    run ->
                                            setting.apply(run)
                                                    .checkpoint(CheckpointStores.directory(state)),
                                    WriteResult.delivered())
                            .start()
                            .await();
            assertThat(report.failure()).as("setting %d", i).isEmpty();
            assertThat(report.state()).isEqualTo(RunState.COMPLETED);
        }
    }

    @Test
    void a_run_that_waits_for_ever_for_its_next_attempt_can_be_stopped() throws Exception {
        WriteResult later =
                WriteResult.failed(
                        new WriteFailure(Action.RETRY, "HTTP 503", "later"),
                        PermitOutcome.ANSWERED);
        for (WriteResult answer : List.of(later, later.withRetryAfter(FOREVER))) {
            CountDownLatch refused = new CountDownLatch(1);
            IngestListener listener =
                    new IngestListener() {
                        @Override
                        public void onRetry(int records, WriteFailure failure, Duration delay) {
                            refused.countDown();
                        }
                    };
            IngestRun run =
                    job(
                                    one ->
                                            one.listener(listener)
                                                    .rateLimit(RateLimiters.perSecond(100))
                                                    .retry(
                                                            RetryPolicy.exponential(
                                                                    FOREVER, FOREVER)),
                                    answer)
                            .start();
            assertThat(refused.await(30, TimeUnit.SECONDS)).isTrue();
            run.stop();
            assertThat(run.await().state()).isEqualTo(RunState.STOPPED);
        }
    }

    @Test
    void a_plan_takes_any_latency() throws IOException {
        IngestPlan plan =
                job(run -> run.rateLimit(RateLimiters.perSecond(5)), WriteResult.delivered())
                        .plan(FOREVER);

        assertThat(plan.recordsPerSecond()).isPositive();
        assertThat(plan.toString()).isNotEmpty();
    }

    @Test
    void a_limiter_takes_any_wait_and_bounds_its_settings_by_name() {
        PacedRateLimiter limiter = RateLimiters.per(5, Duration.ofHours(1));
        assertThat(limiter.permitsPerSecond(FOREVER)).isPositive();
        limiter.resume("", FOREVER, 0);
        limiter.spent(1, FOREVER, 0);
        assertThat(limiter.reserve(1, "", 0)).isZero();
        limiter.pause(FOREVER, 0);
        assertThat(limiter.reserve(1, "", 1)).isGreaterThan(1L << 58);

        assertRefused("period", () -> RateLimiters.per(1, FOREVER));
        PacedRateLimiter unused = RateLimiters.perSecond(5);
        assertRefused("lateArrival", () -> unused.lateArrival(FOREVER));
        assertRefused("catchUp", () -> unused.catchUp(FOREVER));
        assertRefused("rampUp", () -> unused.rampUp(FOREVER));
        assertRefused("askAgain", () -> RateLimiters.adapt(cost -> true, FOREVER));
    }

    private static void assertRefused(String name, Runnable setting) {
        assertThatIllegalArgumentException()
                .isThrownBy(setting::run)
                .withMessageStartingWith(name + " must be ")
                .withMessageEndingWith("was " + FOREVER);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_schedule_takes_each_of_its_durations(boolean inDatabase) {
        List<UnaryOperator<PriorityScheduler.Builder<Long>>> settings =
                List.of(
                        schedule -> schedule.maxWait(FOREVER),
                        schedule -> schedule.retention(FOREVER),
                        schedule -> schedule.retention(FOREVER).idempotencyWindow(FOREVER),
                        schedule -> schedule.lease(FOREVER),
                        schedule -> schedule.attemptTimeout(FOREVER),
                        schedule -> schedule.stopTimeout(FOREVER),
                        schedule -> schedule.retry(RetryPolicy.exponential(FOREVER, FOREVER)));
        for (int i = 0; i < settings.size(); i++) {
            PriorityScheduler.Builder<Long> builder =
                    PriorityScheduler.<Long>calling(CompletableFuture::completedFuture)
                            .period(Duration.ZERO)
                            .store(inDatabase ? sqlite("s" + i + ".db") : ScheduleStores.memory());
            try (PriorityBatchScheduler<Long> scheduler = settings.get(i).apply(builder).start()) {
                String id = scheduler.submit(Submission.of(List.of(1L), Priority.HIGH));
                assertThat(scheduler.completion(id).toCompletableFuture().join().state())
                        .as("setting %d", i)
                        .isEqualTo(SubmissionStatus.State.COMPLETED);
            }
        }
    }

    private ScheduleStore<Long> sqlite(String name) {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + directory.resolve(name));
        return JdbcScheduleStore.of(source, ItemForm.longs());
    }

    @Test
    void a_schedule_bounds_its_period_by_name() {
        PriorityScheduler.Builder<Long> builder =
                PriorityScheduler.<Long>calling(CompletableFuture::completedFuture).period(FOREVER);

        assertRefused("period", builder::start);
    }
}
