package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.Context;
import io.ingest4j.examples.files.Bucket;
import io.ingest4j.examples.files.Json;
import io.ingest4j.examples.server.FileServer;
import io.ingest4j.examples.server.StallingFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@Tag("real-time")
class HttpToS3Test {

    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2025-03-09T23:59:59Z"));
    private static final String DAY = "raw/2025/03/09/";
    private static final int PART = 5 << 20;
    private static final long LARGE = 3L * PART + 7;

    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final StopSignal signal = new StopSignal();
    private Bucket bucket;
    private FileServer files;

    @BeforeEach
    void start() throws IOException {
        bucket = Bucket.start();
        files = FileServer.start(Map.of("units.csv", LARGE, "small.csv", 1L, "empty.csv", 0L));
    }

    @AfterEach
    void stop() {
        files.close();
        bucket.close();
    }

    private int run(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(bucket.environment());
        environment.putAll(more);
        out.reset();
        return new HttpToS3(environment, CLOCK)
                .run(directory, new PrintStream(out, true), new PrintStream(err, true), signal);
    }

    private Map<String, Object> body() {
        return Json.object(out.toString(StandardCharsets.UTF_8));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> in(Map<String, Object> body, String name) {
        return (Map<String, Object>) body.get(name);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> results(Map<String, Object> body) {
        return (List<Map<String, Object>>) body.get("results");
    }

    @Test
    void files_become_objects_and_the_result_tells_of_each() throws IOException {
        bucket.putUrls(files.uri("units.csv"), files.uri("small.csv"), files.uri("empty.csv"));

        int code = run(Map.of());

        assertThat(code).isZero();
        assertThat(bucket.keys())
                .containsExactlyInAnyOrder(DAY + "units.csv", DAY + "small.csv", DAY + "empty.csv");
        assertThat(bucket.digest(DAY + "units.csv")).isEqualTo(Bucket.digestOfFile(LARGE));
        assertThat(bucket.digest(DAY + "small.csv")).isEqualTo(Bucket.digestOfFile(1));
        assertThat(bucket.head(DAY + "empty.csv").contentLength()).isZero();
        assertThat(bucket.head(DAY + "units.csv").contentType()).isEqualTo("text/csv");
        assertThat(bucket.head(DAY + "units.csv").metadata())
                .containsEntry("source_url", files.uri("units.csv").toString())
                .containsEntry("ingestion_time", "2025-03-09T23:59:59Z");
        assertThat(bucket.uploads()).isZero();

        Map<String, Object> body = body();
        assertThat(body.keySet())
                .containsExactly(
                        "message", "elapsed_seconds", "summary", "s3_request_counts", "results");
        assertThat(body.get("message")).isEqualTo("Streamed 3 ok, 0 failed");
        assertThat(in(body, "summary"))
                .isEqualTo(
                        Map.of(
                                "total_files",
                                3L,
                                "successful",
                                3L,
                                "failed",
                                0L,
                                "total_bytes",
                                LARGE + 1));
        assertThat(results(body).get(0))
                .isEqualTo(
                        Map.of(
                                "url",
                                files.uri("units.csv").toString(),
                                "s3_key",
                                DAY + "units.csv",
                                "bytes",
                                LARGE,
                                "parts",
                                4L,
                                "status",
                                "success"));
        assertThat(results(body).get(1)).containsEntry("parts", 1L);
        assertThat(results(body).get(2)).containsEntry("parts", 0L);
        assertThat(in(body, "s3_request_counts"))
                .containsEntry("create_multipart", 1L)
                .containsEntry("upload_part", 4L)
                .containsEntry("complete_multipart", 1L)
                .containsEntry("abort_multipart", 0L)
                .containsEntry("put_object", 2L)
                .containsEntry("get_object", 1L)
                .containsEntry("list_parts", 0L)
                .containsEntry("head_object", 5L);
        long total =
                in(body, "s3_request_counts").entrySet().stream()
                        .filter(entry -> !entry.getKey().equals("total"))
                        .mapToLong(entry -> (Long) entry.getValue())
                        .sum();
        assertThat(in(body, "s3_request_counts")).containsEntry("total", total);
    }

    @Test
    void a_file_that_fails_does_not_stop_the_others_and_shows_no_secret() {
        String missing = files.uri("missing.csv") + "?X-Amz-Signature=topsecret";
        bucket.putUrls(missing, "ftp://user:topsecret@host/x", "::", files.uri("small.csv"));

        int code = run(Map.of());

        assertThat(code).isEqualTo(HttpToS3.FAILED);
        Map<String, Object> body = body();
        assertThat(body.get("message")).isEqualTo("Streamed 1 ok, 3 failed");
        assertThat(results(body))
                .extracting(result -> result.get("status"))
                .containsExactly("failed", "failed", "failed", "success");
        assertThat(results(body).get(0))
                .containsEntry("url", files.uri("missing.csv").toString())
                .containsEntry("s3_key", DAY + "missing.csv");
        assertThat((String) results(body).get(0).get("error")).contains("404");
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("topsecret");
        assertThat(bucket.keys()).containsExactly(DAY + "small.csv");
    }

    @Test
    void two_files_of_one_name_do_not_overwrite_each_other() {
        bucket.putUrls(files.uri("units.csv") + "?a", files.uri("units.csv") + "?b");

        run(Map.of("PATH_PREFIX", "/"));

        assertThat(bucket.keys()).containsExactly("2025/03/09/units-2.csv", "2025/03/09/units.csv");
    }

    @Test
    void files_behind_private_addresses_are_refused_unless_allowed() {
        bucket.putUrls(files.uri("small.csv"));

        int code = run(Map.of("ALLOW_PRIVATE_ADDRESSES", "false"));

        assertThat(code).isEqualTo(HttpToS3.FAILED);
        assertThat((String) results(body()).get(0).get("error")).contains("127.0.0.1");
        assertThat(bucket.keys()).isEmpty();
    }

    @Test
    void a_function_answers_with_a_status_and_a_body_in_a_string() throws IOException {
        bucket.putUrls(files.uri("small.csv"));
        Map<String, Object> ok = invoke(bucket.environment(), 60_000);
        assertThat(ok.keySet()).containsExactly("statusCode", "body");
        assertThat(ok.get("statusCode")).isEqualTo(200L);
        assertThat(Json.object((String) ok.get("body")).get("message"))
                .isEqualTo("Streamed 1 ok, 0 failed");

        bucket.putUrls();
        Map<String, Object> none = invoke(bucket.environment(), 60_000);
        assertThat(none.get("statusCode")).isEqualTo(400L);
        assertThat((String) none.get("body")).contains("file_urls");

        bucket.putParameters("{\"file_urls\": 7}");
        Map<String, Object> bad = invoke(bucket.environment(), 60_000);
        assertThat(bad.get("statusCode")).isEqualTo(500L);
        assertThat((String) bad.get("body"))
                .contains("s3://bucket/config/parameters.json", "array");

        Map<String, Object> nowhere = invoke(Map.of(), 60_000);
        assertThat(nowhere.get("statusCode")).isEqualTo(500L);
        assertThat((String) nowhere.get("body")).contains("BUCKET_NAME must be set");

        Map<String, String> missing = new HashMap<>(bucket.environment());
        missing.put("BUCKET_NAME", "no-such-bucket");
        Map<String, Object> gone = invoke(missing, 60_000);
        assertThat(gone.get("statusCode")).isEqualTo(500L);
        assertThat((String) gone.get("body")).contains("no-such-bucket");
    }

    @Test
    void a_function_stops_before_its_deadline_and_aborts_what_it_can_not_finish()
            throws IOException {
        try (StallingFile stalling = StallingFile.start(LARGE, 2L * PART + (2 << 20))) {
            bucket.putUrls(stalling.uri(), files.uri("small.csv"), files.uri("empty.csv"));

            Map<String, Object> reply = invoke(bucket.environment(), 8_000);

            assertThat(reply.get("statusCode")).isEqualTo(200L);
            Map<String, Object> body = Json.object((String) reply.get("body"));
            assertThat(body.get("message")).isEqualTo("Streamed 2 ok, 1 failed");
            assertThat((String) results(body).get(0).get("error")).contains("before the deadline");
            assertThat(bucket.keys())
                    .containsExactlyInAnyOrder(DAY + "small.csv", DAY + "empty.csv");
            assertThat(bucket.uploads()).isZero();
        }
    }

    @Test
    void what_could_not_be_finished_is_continued_if_it_is_kept() throws IOException {
        try (StallingFile stalling = StallingFile.start(LARGE, 2L * PART + (2 << 20))) {
            bucket.putUrls(stalling.uri());
            Map<String, String> resume = new HashMap<>(bucket.environment());
            resume.put("RESUME", "true");

            Map<String, Object> first = invoke(resume, 10_000);
            assertThat((String) first.get("body")).contains("Streamed 0 ok, 1 failed", "is kept");
            assertThat(bucket.uploads()).isEqualTo(1);
            assertThat(bucket.states()).singleElement().asString().startsWith("http-to-s3-");

            stalling.goOn();
            Map<String, Object> second = invoke(resume, 60_000);
            Map<String, Object> body = Json.object((String) second.get("body"));
            assertThat(body.get("message")).isEqualTo("Streamed 1 ok, 0 failed");
            assertThat((Long) in(body, "s3_request_counts").get("list_parts")).isPositive();
            assertThat((Long) in(body, "s3_request_counts").get("upload_part"))
                    .isLessThanOrEqualTo(2);
            String key = DAY + stalling.name();
            assertThat(bucket.digest(key)).isEqualTo(Bucket.digestOfFile(LARGE));
            assertThat(bucket.uploads()).isZero();

            Map<String, Object> third = invoke(resume, 60_000);
            assertThat((String) third.get("body")).contains("Streamed 1 ok, 0 failed");
        }
    }

    @Test
    void what_was_kept_of_a_file_that_has_changed_is_dropped() throws IOException {
        try (StallingFile stalling = StallingFile.start(LARGE, 2L * PART + (2 << 20))) {
            bucket.putUrls(stalling.uri());
            Map<String, String> resume = new HashMap<>(bucket.environment());
            resume.put("RESUME", "true");
            invoke(resume, 6_000);

            stalling.change();
            stalling.goOn();
            Map<String, Object> second = invoke(resume, 60_000);

            assertThat((String) second.get("body")).contains("Streamed 1 ok, 0 failed");
            assertThat(bucket.digest(DAY + stalling.name())).isEqualTo(Bucket.digestOfFile(LARGE));
        }
    }

    @Test
    void a_function_answers_in_time_though_a_server_does_not() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + silent.getLocalPort() + "/silent.csv";
            bucket.putUrls(url, files.uri("small.csv"));

            Map<String, Object> reply = invoke(bucket.environment(), 6_000);

            Map<String, Object> body = Json.object((String) reply.get("body"));
            assertThat(body.get("message")).isEqualTo("Streamed 1 ok, 1 failed");
            assertThat((String) results(body).get(0).get("error")).contains("before the deadline");
            assertThat((Double) body.get("elapsed_seconds")).isLessThan(20.0);
        }
    }

