package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.api.Submission;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.bytes.Bytes;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.DeadLetters;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.core.report.ConsoleProgress;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.core.schedule.jdbc.JdbcScheduleStore;
import io.ingest4j.http.HttpDownload;
import io.ingest4j.http.HttpSink;
import io.ingest4j.s3.S3Sink;
import io.ingest4j.s3.S3Source;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

/** The README's Java compiles, because it stands here too, word for word. */
class ReadmeTest {

    private static final Path README = Path.of("..", "README.md");
    private static final Path THIS = Path.of("src/test/java/io/ingest4j/examples/ReadmeTest.java");

    interface Client {
        CompletionStage<String> send(String email, String key);
    }

    static void run(S3Client s3) {
        IngestReport report =
                Ingest.from(S3Source.of(s3, "my-bucket", "customers.csv").as(Csv.withHeader()))
                        .name("customers-to-api") // its checkpoint is kept under this name
                        .batchSize(1_000) // records in one request
                        .rateLimit(RateLimiters.perSecond(5_000)) // requests, retries included
                        .maxInFlight(64) // requests under way
                        .to(HttpSink.post(URI.create("https://api.example.com/process")).json())
                        .checkpoint(
                                CheckpointStores.directory(
                                        Path.of("state"))) // killed, the same job goes on
                        .deadLetters(
                                DeadLetters.appendTo(Path.of("failed.ndjson"))) // can be replayed
                        .listener(ConsoleProgress.create())
                        .run();
        System.out.println(report);
    }

    static void copy(S3Client s3) {
        IngestReport report =
                Ingest.from(
                                HttpDownload.of(URI.create("https://example.com/large.csv"))
                                        .as(Bytes.chunks()))
                        .name("large-csv-to-s3")
                        .to(S3Sink.object(s3, "my-bucket", "raw/large.csv").contentType("text/csv"))
                        .checkpoint(
                                CheckpointStores.directory(
                                        Path.of("state"))) // killed, it goes on there
                        .checkpointInterval(Duration.ofSeconds(30))
                        .run();
        System.out.println(report.ledger().requests()); // what it took: {upload_part=21, ...}
    }

    static void replay() {
        Ingest.from(DeadLetters.replay(Path.of("failed.ndjson")))
                .map(Csv.withHeader()::parse)
                .to(HttpSink.post(URI.create("https://api.example.com/process")).jsonObject())
                .deadLetters(DeadLetters.appendTo(Path.of("failed-again.ndjson")))
                .run();
    }

    interface IdClient {
        CompletionStage<String> process(long id);
    }

    static void schedule(IdClient client, DataSource dataSource) {
        PriorityBatchScheduler<Long> scheduler =
                PriorityScheduler.<Long>calling(id -> client.process(id))
                        .batchSize(3)
                        .period(Duration.ofSeconds(5))
                        .store(
                                JdbcScheduleStore.of(
                                        dataSource, ItemForm.longs())) // SQLite or PostgreSQL
                        .start();
        String id = scheduler.submit(Submission.of(List.of(6L, 7L, 8L, 9L), Priority.HIGH));
        System.out.println(id);
    }

    static RecordSink<Row> sink(Client client) {
        RecordSink<Row> sink =
                context ->
                        new RecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends Row> batch) {
                                return client.send(
                                                batch.record(0).get("email"),
                                                batch.idempotencyKey())
                                        .thenApply(
                                                answer ->
                                                        answer.equals("busy")
                                                                ? WriteResult.failed(
                                                                        new WriteFailure(
                                                                                Action.RETRY,
                                                                                "busy",
                                                                                answer),
                                                                        PermitOutcome.ANSWERED)
                                                                : WriteResult.delivered());
                            }

                            @Override
                            public void close() {}
                        };
        return sink;
    }

    @Test
    void every_java_snippet_of_the_readme_is_compiled_here() throws IOException {
        String here = squeeze(Files.readString(THIS));
        List<String> snippets = snippets(Files.readString(README));

        assertThat(snippets)
                .hasSize(5)
                .allSatisfy(snippet -> assertThat(here).contains(squeeze(snippet)));
    }

    static List<String> snippets(String markdown) {
        List<String> found = new ArrayList<>();
        Matcher blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(markdown);
        while (blocks.find()) {
            found.add(blocks.group(1));
        }
        return found;
    }

    static String squeeze(String text) {
        return text.replaceAll("\\s+", "");
    }
}
