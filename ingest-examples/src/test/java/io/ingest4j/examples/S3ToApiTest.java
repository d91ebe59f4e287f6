package io.ingest4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ingest4j.examples.server.CheckingApi;
import io.ingest4j.examples.server.LocalS3;
import io.ingest4j.examples.server.RecordingApi;
import io.ingest4j.s3.S3Access;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

class S3ToApiTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir Path directory;
    private StopSignal signal = new StopSignal();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void withoutSettings_deliversEveryRecordOnceWithinTheLimit() throws IOException {
        assertThat(run(Map.of(), "--records", "300", "--rate", "100", "--report", "report.json"))
                .isEqualTo(S3ToApi.COMPLETED);
        String json = Files.readString(directory.resolve("report.json"));
        assertThat(json)
                .startsWith("{\"job\":\"s3-to-api-own-300\",\"state\":\"COMPLETED\"")
                .contains("\"records\":{\"read\":300,\"delivered\":300,")
                .contains(
                        "\"server\":{\"requests\":300,\"rejected\":0,\"records\":300,\"unique\":300,"
                                + "\"missing\":0,\"duplicates\":0,\"corrupted\":0,\"maxPerWindow\":")
                .endsWith("}}\n");
        assertThat(out.toString(UTF_8))
                .contains("received 300, missing 0, duplicated 0, corrupted 0");
        assertThat(out.toString(UTF_8).lines().limit(4))
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(79))
                .startsWith(
                        "starting an S3 server with 300 records and an API of its own",
                        "warming up, without the limit",
                        "from s3://ingest4j/customers.csv");
        assertThat(err.toString(UTF_8)).isEmpty();
    }

    @Test
    void batches_areSentAsArrays() {
        assertThat(run(Map.of(), "--records", "5000", "--rate", "0", "--batch-size", "100"))
                .isEqualTo(S3ToApi.COMPLETED);
        assertThat(out.toString(UTF_8))
                .contains("received 5,000, missing 0", "requests    50, of them 0");
    }

    @Test
    void serve_printsWhatAJobElsewhereNeeds() throws IOException {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        ByteArrayOutputStream counts = new ByteArrayOutputStream();
        StopSignal stop = new StopSignal();
        S3ToApi server = new S3ToApi(Map.of(), directory, print(printed), print(counts), stop);
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> server.run("--serve", "--records", "1000"));
        await().atMost(PATIENCE)
                .until(() -> printed.toString(UTF_8).contains("RATE_LIMIT_PERIOD=1"));

        Files.write(directory.resolve(".env"), printed.toByteArray());
        assertThat(run(Map.of(), "--batch-size", "10")).isEqualTo(S3ToApi.COMPLETED);

        stop.stop();
        assertThat(code.join()).isEqualTo(S3ToApi.STOPPED);
        assertThat(counts.toString(UTF_8))
                .contains("received 1,000, missing 0", "requests    100,");
    }

    @Test
    void stopped_drainsAndReports() throws Exception {
        try (LocalS3 s3 = LocalS3.start();
                CheckingApi api = CheckingApi.start(1_000, 1, 5_000, Duration.ofSeconds(1))) {
            s3.putCustomers(1_000, 1, "bucket", "key.csv");
            Map<String, String> environment = environment(s3, api.endpoint(), "key.csv");
            environment.put("BATCH_SIZE", "1");
            environment.put("RATE_LIMIT_CALLS", "50");
            CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> run(environment));
            await().atMost(PATIENCE).until(() -> api.counts().records() > 0);
            signal.stop();
            assertThat(code.join()).isEqualTo(S3ToApi.STOPPED);
            assertThat(out.toString(UTF_8))
                    .containsPattern("s3-to-api-[0-9a-f]{8}: STOPPED")
                    .contains("delivered " + api.counts().unique());
            assertThat(api.counts().missing()).isPositive();
            long delivered = api.counts().unique();

            out.reset();
            signal = new StopSignal();
            environment.put("RATE_LIMIT_CALLS", "0");
            assertThat(run(environment)).isEqualTo(S3ToApi.COMPLETED);
            assertThat(out.toString(UTF_8))
                    .contains("continuing: " + delivered + " records are done already")
                    .contains("delivered 1,000")
                    .contains("2 runs together");
            assertThat(api.counts().missing()).isZero();
            assertThat(api.counts().duplicates()).isZero();

            out.reset();
            assertThat(run(environment)).isEqualTo(S3ToApi.COMPLETED);
            assertThat(out.toString(UTF_8)).contains("nothing was left to do; --start-over");
            assertThat(run(environment, "--start-over")).isEqualTo(S3ToApi.COMPLETED);
            assertThat(api.counts().duplicates()).isEqualTo(1_000);
        }
    }

    @Test
    void changedObject_saysThatOnlyStartOverHelps() throws Exception {
        try (LocalS3 s3 = LocalS3.start();
                CheckingApi api = CheckingApi.start(1_000, 1, 5_000, Duration.ofSeconds(1))) {
            s3.putCustomers(1_000, 1, "bucket", "key.csv");
            Map<String, String> environment = environment(s3, api.endpoint(), "key.csv");
            environment.put("RATE_LIMIT_CALLS", "50");
            environment.put("BATCH_SIZE", "1"); // or one request would be all
            CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> run(environment));
            await().atMost(PATIENCE).until(() -> api.counts().records() > 0);
            signal.stop();
            assertThat(code.join()).isEqualTo(S3ToApi.STOPPED);
            assertThat(out.toString(UTF_8)).contains("the same command goes on from here");

            out.reset();
            signal = new StopSignal();
            dropLastLine(s3, "key.csv");
            assertThat(run(environment)).isEqualTo(S3ToApi.FAILED);
            assertThat(out.toString(UTF_8))
                    .contains("with --start-over it begins anew")
                    .doesNotContain("the same command goes on");

            environment.put("RATE_LIMIT_CALLS", "0");
            assertThat(run(environment, "--start-over")).isEqualTo(S3ToApi.COMPLETED);
        }
    }

    @Test
    void ownEnds_goOnWhereTheyWereStopped() throws Exception {
        String[] arguments = {"--records", "2000", "--rate", "500"};
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> run(Map.of(), arguments));
        Path received = directory.resolve("state").resolve("s3-to-api-own-2000.received");
        await().atMost(PATIENCE).until(() -> Files.exists(received) && hasFirst(received));
        signal.stop();
        assertThat(code.join()).isEqualTo(S3ToApi.STOPPED);

        out.reset();
        signal = new StopSignal();
        assertThat(run(Map.of(), "--records", "2000", "--rate", "0")).isEqualTo(S3ToApi.COMPLETED);
        assertThat(out.toString(UTF_8))
                .contains("continuing: ")
                .contains("received 2,000, missing 0, duplicated 0, corrupted 0");
        assertThat(received).doesNotExist();
        assertThat(directory.resolve("failed.ndjson")).doesNotExist();
    }

    private static boolean hasFirst(Path received) throws IOException {
        byte[] flags = Files.readAllBytes(received);
        return flags.length > 0 && flags[0] != 0;
    }

    @Test
    void recordsGivenUp_areTriedAgainUnderTheirKeys() throws Exception {
        try (LocalS3 s3 = LocalS3.start();
                RecordingApi api = new RecordingApi(Long.MAX_VALUE, Duration.ofSeconds(1))) {
            s3.putCustomers(100, 1, "bucket", "key.csv");
            Map<String, String> environment = environment(s3, api.endpoint(), "key.csv");
            environment.put("BATCH_SIZE", "1");
            environment.put("RATE_LIMIT_CALLS", "0");
            api.reject(10);
            assertThat(run(environment)).isEqualTo(S3ToApi.COMPLETED);
            assertThat(api.received()).isEqualTo(90);
            assertThat(out.toString(UTF_8))
                    .contains("10 record(s) given up, see " + directory.resolve("failed.ndjson"));

            api.reject(1);
            assertThat(run(environment, "--replay", "failed.ndjson")).isEqualTo(S3ToApi.COMPLETED);
            assertThat(api.received()).isEqualTo(99);
            assertThat(run(environment, "--replay", "failed-again.ndjson", "--failed", "x.ndjson"))
                    .isEqualTo(S3ToApi.COMPLETED);
            assertThat(api.received()).isEqualTo(100);

            api.nextLife();
            assertThat(run(environment, "--replay", "failed.ndjson", "--start-over"))
                    .isEqualTo(S3ToApi.COMPLETED);
            assertThat(api.sentAgain().get(0)).isEqualTo(10);
            assertThat(api.differences()).as("keys and bytes of what came again").isEmpty();
        }
    }

    @Test
    void gzippedObject_isDecompressed() throws Exception {
        try (LocalS3 s3 = LocalS3.start();
                CheckingApi api = CheckingApi.start(100, 1, 5_000, Duration.ofSeconds(1))) {
            s3.putCustomers(100, 1, "bucket", "plain.csv");
            ByteArrayOutputStream zipped = new ByteArrayOutputStream();
            try (S3Client client = client(s3);
                    GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
                gzip.write(
                        client.getObjectAsBytes(r -> r.bucket("bucket").key("plain.csv"))
                                .asByteArray());
            }
            put(s3, "key.csv.gz", zipped.toByteArray());
            assertThat(run(environment(s3, api.endpoint(), "key.csv.gz")))
                    .isEqualTo(S3ToApi.COMPLETED);
            assertThat(api.counts().missing()).isZero();
        }
    }

    @Test
    void failures_areOneLineAndACode() throws Exception {
        try (LocalS3 s3 = LocalS3.start();
                CheckingApi api = CheckingApi.start(100, 1, 5_000, Duration.ofSeconds(1))) {
            s3.putCustomers(100, 1, "bucket", "key.csv");
            assertFails(environment(s3, api.endpoint(), "absent.csv"), "absent.csv");

            Map<String, String> wrongKeys = environment(s3, api.endpoint(), "key.csv");
            wrongKeys.put("AWS_SECRET_ACCESS_KEY", "wrong-canary");
            assertFails(wrongKeys, "key.csv");

            URI nobody = URI.create("http://127.0.0.1:" + freePort() + "/process");
            assertFails(environment(s3, nobody, "key.csv"), "can't be reached");
        }
    }

    @Test
    void badSettings_areOneLineAndAnotherCode() {
        assertThat(run(Map.of(), "--no-such")).isEqualTo(S3ToApi.BAD_SETTINGS);
        assertThat(err.toString(UTF_8).lines())
                .containsExactly("S3ToApi: unknown argument '--no-such', see --help");
        assertThat(run(Map.of("S3_KEY", "k"))).isEqualTo(S3ToApi.BAD_SETTINGS);
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @Test
    void help_namesEverySettingAndCode() {
        assertThat(run(Map.of("BATCH_SIZE", "bad"), "--help")).isEqualTo(S3ToApi.COMPLETED);
        assertThat(out.toString(UTF_8))
                .contains(
                        List.of(
                                "--records",
                                "--batch-size",
                                "--rate",
                                "--report",
                                "--state",
                                "--failed",
                                "--replay",
                                "--start-over",
                                "--serve",
                                "--help"))
                .contains(
                        List.of("S3_BUCKET", "S3_KEY", "API_ENDPOINT", "S3_ENDPOINT", "AWS_REGION"))
                .contains(
                        List.of(
                                "BATCH_SIZE",
                                "MAX_WORKERS",
                                "RATE_LIMIT_CALLS",
                                "RATE_LIMIT_PERIOD",
                                "MAX_UNCHECKPOINTED",
                                "CHUNK_SIZE"))
                .contains(
                        List.of("0 completed", "1 failed", "2 bad settings", "3 paused", "130\n"));
        assertThat(out.toString(UTF_8).lines()).allMatch(line -> line.length() <= 100);
    }

    private void assertFails(Map<String, String> environment, String reason) {
        err.reset();
        assertThat(run(environment)).isEqualTo(S3ToApi.FAILED);
        assertThat(err.toString(UTF_8).lines())
                .singleElement()
                .asString()
                .startsWith("S3ToApi: ")
                .contains(reason)
                .doesNotContain("canary");
    }

    private int run(Map<String, String> environment, String... args) {
        return new S3ToApi(environment, directory, print(out), print(err), signal).run(args);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, UTF_8);
    }

    private static Map<String, String> environment(LocalS3 s3, URI api, String key) {
        Map<String, String> environment = new HashMap<>();
        environment.put("S3_ENDPOINT", s3.endpoint().toString());
        environment.put("S3_BUCKET", "bucket");
        environment.put("S3_KEY", key);
        environment.put("API_ENDPOINT", api.toString());
        environment.put("AWS_REGION", LocalS3.REGION);
        environment.put("AWS_ACCESS_KEY_ID", LocalS3.ACCESS_KEY_ID);
        environment.put("AWS_SECRET_ACCESS_KEY", LocalS3.SECRET_ACCESS_KEY);
        return environment;
    }

    private static void put(LocalS3 s3, String key, byte[] content) {
        try (S3Client client = client(s3)) {
            client.putObject(r -> r.bucket("bucket").key(key), RequestBody.fromBytes(content));
        }
    }

    private static void dropLastLine(LocalS3 s3, String key) {
        try (S3Client client = client(s3)) {
            String text = client.getObjectAsBytes(r -> r.bucket("bucket").key(key)).asUtf8String();
            int end = text.lastIndexOf('\n', text.length() - 2) + 1;
            put(s3, key, text.substring(0, end).getBytes(UTF_8));
        }
    }

    private static S3Client client(LocalS3 s3) {
        return S3Access.defaults()
                .region(LocalS3.REGION)
                .endpoint(s3.endpoint())
                .pathStyle(true)
                .credentials(LocalS3.ACCESS_KEY_ID, LocalS3.SECRET_ACCESS_KEY)
                .client();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
