package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.RunState;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.StopSignal;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.report.MicrometerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The Java of docs/embedding.md compiles, because it stands here too, word for word. */
class EmbeddingTest {

    private static final Path PAGE = Path.of("..", "docs", "embedding.md");
    private static final Path THIS =
            Path.of("src/test/java/io/ingest4j/examples/EmbeddingTest.java");

    static class Imports {

        private final StopSignal stop = StopSignal.create();
        private final MeterRegistry registry;

        Imports(MeterRegistry registry) {
            this.registry = registry;
        }

        void importCustomers() { // @Scheduled(cron = "0 0 2 * * *")
            IngestReport report =
                    Ingest.from("s3://my-bucket/customers.csv")
                            .name("customers")
                            .to("https://api.example.com/process")
                            .checkpoint(CheckpointStores.directory(Path.of("state")))
                            .listener(MicrometerMetrics.to(registry, "customers"))
                            .stopSignal(stop)
                            .run();
            if (report.state() == RunState.PAUSED || report.ledger().deadLettered() > 0) {
                alert(report.toString()); // after PAUSED the next run goes on
            }
        }

        void close() { // @EventListener(ContextClosedEvent.class)
            stop.stop();
        }
    }

    static void alert(String report) {
        System.out.println(report);
    }

    @Test
    void everyJavaSnippetOfThePageIsCompiledHere() throws IOException {
        String here = ReadmeTest.squeeze(Files.readString(THIS));
        List<String> snippets = ReadmeTest.snippets(Files.readString(PAGE));

        assertThat(snippets)
                .hasSize(1)
                .allSatisfy(snippet -> assertThat(here).contains(ReadmeTest.squeeze(snippet)));
    }
}
