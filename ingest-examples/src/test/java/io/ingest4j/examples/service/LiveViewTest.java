package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.examples.settings.Variables;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class LiveViewTest {

    private final CountDownLatch goesOn = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    /** Tells the statistics at once, but the status only when the test says so. */
    @SuppressWarnings("unchecked")
    private PriorityBatchScheduler<BigInteger> scheduler() {
        return (PriorityBatchScheduler<BigInteger>)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {PriorityBatchScheduler.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("statistics")) {
                                return new QueueStatistics(Map.of(), Duration.ZERO, 0);
                            }
                            asked.incrementAndGet();
                            goesOn.await();
                            return Optional.of(
                                    new SubmissionStatus<>(
                                            "a", SubmissionStatus.State.COMPLETED, List.of()));
                        });
    }

    private LiveView view() throws Exception {
        LiveBoard board = new LiveBoard();
        board.submitted("a", Submission.of(List.of(BigInteger.ONE), Priority.LOW), Instant.EPOCH);
        return view(board, most -> List.of());
    }

    private LiveView view(LiveBoard board, IntFunction<List<ScheduleQueue.OpenSubmission>> open)
            throws Exception {
        PriorityBatchScheduler<BigInteger> scheduler = scheduler();
        return new LiveView(
                scheduler,
                open,
                ServiceSettings.read(
                        new Variables(Map.of(), Map.of(), Map.of()), Path.of("target")),
                new QueueWatch(scheduler),
                board,
                InstantSource.system(),
                Duration.ofMillis(200));
    }

    private static String shown(LiveView view) {
        return new String(view.snapshot(), StandardCharsets.UTF_8);
    }

    @Test
    void whatWaitsAfterARestart_isShownNewestFirst_andCanBeCancelled(@TempDir Path directory) {
        String[] settings = {
            "DATABASE_URL=", "DATABASE_FILE=" + directory.resolve("a.db"), "BATCH_DELAY=3600"
        };
        String first;
        String second;
        try (ServiceFixture service = ServiceFixture.start(settings)) {
            String dispatched = service.submit("1", "HIGH");
            await().until(() -> service.calls.size() == 1);
            first = service.submit("2", "HIGH");
            second = service.submit("3", "LOW");
            assertThat(dispatched).isNotEqualTo(first);
        }
        try (ServiceFixture service = ServiceFixture.start(settings)) {
            await().untilAsserted(
                            () ->
                                    assertThat(service.get("/live").body())
                                            .containsSubsequence(
                                                    "\"ingestion_id\":\"" + second + "\"",
                                                    "\"priority\":\"LOW\"",
                                                    "\"status\":\"yet_to_start\"",
                                                    "\"ingestion_id\":\"" + first + "\""));
            assertThat(service.get("/live/open").body())
                    .containsSubsequence(second, "\"open\":1", first);
            assertThat(service.delete("/ingest/" + second).body()).contains("\"cancelled\":true");
        }
    }

    @Test
    void aFirstLookThatFails_isMadeAgain() throws Exception {
        goesOn.countDown();
        AtomicInteger looks = new AtomicInteger();
        LiveView view =
                view(
                        new LiveBoard(),
                        most -> {
                            if (looks.incrementAndGet() == 1) {
                                throw new IngestException("no connection", null);
                            }
                            return List.of(
                                    new ScheduleQueue.OpenSubmission(
                                            "a", Priority.LOW, Duration.ofSeconds(20), 1));
                        });
        await().until(() -> shown(view).contains("\"ingestion_id\":\"a\""));
    }

    @Test
    void aDatabaseThatHangs_holdsUpNoRequest_andIsAskedOnce() throws Exception {
        LiveView view = view();
        String first = shown(view);
        assertThat(first).contains("\"store_fails\":true", "\"submissions\":[]");
        await().until(() -> !shown(view).equals(first));
        await().until(() -> asked.get() == 1);
        assertThat(shown(view)).contains("\"store_fails\":true");
        assertThat(asked).hasValue(1);
        goesOn.countDown();
        await().until(() -> shown(view).contains("\"store_fails\":false"));
        assertThat(shown(view)).contains("\"ingestion_id\":\"a\"");
    }
}