    @Test
    void uploads_that_nobody_will_finish_are_aborted() throws IOException {
        bucket.putUrls(files.uri("small.csv"));
        bucket.beginUpload("raw/2025/03/08/units.csv");

        run(Map.of());

        assertThat(bucket.uploads()).as("they are young").isEqualTo(1);
        assertThat(in(body(), "s3_request_counts")).containsEntry("list_multipart_uploads", 1L);
    }

    private static Map<String, Object> invoke(Map<String, String> environment, int millisLeft)
            throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        Context context =
                (Context)
                        Proxy.newProxyInstance(
                                HttpToS3Test.class.getClassLoader(),
                                new Class<?>[] {Context.class},
                                (proxy, method, args) ->
                                        switch (method.getName()) {
                                            case "getAwsRequestId" -> "request-1";
                                            case "getRemainingTimeInMillis" -> millisLeft;
                                            default -> throw new UnsupportedOperationException();
                                        });
        new HttpToS3(environment, CLOCK)
                .handleRequest(InputStream.nullInputStream(), answer, context);
        return Json.object(answer.toString(StandardCharsets.UTF_8));
    }

    @Test
    void help_and_bad_arguments() {
        PrintStream to = new PrintStream(out, true);
        PrintStream errors = new PrintStream(err, true);
        HttpToS3 program = new HttpToS3(Map.of(), CLOCK);

        assertThat(program.run(directory, to, errors, signal, "--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("BUCKET_NAME");
        assertThat(program.run(directory, to, errors, signal, "--file-mb", "0"))
                .isEqualTo(HttpToS3.BAD_SETTINGS);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("--file-mb must be a whole number from 1");
    }

    @Test
    void without_settings_it_brings_its_own_servers() {
        int code =
                new HttpToS3(Map.of(), CLOCK)
                        .run(
                                directory,
                                new PrintStream(out, true),
                                new PrintStream(err, true),
                                signal,
                                "--file-mb",
                                "1");

        assertThat(code).isZero();
        assertThat(body().get("message")).isEqualTo("Streamed 3 ok, 0 failed");
        assertThat(in(body(), "summary")).containsEntry("total_bytes", 2_000_000L);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("transactions.csv", "rent_contracts.csv", "developers.csv", "100.0 %");
    }
}
