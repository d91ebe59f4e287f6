package io.ingest4j.examples.server;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The loopback side of a Lambda function: hands out invocations and takes their results, as "Using the
 * Lambda runtime API" in the AWS Lambda developer guide has it.
 */
public final class RuntimeApi implements AutoCloseable {

    private static final String INVOCATION = "/2018-06-01/runtime/invocation/";

    private record Invocation(String id, long deadlineMillis) {}

    private final HttpServer server;
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final BlockingQueue<Invocation> invocations = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> results = new ArrayBlockingQueue<>(10);

    private RuntimeApi(HttpServer server) {
        this.server = server;
        server.setExecutor(executor);
        server.createContext("/", this::answer);
    }

    /** Starts it. */
    public static RuntimeApi start() throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        RuntimeApi api = new RuntimeApi(HttpServer.create(any, 0));
        api.server.start();
        return api;
    }

    /** What the function's environment has to say. */
    public String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** Invokes the function and returns its result, after the kind of it and a space. */
    public String invoke(String id, Duration time) throws InterruptedException {
        invocations.add(new Invocation(id, System.currentTimeMillis() + time.toMillis()));
        String result = results.poll(time.toSeconds() + 30, TimeUnit.SECONDS);
        if (result == null) {
            throw new IllegalStateException("the function did not answer");
        }
        return result;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (path.equals(INVOCATION + "next")) {
                next(exchange);
            } else {
                byte[] body = exchange.getRequestBody().readAllBytes();
                String kind = path.substring(path.lastIndexOf('/') + 1);
                results.add(kind + ' ' + new String(body, StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(202, -1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void next(HttpExchange exchange) throws IOException, InterruptedException {
        Invocation invocation = invocations.take();
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", "application/json"); // without it the client crashes
        headers.set("Lambda-Runtime-Aws-Request-Id", invocation.id);
        headers.set("Lambda-Runtime-Deadline-Ms", "" + invocation.deadlineMillis);
        headers.set(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:us-east-1:123456789012:function:http-to-s3");
        byte[] event = "{\"source\":\"aws.events\"}".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, event.length);
        exchange.getResponseBody().write(event);
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
