package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.DeadLetters;
import io.ingest4j.core.file.FileSink;
import io.ingest4j.core.file.FileSource;
import io.ingest4j.core.limit.PacedRateLimiter;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.core.report.MicrometerMetrics;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.core.schedule.jdbc.JdbcScheduleStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.sqlite.SQLiteDataSource;

/** Null in the place of a setting is refused at once, with the setting's name. */
class MissingSettingTest {

    private static void assertNamed(Map<String, ThrowingCallable> settings) {
        settings.forEach(
                (name, setting) ->
                        assertThatNullPointerException().isThrownBy(setting).withMessage(name));
    }

    @Test
    void of_a_job() {
        Ingest<Long> job = Ingest.from(new SimulatedSource(new SplittableRandom(1), 1, 1, 1, 0, 0));
        assertNamed(
                Map.of(
                        "name", () -> job.name(null),
                        "sourceIdentity", () -> job.sourceIdentity(null),
                        "sinkIdentity", () -> job.sinkIdentity(null),
                        "maxDelay", () -> RetryPolicy.exponential(Duration.ofSeconds(1), null)));
    }

    @Test
    void of_a_format() {
        assertNamed(
                Map.of(
                        "charset", () -> Csv.withHeader().charset(null),
                        "names", () -> Csv.withHeader().names(null),
                        "lineEnd", () -> Csv.withHeader().encoder().lineEnd(null),
                        "format", () -> FileSource.of(Path.of("x")).as(null)));
    }

    @Test
    void of_an_end() {
        assertNamed(
                Map.of(
                        "path", () -> FileSource.of(null),
                        "file", () -> FileSink.of(null, Csv.withHeader().encoder()),
                        "registry", () -> MicrometerMetrics.to(null, "job"),
                        "job", () -> MicrometerMetrics.to(new SimpleMeterRegistry(), null)));
        assertNamed(Map.of("file", () -> DeadLetters.appendTo(null)));
        assertNamed(Map.of("file", () -> DeadLetters.replay(null)));
    }

    @Test
    void of_a_limiter() {
        PacedRateLimiter limiter = RateLimiters.perSecond(1);
        assertNamed(
                Map.of(
                        "pause", () -> limiter.pause(null, 0),
                        "ago", () -> limiter.spent(1, null, 0),
                        "age", () -> limiter.resume("", null, 0),
                        "snapshot", () -> limiter.resume(null, Duration.ZERO, 0),
                        "latency", () -> limiter.permitsPerSecond(null)));
    }

    @Test
    void of_a_schedule() {
        Submission<Integer> submission = Submission.of(List.of(1), Priority.HIGH);
        assertNamed(
                Map.of(
                        "name",
                        () -> PriorityScheduler.to(context -> null).name(null),
                        "items",
                        () -> Submission.of(null, Priority.HIGH),
                        "idempotencyKey",
                        () -> submission.withIdempotencyKey(null),
                        "tenant",
                        () -> submission.withTenant(null)));
    }

    @Test
    void of_a_store() {
        JdbcScheduleStore<Long> store =
                JdbcScheduleStore.of(new SQLiteDataSource(), ItemForm.longs());
        assertNamed(
                Map.of(
                        "schema", () -> store.schema(null),
                        "tablePrefix", () -> store.tablePrefix(null)));
    }

    @Test
    void of_a_result() {
        assertNamed(
                Map.of(
                        "failures",
                        () -> WriteResult.perRecord(null, PermitOutcome.ANSWERED),
                        "retryAfter",
                        () -> WriteResult.delivered().withRetryAfter(null)));
    }
}
