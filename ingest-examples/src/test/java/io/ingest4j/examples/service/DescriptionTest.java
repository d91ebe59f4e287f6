package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ingest4j.examples.files.Json;
import java.io.IOException;
import java.math.BigInteger;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The API's description says what is so, and its pages need nothing from elsewhere. */
@Timeout(60)
class DescriptionTest {

    private static final String GOOD = "{\"ids\":[1],\"priority\":\"LOW\"}";

    private final Set<String> seen = new TreeSet<>();

    private void request(ServiceFixture service, String method, String path, String body) {
        request(service, method, path, body, "application/json");
    }

    private void request(
            ServiceFixture service, String method, String path, String body, String type) {
        int status =
                service.send(
                                HttpRequest.newBuilder(service.uri(path))
                                        .header("Content-Type", type)
                                        .method(method, BodyPublishers.ofString(body)))
                        .statusCode();
        String route =
                path.matches("/(status|ingest)/.+")
                        ? path.replaceFirst("[^/]+$", "{ingestion_id}")
                        : path;
        seen.add(method.toLowerCase(Locale.ROOT) + " " + route + " " + status);
    }

    /** A body of which nothing more comes. */
    private void stall(ServiceFixture service, String path) throws IOException {
        service.service.idleTimeout(Duration.ofMillis(200));
        String answer =
                service.raw(
                        "POST "
                                + path
                                + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
        seen.add("post " + path + " " + answer.split(" ", 3)[1]);
    }

    @Test
    void everyAnswerThatIsDescribed_isGiven_andNoOther() throws Exception {
        String id;
        try (ServiceFixture service = ServiceFixture.start("MAX_BODY_KB=1").answeringItself()) {
            id = service.submit("1", "LOW");
            request(service, "POST", "/ingest", GOOD);
            request(service, "POST", "/ingest", "");
            request(service, "POST", "/ingest", GOOD, "text/plain");
            request(service, "POST", "/ingest", "{}");
            request(service, "POST", "/ingest", " ".repeat(2_000));
            for (String path : new String[] {id, "nope"}) {
                request(service, "GET", "/status/" + path, "");
                request(service, "DELETE", "/ingest/" + path, "");
            }
            request(service, "GET", "/health", "");
            request(service, "GET", "/metrics", "");
            service.service.scheduler().close();
            await().until(() -> service.get("/health").statusCode() == 503);
            request(service, "GET", "/health", "");
            request(service, "POST", "/ingest", GOOD);
            request(service, "GET", "/status/" + id, "");
            request(service, "DELETE", "/ingest/" + id, "");
        }
        try (ServiceFixture service = ServiceFixture.start("CLIENT_REQUESTS_PER_SECOND=1")) {
            await().until(() -> service.get("/status/a").statusCode() == 429);
            // The period begins anew with each that is let through, so each of these is tried
            // often.
            for (int i = 0; i < 20; i++) {
                request(service, "POST", "/ingest", GOOD);
                request(service, "GET", "/status/nope", "");
                request(service, "DELETE", "/ingest/nope", "");
            }
        }
        try (ServiceFixture service = ServiceFixture.start()) {
            stall(service, "/ingest");
        }
        assertThat(seen).isEqualTo(described());
    }

    @SuppressWarnings("unchecked")
    private static Set<String> described() {
        Set<String> all = new TreeSet<>();
        Map<String, Object> paths = (Map<String, Object>) description().get("paths");
        paths.forEach(
                (path, methods) ->
                        ((Map<String, Object>) methods)
                                .forEach(
                                        (method, operation) ->
                                                ((Map<String, Object>)
                                                                ((Map<String, Object>) operation)
                                                                        .get("responses"))
                                                        .keySet()
                                                        .forEach(
                                                                status ->
                                                                        all.add(
                                                                                method + " " + path
                                                                                        + " "
                                                                                        + status))));
        return all;
    }

    private static Map<String, Object> description() {
        try (ServiceFixture service = ServiceFixture.start()) {
            return Json.object(service.get("/openapi.json").body());
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void theLargestId_isDescribedAsItIs() {
        Map<String, Object> schemas =
                (Map<String, Object>)
                        ((Map<String, Object>) description().get("components")).get("schemas");
        Map<String, Object> submission = (Map<String, Object>) schemas.get("Submission");
        Map<String, Object> ids =
                (Map<String, Object>)
                        ((Map<String, Object>) submission.get("properties")).get("ids");
        assertThat(((Map<String, Object>) ids.get("items")).get("maximum"))
                .isEqualTo(SubmissionReader.MAX_ID)
                .isEqualTo(new BigInteger("10000000000000000007"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/docs", "/redoc"})
    void pages_needNothingFromElsewhere(String path) throws Exception {
        try (ServiceFixture service = ServiceFixture.start()) {
            var page = service.get(path);
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                    .startsWith("default-src 'none'")
                    .doesNotContain("http:", "https:", "unsafe-eval");
            assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
            Matcher links =
                    Pattern.compile("(?:src|href|spec-url)=\"([^\"]*)\"").matcher(page.body());
            int count = 0;
            while (links.find()) {
                String link = links.group(1);
                if (link.equals("data:,")) {
                    continue;
                }
                assertThat(link).startsWith("/").doesNotStartWith("//");
                var asset = service.bytes(link);
                assertThat(asset.statusCode()).as(link).isEqualTo(200);
                assertThat(asset.body()).as(link).isNotEmpty();
                count++;
            }
            assertThat(count).isGreaterThan(1);
        }
    }

    @Test
    void theScriptsOfBothPrograms_areWhole() throws Exception {
        try (ServiceFixture service = ServiceFixture.start()) {
            var swagger = service.bytes("/docs/swagger-ui-bundle.js");
            assertThat(new String(swagger.body(), StandardCharsets.UTF_8))
                    .contains("SwaggerUIBundle");
            assertThat(swagger.headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/javascript");
            var redoc = service.bytes("/redoc/redoc.standalone.js");
            assertThat(new String(redoc.body(), StandardCharsets.UTF_8)).contains("Redoc");
        }
    }
}
