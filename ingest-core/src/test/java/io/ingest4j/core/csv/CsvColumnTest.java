package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.ByteSource;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.Row;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.file.DeadLetters;
import io.ingest4j.core.file.FileSource;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where in its line a record is bad. */
class CsvColumnTest {

    @TempDir Path directory;

    private RejectedRecord rejected(CsvFormat format, byte[] bytes) throws IOException {
        ByteSource source = FileSource.of(Files.write(directory.resolve("in.csv"), bytes));
        RecordSource<Row> records = source.as(format);
        SourceSplit split = records.splits(1).get(0);
        try (RecordReader<Row> reader = records.open(split, split.startPosition())) {
            Optional<SourceBatch<Row>> batch = reader.read(100, 1 << 20);
            assertThat(batch.orElseThrow().rejected()).isNotEmpty();
            return batch.get().rejected().get(0); // others may follow on its later lines
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "äö,a\"b|5|an unquoted field must hold no quote",
                "ä,\"b\"c|6|a closing quote must be followed by a delimiter or a line end",
                "1,\"abc|3|a quoted field must be closed before the end",
                "1,\"ab\\n\"\"\\nc|3|a quoted field must be closed before the end",
                "\"a\\nb\",\"c|0|a quoted field must be closed before the end",
                "1,2,3|0|a record must have 2 fields, has 3",
                "1,1234567890|3|a field must have at most maxFieldBytes 8 bytes, field 2 has 10",
            })
    void column_is_where_the_reason_shows(String line, int column, String reason)
            throws IOException {
        CsvFormat format = Csv.withHeader().strictQuotes(true).maxFieldBytes(8);
        String text = "id,name\n" + line.replace("\\n", "\n");

        RejectedRecord bad = rejected(format, text.getBytes(StandardCharsets.UTF_8));

        assertThat(bad.reason()).isEqualTo(reason);
        assertThat(bad.position().detail()).isEqualTo("line=2");
        assertThat(bad.column()).isEqualTo(column);
    }

    @Test
    void text_is_malformed_at_a_character() throws IOException {
        byte[] text = "id,name\nä1,M?ller\n".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < text.length; i++) {
            text[i] = text[i] == '?' ? (byte) 0xFC : text[i];
        }

        assertThat(rejected(Csv.withHeader(), text).column()).isEqualTo(5);
    }

    private static RecordSink<Row> accepting() {
        return context ->
                new RecordWriter<>() {
                    @Override
                    public CompletionStage<WriteResult> write(RecordBatch<? extends Row> batch) {
                        return CompletableFuture.completedFuture(WriteResult.delivered());
                    }

                    @Override
                    public void close() {}
                };
    }

    @Test
    void letter_tells_the_line_and_the_column() throws IOException {
        Path file =
                Files.write(
                        directory.resolve("in.csv"),
                        "id,name\n1,Ada\n2,Müller\n".getBytes(Charset.forName("windows-1252")));
        Path letters = directory.resolve("failed.ndjson");

        RunState state =
                Ingest.from(FileSource.of(file).as(Csv.withHeader()))
                        .name("columns")
                        .maxDeadLetterShare(1)
                        .deadLetters(DeadLetters.appendTo(letters))
                        .to(accepting())
                        .run()
                        .state();

        assertThat(state).isEqualTo(RunState.COMPLETED);
        assertThat(Files.readString(letters))
                .contains("\"line\":3,\"column\":4,", "\"rawText\":\"2,M\ufffdller\"");
    }
}
