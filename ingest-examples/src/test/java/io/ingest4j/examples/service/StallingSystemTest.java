package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.ingest4j.examples.settings.Variables;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An external system that hangs, and then answers all at once. */
@Timeout(60)
class StallingSystemTest {

    private final AtomicInteger begun = new AtomicInteger();
    private final CountDownLatch goesOn = new CountDownLatch(1);

    /** Those that wait inside the service would come in a burst when the system goes on. */
    @Test
    void everyIdThatIsUnderWay_hasReachedTheSystem() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer server =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        server.setExecutor(threads);
        server.createContext(
                "/",
                exchange -> {
                    begun.incrementAndGet();
                    try {
                        goesOn.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        for (int maxInFlight : new int[] {30, 100}) {
            stall(url, maxInFlight);
        }
        goesOn.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void stall(String url, int maxInFlight) throws Exception {
        begun.set(0);
        Variables variables =
                new Variables(
                        Map.of(),
                        Map.of(
                                "DATABASE_URL", "memory",
                                "HOST", "127.0.0.1",
                                "PORT", "0",
                                "STOP_SECONDS", "0",
                                "BATCH_SIZE", "10",
                                "BATCH_DELAY", "0.01",
                                "MAX_IN_FLIGHT", Integer.toString(maxInFlight),
                                "EXTERNAL_URL", url),
                        Map.of());
        try (RunningService service =
                RunningService.start(ServiceSettings.read(variables, Path.of("target")))) {
            String ids =
                    IntStream.rangeClosed(1, 200)
                            .mapToObj(Integer::toString)
                            .collect(Collectors.joining(","));
            HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(service.uri().resolve("/ingest"))
                                    .header("Content-Type", "application/json")
                                    .POST(
                                            BodyPublishers.ofString(
                                                    "{\"ids\":[" + ids + "],\"priority\":\"LOW\"}"))
                                    .build(),
                            BodyHandlers.ofString());
            await().until(() -> begun.get() == maxInFlight);
            assertThat(service.scheduler().statistics().depth().values())
                    .as("what waits for its turn, of 200")
                    .contains(200L - maxInFlight);
        }
    }
}
