package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@Tag("real-time")
class IngestServiceTest {

    private static final Map<String, String> LOCAL =
            Map.of("DATABASE_URL", "memory", "HOST", "127.0.0.1", "PORT", "0");

    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final StopSignal signal = new StopSignal();

    private int run(Map<String, String> environment, String... args) {
        return run(signal, environment, args);
    }

    private int run(StopSignal stop, Map<String, String> environment, String... args) {
        return new IngestService(environment, Duration.ofSeconds(2))
                .run(directory, new PrintStream(out, true), new PrintStream(err, true), stop, args);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8).strip();
    }

    @Test
    void theExample_isPlayedAsDescribed() {
        assertThat(run(Map.of(), "--demo")).isZero();
        assertThat(out().lines()).containsExactly("T0 [1, 2, 3]", "T5 [6, 7, 8]", "T10 [9, 4, 5]");
        assertThat(err()).isEmpty();
    }

    @Test
    void help_namesEverySetting() throws IOException {
        assertThat(run(Map.of(), "--help")).isZero();
        Path sources = Path.of("src/main/java/io/ingest4j/examples/service");
        String code =
                Files.readString(sources.resolve("ServiceSettings.java"))
                        + Files.readString(sources.resolve("ExternalSettings.java"))
                        + Files.readString(sources.resolve("Database.java"));
        Stream<String> names =
                Pattern.compile("\"([A-Z]+(?:_[A-Z]+)*)\"")
                        .matcher(code)
                        .results()
                        .map(name -> name.group(1));
        String documentation = Files.readString(Path.of("../docs/ingest-service.md"));
        assertThat(names)
                .hasSizeGreaterThan(20)
                .allSatisfy(
                        name -> {
                            assertThat(out()).contains("  " + name + " ");
                            assertThat(documentation).contains("`" + name + "`");
                        });
    }

    @Test
    void unknownArgumentsAndBadSettings_endWith2() throws IOException {
        assertThat(run(LOCAL, "--port")).isEqualTo(2);
        assertThat(run(Map.of("PORT", "x"))).isEqualTo(2);
        assertThat(run(Map.of("RETENTION_HOURS", "0"))).isEqualTo(2);
        Files.writeString(directory.resolve(".env"), "BATCH_SIZE=none\n");
        assertThat(run(LOCAL)).isEqualTo(2);
        assertThat(err().lines())
                .containsExactly(
                        "IngestService: unknown argument '--port', see --help",
                        "IngestService: PORT must be a whole number from 0 to 65535, was 'x'",
                        "IngestService: RETENTION_HOURS must be at least IDEMPOTENCY_WINDOW_SECONDS, as a"
                                + " repeated key is answered with the first submission, was '0' hours for"
                                + " '300' seconds",
                        "IngestService: BATCH_SIZE must be a whole number from 1 to 1000, was 'none'");
    }

    @Test
    void aPortInUse_endsWith1() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = Integer.toString(taken.getLocalPort());
            Map<String, String> environment =
                    Map.of("DATABASE_URL", "memory", "HOST", "127.0.0.1", "PORT", port);
            assertThat(run(environment)).isEqualTo(1);
            assertThat(err())
                    .startsWith("IngestService: can't listen on HOST 127.0.0.1, PORT " + port);
        }
    }

    @Test
    void aStartThatFails_saysWhy_withoutSecrets() {
        Map<String, String> environment =
                Map.of(
                        "DATABASE_URL", "postgresql://user:secret@127.0.0.1:1/a?password=secret",
                        "HOST", "127.0.0.1",
                        "PORT", "0");
        assertThat(run(environment)).isEqualTo(1);
        assertThat(err())
                .startsWith("IngestService: ")
                .containsIgnoringCase("refused")
                .doesNotContain("secret");
    }

    @Test
    void aSecondProcessOnTheFile_endsWith1() throws Exception {
        Map<String, String> environment =
                Map.of("DATABASE_FILE", "a.db", "HOST", "127.0.0.1", "PORT", "0");
        CompletableFuture<Integer> first = CompletableFuture.supplyAsync(() -> run(environment));
        await().until(() -> out().contains("listening on"));
        assertThat(run(new StopSignal(), environment)).isEqualTo(1);
        assertThat(err()).contains("a.db is another process's");
        signal.stop();
        assertThat(first.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(130);
    }

    @Test
    void aSchedulerThatEnds_endsItWith1_butNotAfterASignal() {
        CompletableFuture<Integer> code = new CompletableFuture<>();
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        IngestService.endOn(failure, code, new PrintStream(err, true));
        failure.complete(new IllegalStateException("a bug", new StackOverflowError("too deep")));
        assertThat(code).isCompletedWithValue(1);
        assertThat(err()).isEqualTo("IngestService: the scheduler has ended: a bug: too deep");
        CompletableFuture<Integer> stopped = CompletableFuture.completedFuture(130);
        IngestService.endOn(failure, stopped, new PrintStream(out, true));
        assertThat(out()).isEmpty();
    }

    @Test
    void aSignal_endsIt() {
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> run(LOCAL));
        await().until(
                        () ->
                                out().matches(
                                                "(?s)listening on http://127.0.0.1:\\d+/\\Rfor this machine only;"
                                                        + " HOST=0.0.0.0 lets others in\\R"));
        signal.stop();
        assertThat(code.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(130);
    }

    @Test
    void onEveryAddress_itSaysSo_andThatThereIsNoAuthentication() {
        Map<String, String> everywhere =
                Map.of("DATABASE_URL", "memory", "HOST", "0.0.0.0", "PORT", "0");
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> run(everywhere));
        await().until(
                        () ->
                                out().matches(
                                                "(?s)listening on http://127.0.0.1:\\d+/ and every other"
                                                        + " address of this machine\\Rthere is no"
                                                        + " authentication: whoever reaches it can submit"
                                                        + " and cancel\\R"));
        signal.stop();
        assertThat(code.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(130);
    }

    @Test
    void asAProcess_itServesUntilItIsTerminated() throws Exception {
        Path log = directory.resolve("out");
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        IngestService.class.getName());
        builder.environment().putAll(LOCAL);
        builder.environment().put("SIMULATED_MIN_MS", "10");
        builder.environment().put("SIMULATED_MAX_MS", "20");
        Process process =
                builder.directory(new File(directory.toString()))
                        .redirectOutput(log.toFile())
                        .redirectError(directory.resolve("err").toFile())
                        .start();
        try {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(log).contains("/\n"));
            URI uri = URI.create(Files.readAllLines(log).get(0).replace("listening on ", ""));
            assertThat(
                            HttpClient.newHttpClient()
                                    .send(
                                            HttpRequest.newBuilder(uri.resolve("/health")).build(),
                                            BodyHandlers.ofString())
                                    .body())
                    .contains("\"ok\"");
            process.toHandle().destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(130);
        } finally {
            process.destroyForcibly();
        }
    }
}
