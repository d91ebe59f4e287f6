package io.ingest4j.examples.service;

import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A service on a free port whose external system, unless it has another one's URL, answers when a test says
 * so, and a client of it.
 */
final class ServiceFixture implements AutoCloseable {

    /** What the external system was given, by id; completed by the test, unless it answers itself. */
    final ConcurrentMap<BigInteger, CompletableFuture<Boolean>> calls =
            new ConcurrentSkipListMap<>();

    final Queue<BigInteger> order = new ConcurrentLinkedQueue<>();
    final RunningService service;
    private volatile boolean answersItself;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private ServiceFixture(Map<String, String> environment) throws IOException, SettingsException {
        ServiceSettings settings =
                ServiceSettings.read(
                        new Variables(Map.of(), environment, Map.of()), Path.of("target"));
        service =
                settings.external().url().isPresent()
                        ? RunningService.start(settings)
                        : RunningService.start(settings, PriorityScheduler.calling(this::call));
        service.lastIdleTimeout(Duration.ofMillis(10)); // the client keeps its connections
    }

    static ServiceFixture start(String... settings) {
        Map<String, String> environment =
                new HashMap<>(
                        Map.of(
                                "DATABASE_URL", "memory",
                                "HOST", "127.0.0.1",
                                "PORT", "0",
                                "STOP_SECONDS", "0",
                                "BATCH_DELAY", "0.05"));
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            environment.put(parts[0], parts[1]);
        }
        try {
            return new ServiceFixture(environment);
        } catch (IOException | SettingsException e) {
            throw new IllegalStateException(e);
        }
    }

    ServiceFixture answeringItself() {
        answersItself = true;
        return this;
    }

    private CompletableFuture<Boolean> call(BigInteger id) {
        order.add(id);
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        calls.put(id, answer);
        if (answersItself) {
            answer.complete(true);
        }
        return answer;
    }

    void answer(int id) {
        calls.get(BigInteger.valueOf(id)).complete(true);
    }

    void fail(int id, Exception failure) {
        calls.get(BigInteger.valueOf(id)).completeExceptionally(failure);
    }

    URI uri(String path) {
        return service.uri().resolve(path);
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    HttpResponse<String> delete(String path) {
        return send(HttpRequest.newBuilder(uri(path)).DELETE());
    }

    HttpResponse<String> post(String body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri("/ingest"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    /** Submits what must be taken, and returns the id. */
    String submit(String ids, String priority) {
        HttpResponse<String> answer =
                post("{\"ids\":[" + ids + "],\"priority\":\"" + priority + "\"}");
        return answer.body().replaceFirst("^\\{\"ingestion_id\":\"([^\"]+)\"\\}$", "$1");
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<byte[]> bytes(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofByteArray());
    }

    /** Sends what a client would not, and returns all that comes back until the end. */
    String raw(String text) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", service.uri().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        service.close();
    }
}
