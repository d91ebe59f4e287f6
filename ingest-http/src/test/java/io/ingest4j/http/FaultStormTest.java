package io.ingest4j.http;

import static io.ingest4j.http.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.api.RunState;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.RetryPolicy;
import io.ingest4j.testkit.Footprint;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ten thousand faults: every attempt ends at its deadline if not before, nothing counts as delivered
 * that was not, and no thread, socket or file handle is left.
 */
@Tag("real-time")
class FaultStormTest {

    private static final Logger LOG = LoggerFactory.getLogger(FaultStormTest.class);

    private static final int FAULTS = Integer.getInteger("faults", 10_000);
    private static final int IN_A_RUN = FAULTS / 5;
    private static final int WARM_UP = 200;
    private static final int IN_FLIGHT = 64;
    private static final Duration DEADLINE = Duration.ofMillis(300);

    /** Classes that load late open jars. */
    private static final int JARS = 5;

    private static final WriteFailure REFUSED = new WriteFailure(Action.RETRY, "refused", "");

    private final long seed = Long.getLong("faults.seed", System.nanoTime());

    @Test
    void storm_of_faults_ends_in_time_and_leaves_nothing(@TempDir Path directory) throws Exception {
        try {
            writes(WARM_UP);
            runs(WARM_UP, directory);
            Footprint before = Footprint.now();
            writes(FAULTS - IN_A_RUN);
            runs(IN_A_RUN, directory);
            await().pollInSameThread().untilAsserted(() -> before.assertNothingWasAdded(JARS));
        } catch (Throwable e) {
            throw new AssertionError("repeat this with -Dfaults.seed=" + seed, e);
        }
    }

    private void writes(int faults) throws Exception {
        FaultStorm storm = new FaultStorm(seed, faults);
        Overshoots overshoots = new Overshoots(DEADLINE);
        Semaphore free = new Semaphore(IN_FLIGHT);
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        try (FaultServer server = new FaultServer(storm, storm);
                RecordWriter<String> writer =
                        overshoots
                                .measured(sink(server.uri()).body(new Texts.Lines()))
                                .open(Texts.CONTEXT)) {
            for (int i = 0; !storm.isOver(); i++) {
                free.acquire();
                String text = "t" + i;
                writer.write(Texts.at(i, text))
                        .whenComplete(
                                (result, error) -> {
                                    if (error != null || !isRight(result, text, storm)) {
                                        wrong.add(text + " " + result + " " + error);
                                    }
                                    free.release();
                                });
            }
            free.acquire(IN_FLIGHT);
            awaitNoConnectionButIdle(server);
            await().until(() -> Texts.written(writer, Texts.of("a")).isDelivered());
            assertThat(wrong).isEmpty();
            assertInTime(storm, overshoots);
        }
    }

    private static boolean isRight(WriteResult result, String text, FaultStorm storm) {
        return result.isDelivered()
                ? storm.taken().contains(text + "\n")
                : result.failure(0).orElseThrow().action() == Action.RETRY;
    }

    /** Whatever a fault held is free, so that the next request gets a sound connection. */
    private static void awaitNoConnectionButIdle(FaultServer server) {
        await().until(() -> server.open() <= IN_FLIGHT);
    }

    private void runs(int faults, Path directory) throws Exception {
        FaultStorm storm = new FaultStorm(seed, faults);
        Overshoots overshoots = new Overshoots(DEADLINE);
        int records = faults * 4;
        Path csv = directory.resolve("numbers.csv");
        Files.writeString(
                csv,
                IntStream.range(0, records)
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining("\n", "id\n", "\n")));
        try (FaultServer server = new FaultServer(storm, storm)) {
            RecordSink<Row> sink = overshoots.measured(sink(server.uri()).ndjson());
            IngestReport report =
                    Ingest.from(csv.toUri().toString())
                            .name("storm")
                            .batchSize(10)
                            .maxInFlight(IN_FLIGHT)
                            .retry(
                                    RetryPolicy.exponential(
                                                    Duration.ofMillis(1), Duration.ofMillis(20))
                                            .maxAttempts(1_000))
                            .to(sink)
                            .run();
            assertThat(report.state()).isEqualTo(RunState.COMPLETED);
            assertThat(report.ledger().delivered()).isEqualTo(records);
            assertThat(storm.taken().stream().flatMap(String::lines).distinct().count())
                    .isEqualTo(records);
            assertInTime(storm, overshoots);
        }
    }

    private static HttpSinkBuilder sink(URI uri) {
        return HttpSink.post(uri)
                .timeout(DEADLINE)
                .maxConnections(IN_FLIGHT)
                .maxRetryAfter(Duration.ofMillis(1))
                .responses(FaultStormTest::parsed);
    }

    private static WriteResult parsed(HttpReply reply, int size) {
        return reply.text().equals("retry")
                ? WriteResult.perRecord(
                        IntStream.range(0, size).mapToObj(i -> Optional.of(REFUSED)).toList())
                : WriteResult.delivered();
    }

    private static void assertInTime(FaultStorm storm, Overshoots overshoots) {
        LOG.info(
                "{} faults in {} attempts, the latest {} ms after its deadline",
                storm.injected(),
                overshoots.attempts(),
                overshoots.worst().toMillis());
        assertThat(storm.isOver()).isTrue();
        assertThat(overshoots.worst()).isLessThan(Overshoots.ALLOWED);
    }
}
