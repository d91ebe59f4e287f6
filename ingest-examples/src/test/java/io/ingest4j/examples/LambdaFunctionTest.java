package io.ingest4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.examples.files.Bucket;
import io.ingest4j.examples.files.Json;
import io.ingest4j.examples.server.FileServer;
import io.ingest4j.examples.server.RuntimeApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The function in a process of its own, under the runtime that AWS runs it with. */
@Tag("real-time")
@EnabledOnOs(value = OS.LINUX, disabledReason = "the runtime interface client is for Linux")
class LambdaFunctionTest {

    private static final String RUNTIME =
            "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
    private static final Duration TIME = Duration.ofSeconds(60);
    private static final long LARGE = (11L << 20) + 7;

    @TempDir Path directory;

    @Test
    @Timeout(180)
    void it_answers_in_the_form_wanted_and_logs_what_the_queries_ask_for() throws Exception {
        try (Bucket bucket = Bucket.start();
                FileServer files = FileServer.start(Map.of("units.csv", LARGE, "empty.csv", 0L));
                RuntimeApi api = RuntimeApi.start()) {
            Process function = start(bucket, api);
            try {
                bucket.putUrls(
                        files.uri("units.csv"), files.uri("empty.csv"), files.uri("missing.csv"));
                Map<String, Object> reply = reply(api.invoke("id-1", TIME));
                assertThat(reply.get("statusCode")).isEqualTo(200L);
                assertThat(Json.object((String) reply.get("body")).get("message"))
                        .isEqualTo("Streamed 2 ok, 1 failed");
                assertThat(bucket.keys()).hasSize(2);

                bucket.putUrls();
                assertThat(reply(api.invoke("id-2", TIME)).get("statusCode")).isEqualTo(400L);

                bucket.putParameters("no JSON");
                assertThat(reply(api.invoke("id-3", TIME)).get("statusCode")).isEqualTo(500L);
            } catch (IllegalStateException e) {
                throw new AssertionError(Files.readString(directory.resolve("log")), e);
            } finally {
                function.destroyForcibly().waitFor();
            }
        }
        checkLog(Files.readAllLines(directory.resolve("log")));
    }

    private static Map<String, Object> reply(String result) {
        assertThat(result).startsWith("response ");
        return Json.object(result.substring("response ".length()));
    }

    private Process start(Bucket bucket, RuntimeApi api) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", classPath(), RUNTIME, HttpToS3.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().putAll(bucket.environment());
        builder.environment()
                .putAll(
                        Map.of(
                                "AWS_LAMBDA_RUNTIME_API",
                                api.address(),
                                "_HANDLER",
                                HttpToS3.class.getName(),
                                "LAMBDA_TASK_ROOT",
                                directory.toString(),
                                "AWS_LAMBDA_FUNCTION_NAME",
                                "http-to-s3",
                                "AWS_LAMBDA_FUNCTION_VERSION",
                                "1",
                                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                "512"));
        return builder.redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("log").toFile())
                .start();
    }

    /** Each line is an object of its own, and has what every line must have. */
    private static void checkLog(List<String> lines) throws IOException {
        Map<String, Set<String>> events = new HashMap<>();
        for (String line : lines) {
            if (!line.startsWith("{")) {
                continue; // the runtime's own
            }
            Map<String, Object> event = Json.object(line);
            assertThat(event).as(line).containsKeys("event", "level", "ts", "aws_request_id");
            assertThat((String) event.get("aws_request_id")).matches("id-[123]");
            events.computeIfAbsent((String) event.get("event"), name -> new HashSet<>())
                    .addAll(event.keySet());
        }
        assertThat(events.keySet())
                .contains(
                        "lambda_start",
                        "ingestion_plan",
                        "no_file_urls",
                        "parameters_load_error",
                        "file_download_start",
                        "multipart_create_start",
                        "multipart_create_complete",
                        "part_upload_start",
                        "part_upload_complete",
                        "file_progress",
                        "multipart_complete_start",
                        "multipart_complete_done",
                        "file_complete",
                        "file_complete_zero",
                        "file_error",
                        "s3_request_counters",
                        "lambda_complete");
        assertThat(events.get("file_progress")).contains("bytes", "expected", "percent");
        assertThat(events.get("file_complete")).contains("bytes", "elapsed_ms", "avg_mbps");
        checkQueries(events);
    }

    /** The queries in the documentation name events and fields that there are. */
    private static void checkQueries(Map<String, Set<String>> events) throws IOException {
        String text = Files.readString(Path.of("..", "docs", "http-to-s3.md"));
        Matcher queries =
                Pattern.compile("```\\n(filter event = \"(\\w+)\".*?)```", Pattern.DOTALL)
                        .matcher(text);
        int found = 0;
        while (queries.find()) {
            found++;
            Set<String> fields = events.get(queries.group(2));
            assertThat(fields).as("fields of %s", queries.group(2)).isNotNull();
            Matcher names =
                    Pattern.compile("\\b[a-z0-9]+(?:_[a-z0-9]+)+\\b|\\b(?:bytes|url|error)\\b")
                            .matcher(
                                    queries.group(1)
                                            .replaceAll("\"[^\"]*\"", "")
                                            .replaceAll(" as \\w+", ""));
            while (names.find()) {
                assertThat(fields).as(queries.group(1)).contains(names.group());
            }
        }
        assertThat(found).as("queries in the documentation").isGreaterThanOrEqualTo(3);
    }

    private static String classPath() {
        String real = System.getProperty("surefire.test.class.path");
        return real != null ? real : System.getProperty("java.class.path");
    }
}
