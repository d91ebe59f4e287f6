package io.ingest4j.core.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.api.RunState;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.csv.CsvFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Records that fail in one run go through in another, under the keys that they had. */
@Timeout(60)
class ReplayRunTest {

    @TempDir private Path directory;

    private final Map<String, String> names = new TreeMap<>();
    private final List<String> requestKeys = Collections.synchronizedList(new ArrayList<>());
    private Path source;
    private Path failed;

    @BeforeEach
    void begin() throws IOException {
        source = directory.resolve("in.csv");
        failed = directory.resolve("failed.ndjson");
        Files.writeString(source, "id;name\n1;Ada\n2;\"Bo;\"\"b\n\"\n3;Cyd\n4;Dan\n5;Eve\n6;Fay\n");
    }

    private RecordSink<Row> sink(boolean refuses) {
        return context ->
                new RecordWriter<>() {
                    @Override
                    public CompletionStage<WriteResult> write(RecordBatch<? extends Row> batch) {
                        requestKeys.add(batch.idempotencyKey());
                        for (int i = 0; i < batch.size(); i++) {
                            names.put(batch.key(i), batch.record(i).get("name"));
                        }
                        return CompletableFuture.completedFuture(
                                refuses
                                        ? WriteResult.failed(
                                                new WriteFailure(
                                                        Action.DEAD_LETTER, "HTTP 422", "no"),
                                                PermitOutcome.ANSWERED)
                                        : WriteResult.delivered());
                    }

                    @Override
                    public void close() {}
                };
    }

    private void replayKeepsKeys(int batchSize) throws IOException {
        IngestReport first =
                Ingest.from(Csv.withHeader().delimiter(';').read(FileSource.of(source)))
                        .batchSize(batchSize)
                        .maxInFlight(1)
                        .to(sink(true))
                        .deadLetters(DeadLetters.appendTo(failed))
                        .run();
        assertThat(first.state()).isEqualTo(RunState.COMPLETED);
        assertThat(first.ledger().deadLettered()).isEqualTo(6);
        Map<String, String> before = new TreeMap<>(names);
        List<String> requestsBefore = new ArrayList<>(requestKeys);
        assertThat(before).hasSize(6).containsValue("Bo;\"b\n");
        names.clear();
        requestKeys.clear();

        IngestReport second =
                Ingest.from(DeadLetters.replay(failed))
                        .map(Csv.withHeader().delimiter(';')::parse)
                        .batchSize(batchSize)
                        .maxInFlight(1)
                        .to(sink(false))
                        .run();
        assertThat(second.state()).isEqualTo(RunState.COMPLETED);
        assertThat(second.ledger().delivered()).isEqualTo(6);
        assertThat(names).isEqualTo(before);
        if (batchSize == 1) {
            assertThat(requestKeys).isEqualTo(requestsBefore);
        }
    }

    @Test
    void keys_are_kept_record_by_record() throws IOException {
        replayKeepsKeys(1);
    }

    @Test
    void keys_are_kept_in_batches() throws IOException {
        replayKeepsKeys(4);
    }

    @Test
    void byte_order_found_by_a_mark_is_kept() throws IOException {
        CsvFormat format = Csv.withHeader().charset(StandardCharsets.UTF_16);
        for (String text : List.of("\ufeffname\n1\n2\n", "\ufeffid,name\n1,Ada\n2,Bo\n")) {
            names.clear();
            Files.deleteIfExists(failed);
            Files.write(source, text.getBytes(StandardCharsets.UTF_16LE));
            Ingest.from(format.read(FileSource.of(source)))
                    .to(sink(true))
                    .deadLetters(DeadLetters.appendTo(failed))
                    .run();
            Map<String, String> before = new TreeMap<>(names);
            assertThat(before).hasSize(2);
            names.clear();

            Ingest.from(DeadLetters.replay(failed)).map(format::parse).to(sink(false)).run();
            assertThat(names).isEqualTo(before);
        }
    }

    @Test
    void letters_of_two_sources_that_fail_again_keep_two_keys() throws IOException {
        for (String name : List.of("a.csv", "b.csv")) { // each record at the same offset
            Path file = Files.writeString(directory.resolve(name), "id;name\n1;Ada\n");
            Ingest.from(Csv.withHeader().delimiter(';').read(FileSource.of(file)))
                    .to(sink(true))
                    .deadLetters(DeadLetters.appendTo(failed))
                    .run();
        }
        List<String> keys = new ArrayList<>();
        RecordSink<DeadLetter> letters =
                context ->
                        new RecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends DeadLetter> batch) {
                                for (int i = 0; i < batch.size(); i++) {
                                    assertThat(batch.key(i)).isEqualTo(batch.record(i).key());
                                    keys.add(batch.subset(i).idempotencyKey());
                                }
                                return CompletableFuture.completedFuture(WriteResult.delivered());
                            }

                            @Override
                            public void close() {}
                        };

        Ingest.from(DeadLetters.replay(failed))
                .map(Csv.withHeader().delimiter(';')::parse)
                .to(sink(true))
                .deadLetters(letters)
                .run();

        assertThat(keys).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void letter_that_fails_again_is_about_the_first_source() throws IOException {
        Ingest.from(Csv.withHeader().delimiter(';').read(FileSource.of(source)))
                .to(sink(true))
                .deadLetters(DeadLetters.appendTo(failed))
                .run();
        Path again = directory.resolve("again.ndjson");
        Ingest.from(DeadLetters.replay(failed))
                .map(Csv.withHeader().delimiter(';')::parse)
                .to(sink(true))
                .deadLetters(DeadLetters.appendTo(again))
                .run();
        List<DeadLetter> before = letters(failed);
        List<DeadLetter> after = letters(again);
        assertThat(after).hasSize(6);
        for (int i = 0; i < 6; i++) {
            assertThat(after.get(i).key()).isEqualTo(before.get(i).key());
            assertThat(after.get(i).source()).isEqualTo(source.toAbsolutePath().toString());
            assertThat(after.get(i).raw()).isEqualTo(before.get(i).raw());
            assertThat(after.get(i).attempts()).isEqualTo(2);
        }
    }

    private static List<DeadLetter> letters(Path file) throws IOException {
        List<DeadLetter> letters = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            letters.add(LetterParser.read(line.getBytes(StandardCharsets.UTF_8)));
        }
        return letters;
    }
}
