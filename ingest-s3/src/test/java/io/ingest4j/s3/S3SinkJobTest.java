package io.ingest4j.s3;

import static io.ingest4j.s3.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.Row;
import io.ingest4j.api.RunState;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestJob;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.s3.FaultFront.Exchange;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whole jobs from S3 to S3. */
@Timeout(300)
class S3SinkJobTest {

    private static final int RECORDS = 60_000;
    private static S3Server server;

    @BeforeAll
    static void start() {
        server = new S3Server();
        StringBuilder csv = new StringBuilder("id,text\n");
        Random random = new Random(3);
        for (int i = 0; i < RECORDS; i++) {
            csv.append(i)
                    .append(",\"")
                    .append(Long.toHexString(random.nextLong()).repeat(17))
                    .append("\"\n");
        }
        server.put("in.csv", csv.toString().getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static S3Source source() {
        return S3Source.of(server.access(), S3Server.BUCKET, "in.csv");
    }

    private static S3Sink<Row> sink(int port, String key) {
        return S3Sink.object(
                        S3Server.access(port), S3Server.BUCKET, key, Csv.withHeader().encoder())
                .partBytes(5 << 20)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    private static byte[] stored(String key) {
        return server.client()
                .getObjectAsBytes(b -> b.bucket(S3Server.BUCKET).key(key))
                .asByteArray();
    }

    private static IngestJob job(S3Sink<Row> sink, CheckpointStore store) {
        return Ingest.from(source().as(Csv.withHeader()))
                .to(sink)
                .name("copy")
                .checkpoint(store)
                .maxUncheckpointed(9_000);
    }

    @Test
    void object_of_a_job_that_failed_again_and_again_is_that_of_an_undisturbed_run() {
        Ingest.from(source().as(Csv.withHeader())).to(sink(server.port(), "whole.csv")).run();
        CheckpointStore store = CheckpointStores.inMemory();
        AtomicInteger requests = new AtomicInteger();
        int runs = 0;
        RunState state = RunState.FAILED;
        try (FaultFront front = new FaultFront(server.port(), Exchange::pass)) {
            front.fault(
                    exchange -> {
                        if (requests.incrementAndGet() % 5 == 0) {
                            exchange.upstream();
                            exchange.rst();
                        }
                        exchange.pass();
                    });
            while (state != RunState.COMPLETED) {
                assertThat(++runs).isLessThan(20);
                IngestReport report =
                        job(sink(front.port(), "broken.csv").maxAttempts(1), store).start().await();
                state = report.state();
            }
        }
        assertThat(runs).isGreaterThan(1);
        assertThat(S3Server.sha256(stored("broken.csv")))
                .isEqualTo(S3Server.sha256(stored("whole.csv")));
        assertThat(server.client().listMultipartUploads(b -> b.bucket(S3Server.BUCKET)).uploads())
                .noneMatch(upload -> upload.key().equals("broken.csv"));
    }

    @Test
    void job_that_fails_without_checkpoints_leaves_nothing() {
        S3Sink<Row> sink = sink(server.port(), "never.csv");
        IngestReport report =
                Ingest.from(source().as(Csv.withHeader()))
                        .map(S3SinkJobTest::failAtTheEnd)
                        .to(sink)
                        .start()
                        .await();
        assertThat(report.state()).isEqualTo(RunState.FAILED);
        assertThat(sink.requests()).containsKey("upload_part");
        await().untilAsserted(() -> assertThat(sink.requests()).containsKey("abort_multipart"));
        await().untilAsserted(
                        () ->
                                assertThat(
                                                server.client()
                                                        .listMultipartUploads(
                                                                b -> b.bucket(S3Server.BUCKET))
                                                        .uploads())
                                        .noneMatch(upload -> upload.key().equals("never.csv")));
    }

    private static Row failAtTheEnd(Row row) {
        if (row.get(0).equals(String.valueOf(RECORDS - 1))) {
            throw new AssertionError("the end");
        }
        return row;
    }
}
