package io.ingest4j.examples.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An external system that remembers every id that ever reached it. */
public final class RecordingSystem implements AutoCloseable {

    private static final Pattern ID = Pattern.compile("\"id\" *: *\"?(\\d+)");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private final Set<Long> received = new HashSet<>();
    private final Set<Long> repeated = new HashSet<>();
    private volatile CountDownLatch answers = new CountDownLatch(0);

    private RecordingSystem() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/process", this::answer);
    }

    /** Starts it on a free port. */
    public static RecordingSystem start() throws IOException {
        RecordingSystem system = new RecordingSystem();
        system.server.start();
        return system;
    }

    /** Where ids are posted to. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/process");
    }

    /** Answers nothing until it goes on. */
    void hold() {
        answers = new CountDownLatch(1);
    }

    void goOn() {
        answers.countDown();
    }

    /** All ids that came. */
    public synchronized Set<Long> received() {
        return Set.copyOf(received);
    }

    /** Those that came more than once. */
    public synchronized Set<Long> repeated() {
        return Set.copyOf(repeated);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body =
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Matcher id = ID.matcher(body);
            if (!id.find()) {
                exchange.sendResponseHeaders(400, -1);
                return;
            }
            record(Long.parseLong(id.group(1)));
            answers.await();
            exchange.sendResponseHeaders(200, -1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void record(long id) {
        if (!received.add(id)) {
            repeated.add(id);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
