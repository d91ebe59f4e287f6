package io.ingest4j.examples.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class OperationTest {

    private static final String POST =
            "POST /ingest HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

    private ServiceFixture service = ServiceFixture.start().answeringItself();

    @AfterEach
    void stop() {
        service.close();
    }

    private void restart(String... settings) {
        service.close();
        service = ServiceFixture.start(settings).answeringItself();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /nope, 404, ''",
        "GET, /ingest/, 404, ''",
        "GET, /status/, 404, ''",
        "GET, /status/a/b, 404, ''",
        "GET, /ingest, 405, POST",
        "DELETE, /ingest, 405, POST",
        "GET, /ingest/a, 405, DELETE",
        "POST, /status/a, 405, 'GET, HEAD'",
        "DELETE, /health, 405, 'GET, HEAD'",
        "OPTIONS, /ingest, 405, POST",
        "BREW, /, 405, 'GET, HEAD'"
    })
    void otherPathsAndMethods_areErrorsInJson(
            String method, String path, int status, String allowed) {
        HttpResponse<String> answer =
                service.send(
                        HttpRequest.newBuilder(service.uri(path))
                                .method(method, BodyPublishers.noBody()));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Allow").orElse("")).isEqualTo(allowed);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(answer.body()).endsWith(",\"status_code\":" + status + "}");
    }

    @Test
    void whatTheServerItselfRefuses_isJsonToo() throws Exception {
        assertJson(400, "GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n");
        assertJson(400, "GET / HTTP/1.1\r\n\r\n");
        assertJson(400, "GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertJson(400, "GET /a/..%2fb HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertJson(400, "nonsense\r\n\r\n");
        assertJson(414, "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertJson(431, "GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + "a".repeat(20_000) + "\r\n\r\n");
    }

    private String assertJson(int status, String request) throws IOException {
        String answer = service.raw(request);
        assertThat(answer).startsWith("HTTP/1.1 " + status).contains("application/json");
        assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4))
                .matches("\\{\"detail\":\"[^\"]*\",\"status_code\":" + status + "\\}")
                .doesNotContain("Exception");
        return answer;
    }

    @Test
    void health_tellsWhatWaits_and503WhenThereIsNoQueue() {
        HttpResponse<String> well = service.get("/health");
        assertThat(well.statusCode()).isEqualTo(200);
        assertThat(well.body()).startsWith("{\"status\":\"ok\",\"queued\":0");
        service.service.scheduler().close();
        await().until(() -> service.get("/health").statusCode() == 503);
        assertThat(service.get("/status/a").statusCode()).isEqualTo(503);
        assertThat(service.delete("/ingest/a").statusCode()).isEqualTo(503);
        HttpResponse<String> submit = service.post("{\"ids\":[1],\"priority\":\"LOW\"}");
        assertThat(submit.statusCode()).isEqualTo(503);
        assertThat(submit.headers().firstValue("Retry-After")).isPresent();
        assertThat(service.get("/live").body()).contains("\"store_fails\":true");
        assertThat(service.get("/metrics").statusCode()).isEqualTo(200);
    }

    @Test
    void metrics_tellOfQueueItemsAndRequests() {
        service.submit("1,2", "HIGH");
        service.post("{}");
        service.get("/made-up-path");
        await().untilAsserted(
                        () ->
                                assertThat(service.get("/metrics").body())
                                        .contains("ingest_items_total{outcome=\"completed\"} 2.0")
                                        .contains("ingest_dispatches_total 1.0")
                                        .contains("ingest_queue_items{priority=\"LOW\"} 0.0")
                                        .contains("ingest_queue_oldest_wait_seconds 0.0")
                                        .contains("ingest_items_in_flight 0.0")
                                        .contains("http_requests_in_flight 1.0")
                                        .contains(
                                                "http_server_requests_seconds_count{method=\"POST\","
                                                        + "route=\"/ingest\",status=\"422\"} 1")
                                        .contains("le=\"0.05\"")
                                        .doesNotContain("made-up-path"));
    }

    @Test
    void aClientOverItsLimit_is429_andHealthIsNotLimited() {
        restart("CLIENT_REQUESTS_PER_SECOND=1");
        for (int i = 0; i < 20; i++) {
            assertThat(service.get("/health").statusCode()).isEqualTo(200);
        }
        for (String request : new String[] {"GET /status/a", "POST /ingest", "DELETE /ingest/a"}) {
            String[] parts = request.split(" ");
            HttpRequest.Builder builder =
                    HttpRequest.newBuilder(service.uri(parts[1]))
                            .method(parts[0], BodyPublishers.noBody());
            // Nobody can do that more than once a second.
            await().pollInterval(Duration.ofMillis(1))
                    .untilAsserted(
                            () -> {
                                HttpResponse<String> answer = service.send(builder);
                                assertThat(answer.statusCode()).isEqualTo(429);
                                assertThat(answer.headers().firstValue("Retry-After"))
                                        .hasValue("1");
                            });
        }
    }

    @Test
    void aBurstOfTheLimit_goesThrough() {
        restart("CLIENT_REQUESTS_PER_SECOND=50");
        for (int i = 0; i < 50; i++) {
            assertThat(service.get("/status/a").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void whoTheClientIs_isTakenFromAProxyOnlyIfItIsTrusted() {
        restart("CLIENT_REQUESTS_PER_SECOND=1", "TRUST_FORWARDED_FOR=true");
        for (int i = 0; i < 20; i++) {
            assertThat(statusFor("made-up, 10.0.0." + i)).isEqualTo(404);
        }
        restart("CLIENT_REQUESTS_PER_SECOND=1");
        await().until(() -> statusFor("10.0.0.1") == 429);
    }

    private int statusFor(String forwarded) {
        return service.send(
                        HttpRequest.newBuilder(service.uri("/status/a"))
                                .header("X-Forwarded-For", forwarded))
                .statusCode();
    }

    @Test
    void otherOrigins_areAllowedOnlyIfSet() throws Exception {
        String preflight =
                "OPTIONS /ingest HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: https://app.test\r\n"
                        + "Access-Control-Request-Method: POST\r\n"
                        + "Access-Control-Request-Headers: idempotency-key\r\n\r\n";
        assertThat(service.raw(preflight)).doesNotContain("Access-Control-Allow-Origin");
        restart("CORS_ORIGINS=https://other.test, https://app.test");
        assertThat(service.raw(preflight))
                .startsWith("HTTP/1.1 20")
                .contains("Access-Control-Allow-Origin: https://app.test")
                .containsIgnoringCase("Idempotency-Key");
        assertThat(service.raw(preflight.replace("app.test", "appxtest")))
                .doesNotContain("Access-Control-Allow-Origin");
        restart("CORS_ORIGINS=*");
        assertThat(service.raw(preflight)).contains("Access-Control-Allow-Origin: ");
    }

    @Test
    void whatTheLivePageShows_isForNoOtherOrigin() throws Exception {
        restart("CORS_ORIGINS=https://app.test");
        String get =
                "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: https://app.test\r\n\r\n";
        assertThat(service.raw(get.formatted("/health"))).contains("Access-Control-Allow-Origin");
        for (String path : new String[] {"/live", "/live/open", "/live/submission/a", "/%6Cive"}) {
            assertThat(service.raw(get.formatted(path)))
                    .as(path)
                    .startsWith("HTTP/1.1 ")
                    .doesNotContain("Access-Control-Allow-Origin");
        }
    }

    /** The client would see the connection end instead, as it is still sending. */
    @Test
    void aRefusalBeforeTheBodyWasRead_reachesAClientThatIsStillSending() {
        byte[] body = new byte[8 << 20];
        for (int i = 0; i < 5; i++) {
            assertThat(sent("POST", "/status/a", body)).isEqualTo(405);
            assertThat(sent("PUT", "/nope", body)).isEqualTo(404);
            assertThat(sent("POST", "/ingest", body, "Idempotency-Key", "k".repeat(256)))
                    .isEqualTo(400);
        }
        restart("CLIENT_REQUESTS_PER_SECOND=1");
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> sent("POST", "/ingest", body) == 429);
    }

    private int sent(String method, String path, byte[] body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(service.uri(path))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofByteArray(body));
        return service.send(headers.length == 0 ? request : request.headers(headers)).statusCode();
    }

    @Test
    void aBodyThatIsAwaited_isNotAskedForInVain() throws Exception {
        assertThat(
                        service.raw(
                                "POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
                                        + "Expect: 100-continue\r\n\r\n"))
                .startsWith("HTTP/1.1 404");
    }

    @Test
    void aBodyThatStalls_is408() throws Exception {
        service.service.idleTimeout(Duration.ofMillis(200));
        assertJson(408, POST + "Content-Length: 100\r\n\r\n{");
    }

    @Test
    void aBodyThatDrips_is408() throws Exception {
        service.service.bodies().patience(Duration.ZERO);
        try (Socket client = new Socket("127.0.0.1", service.service.uri().getPort())) {
            client.setSoTimeout(20_000);
            OutputStream out = client.getOutputStream();
            out.write((POST + "Content-Length: 100\r\n\r\n{").getBytes(US_ASCII));
            // Each byte is more than a moment later than the one before.
            await().pollInterval(Duration.ofMillis(10))
                    .until(
                            () -> {
                                out.write(' ');
                                return client.getInputStream().available() > 0;
                            });
            assertThat(
                            new BufferedReader(
                                            new InputStreamReader(
                                                    client.getInputStream(), US_ASCII))
                                    .readLine())
                    .startsWith("HTTP/1.1 408");
        }
    }

    @Test
    void aBodyThatIsTooLarge_isNotAskedFor() throws Exception {
        assertJson(413, POST + "Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
    }

    @Test
    void aBodyThatTurnsOutTooLarge_isReadOn_thoughItsClientWaitedToSend() throws Exception {
        String head =
                POST
                        + "Connection: close\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n";
        String chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
        for (int i = 0; i < 5; i++) {
            assertThat(service.raw(head + chunk.repeat(128) + "0\r\n\r\n"))
                    .contains("HTTP/1.1 413");
        }
    }

    @Test
    void bodiesThatWait_takeOfTheBudget_andGiveItBack() throws Exception {
        MemoryBudget budget = service.service.bodies().budget();
        try (Socket client = new Socket("127.0.0.1", service.service.uri().getPort())) {
            client.getOutputStream()
                    .write((POST + "Content-Length: 100\r\n\r\n{").getBytes(US_ASCII));
            await().until(() -> budget.usedBytes() > 0);
        }
        await().until(() -> budget.usedBytes() == 0);
        assertThat(service.submit("1", "LOW")).isNotEmpty();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void smallAnswersThatWait_takeOfTheBudget_andGiveItBack() throws Exception {
        String ids =
                IntStream.rangeClosed(1, 1_000).mapToObj(Integer::toString).collect(joining(","));
        String path = "/status/" + service.submit(ids, "LOW");
        assertThat(service.get(path).body().length()).isLessThan((int) MemoryBudget.FREE_BYTES);
        MemoryBudget budget = service.service.bodies().budget();
        await().until(() -> budget.usedBytes() == 0);
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(1_024);
            client.connect(new InetSocketAddress("127.0.0.1", service.service.uri().getPort()));
            String request = "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
            client.getOutputStream()
                    .write(request.repeat(1_000).getBytes(US_ASCII)); // and reads nothing
            await().until(() -> budget.usedBytes() > 0);
        }
        await().until(() -> budget.usedBytes() == 0);
    }

    @Test
    void aLargeRequestThatIsRefused_takesNoRoomFromSmallOnes() {
        MemoryBudget budget = new MemoryBudget(1 << 20);
        assertThat(budget.share().resize(1_000_000)).isTrue();
        AtomicBoolean ended = new AtomicBoolean();
        CompletableFuture<Void> large =
                CompletableFuture.runAsync(
                        () -> {
                            while (!ended.get()) {
                                assertThat(budget.share().resize(1 << 20)).isFalse();
                            }
                        });
        try {
            for (int i = 0; i < 200_000; i++) {
                MemoryBudget.Share small = budget.share();
                assertThat(small.resize(1_024)).isTrue();
                small.close();
            }
        } finally {
            ended.set(true);
            large.join();
        }
    }

    @Test
    void largeAnswersBeyondTheBudget_are503_andSmallOnesAreGiven() {
        String ids =
                IntStream.rangeClosed(1, 5_000).mapToObj(Integer::toString).collect(joining(","));
        String large = service.submit(ids, "LOW");
        String small = service.submit("1", "LOW");
        assertThat(service.get("/status/" + large).statusCode()).isEqualTo(200);
        MemoryBudget budget = service.service.bodies().budget();
        await().until(() -> budget.usedBytes() == 0);
        MemoryBudget.Share all = budget.share();
        assertThat(all.resize(budget.maxBytes())).isTrue();
        assertThat(service.get("/status/" + large).statusCode()).isEqualTo(503);
        assertThat(service.get("/status/" + small).statusCode()).isEqualTo(200);
        all.close();
        assertThat(service.get("/status/" + large).statusCode()).isEqualTo(200);
    }

    @Test
    void bodiesBeyondTheBudget_are503_andSmallOnesAreTaken() throws Exception {
        MemoryBudget budget = service.service.bodies().budget();
        List<MemoryBudget.Share> all = new ArrayList<>(List.of(budget.share()));
        assertThat(all.get(0).resize(budget.maxBytes())).isTrue();
        assertThat(budget.share().resize(MemoryBudget.FREE_BYTES + 1)).isFalse();
        service.service.idleTimeout(Duration.ofMillis(200));
        assertJson(408, POST + "Content-Length: 100\r\n\r\n{"); // a small one may wait all the same
        do {
            all.add(budget.share());
        } while (all.get(all.size() - 1).resize(1_024));
        String answer = assertJson(503, POST + "Content-Length: 100\r\n\r\n{");
        assertThat(answer).contains("Retry-After: 5").contains("too many large requests at once");
        assertThat(service.submit("1", "LOW")).isNotEmpty();
        all.forEach(MemoryBudget.Share::close);
    }

    @Test
    void aSchedulerThatEnds_isSeen() {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        SchedulerEnd end = new SchedulerEnd();
        end.failure().thenAccept(seen::set);
        end.onClose(Optional.empty());
        assertThat(seen.get()).isNull();
        end.onClose(Optional.of(new StackOverflowError()));
        assertThat(seen.get()).isInstanceOf(StackOverflowError.class);
    }

    @Test
    void aPortInUse_isSaidSo() {
        int port = service.service.uri().getPort();
        assertThatThrownBy(() -> ServiceFixture.start("PORT=" + port))
                .hasMessageContaining("can't listen on HOST 127.0.0.1, PORT " + port);
    }

    @Test
    void aHostThatIsNone_isSaidSo() {
        assertThatThrownBy(() -> ServiceFixture.start("HOST=no.such.host.invalid"))
                .hasMessageContaining("can't listen on HOST no.such.host.invalid, PORT 0: ")
                .hasMessageNotContaining("null");
    }

    @Test
    void headers_comeAlone_whenAskedFor() {
        HttpResponse<String> answer =
                service.send(
                        HttpRequest.newBuilder(service.uri("/health"))
                                .method("HEAD", BodyPublishers.noBody()));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void answers_areNotSniffed() {
        assertThat(service.get("/live").headers().firstValue("X-Content-Type-Options"))
                .hasValue("nosniff");
    }
}
