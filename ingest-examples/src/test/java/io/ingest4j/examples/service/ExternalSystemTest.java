package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.ingest4j.examples.settings.Variables;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExternalSystemTest {

    private static ExternalSettings simulated(double failures, double rejections) {
        return new ExternalSettings(
                Optional.empty(), Duration.ofSeconds(1), 0, 0, failures, rejections, 42);
    }

    /** What becomes of the ids from 1 to 200, tried once each. */
    private static List<String> outcomes(SimulatedSystem system) {
        List<String> outcomes = new ArrayList<>();
        IntStream.rangeClosed(1, 200)
                .forEach(
                        id ->
                                outcomes.add(
                                        system.apply(BigInteger.valueOf(id))
                                                .handle(
                                                        (any, failure) ->
                                                                failure == null
                                                                        ? "ok"
                                                                        : failure.getCause()
                                                                                .getClass()
                                                                                .getSimpleName())
                                                .toCompletableFuture()
                                                .join()));
        return outcomes;
    }

    @Test
    void theSameSeed_failsTheSame() {
        List<String> first = outcomes(new SimulatedSystem(simulated(0.2, 0.1)));
        assertThat(first).contains("ok", "IOException", "IllegalArgumentException");
        assertThat(outcomes(new SimulatedSystem(simulated(0.2, 0.1)))).isEqualTo(first);
        assertThat(outcomes(new SimulatedSystem(simulated(0, 0)))).containsOnly("ok");
    }

    @Test
    void anIdThatIsRejected_isRejectedEachTime() {
        SimulatedSystem system = new SimulatedSystem(simulated(0, 0.3));
        assertThat(outcomes(system)).isEqualTo(outcomes(system));
    }

    @Test
    void aRealOne_getsEachIdAsJson_andItsRefusalsAreSeen() throws Exception {
        Queue<String> received = new ConcurrentLinkedQueue<>();
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext(
                "/process",
                exchange -> {
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    received.add(
                            exchange.getRequestHeaders().getFirst("Content-Type") + " " + body);
                    exchange.sendResponseHeaders(body.contains(" 2}") ? 422 : 200, -1);
                    exchange.close();
                });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/process";
        Variables variables =
                new Variables(
                        Map.of(),
                        Map.of(
                                "DATABASE_URL", "memory",
                                "HOST", "127.0.0.1",
                                "PORT", "0",
                                "EXTERNAL_URL", url),
                        Map.of());
        try (RunningService service =
                RunningService.start(ServiceSettings.read(variables, Path.of("target")))) {
            String answer =
                    send(
                            HttpRequest.newBuilder(service.uri().resolve("/ingest"))
                                    .header("Content-Type", "application/json")
                                    .POST(
                                            BodyPublishers.ofString(
                                                    "{\"ids\":[1,2,10000000000000000007],"
                                                            + "\"priority\":\"LOW\"}")));
            URI status =
                    service.uri().resolve("/status/" + answer.replaceFirst(".*:\"(.*)\"\\}", "$1"));
            await().untilAsserted(
                            () ->
                                    assertThat(send(HttpRequest.newBuilder(status)))
                                            .contains("\"status\":\"failed\",\"batches\"")
                                            .contains("{\"id\":2,\"reason\":\"HTTP 422"));
        } finally {
            server.stop(0);
        }
        assertThat(received)
                .containsExactlyInAnyOrder(
                        "application/json {\"id\": 1}",
                        "application/json {\"id\": 2}",
                        "application/json {\"id\": 10000000000000000007}");
    }

    private static String send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString()).body();
    }
}
