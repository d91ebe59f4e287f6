package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.api.WriteResult;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndsTest {

    @TempDir Path folder;

    private final List<String> names = Collections.synchronizedList(new ArrayList<>());

    private final RecordSink<Row> sink =
            context ->
                    new RecordWriter<>() {
                        @Override
                        public CompletionStage<WriteResult> write(
                                RecordBatch<? extends Row> batch) {
                            for (int i = 0; i < batch.size(); i++) {
                                names.add(batch.record(i).get("name"));
                            }
                            return CompletableFuture.completedFuture(WriteResult.delivered());
                        }

                        @Override
                        public void close() {}
                    };

    @Test
    void a_uri_chooses_transport_and_format() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("people.csv"), "id,name\n1,Ada\n2,\"Grace \"\"G\"\" H\"\n");

        Ingest.from(file.toUri().toString()).batchSize(10).to(sink).run();

        assertThat(names).containsExactly("Ada", "Grace \"G\" H");
    }

    @Test
    void what_is_missing_in_a_uri_is_said() {
        assertThatThrownBy(() -> Ingest.from("file:///a.csv").to("localhost:8080/x"))
                .hasMessageEndingWith(
                        "none knows 'localhost' of localhost, a host that needs http:// or https://"
                                + " before it");
        assertThatThrownBy(() -> Ingest.from("s3://bucket/my file.csv"))
                .hasMessageEndingWith("not allowed at index 14 (a space is %20)");
    }

    @Test
    void a_gz_ending_is_decompressed_first() throws IOException {
        Path file = folder.resolve("people.tsv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("id\tname\n1\tAda\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }

        Ingest.from(file.toUri().toString()).to(sink).run();

        assertThat(names).containsExactly("Ada");
    }
}
