package io.ingest4j.examples.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A made up file whose server sends so much of it, and then nothing until it is told to go on. */
public final class StallingFile implements AutoCloseable {

    private static final String NAME = "stalling.csv";

    private final HttpServer server;
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final long length;
    private final long stallAt;
    private volatile int version = 1;

    private StallingFile(HttpServer server, long length, long stallAt) {
        this.server = server;
        this.length = length;
        this.stallAt = stallAt;
        server.setExecutor(executor);
        server.createContext("/" + NAME, this::answer);
    }

    /** Starts its server. */
    public static StallingFile start(long length, long stallAt) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        StallingFile file = new StallingFile(HttpServer.create(any, 0), length, stallAt);
        file.server.start();
        return file;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String range = exchange.getRequestHeaders().getFirst("Range");
            long from =
                    range == null
                            ? 0
                            : Long.parseLong(range.replaceAll("\\D", " ").strip().split(" ")[0]);
            exchange.getResponseHeaders().set("ETag", "\"" + version + '"');
            exchange.getResponseHeaders().set("Accept-Ranges", "bytes");
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", "" + length);
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            if (range != null) {
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes " + from + '-' + (length - 1) + '/' + length);
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, length - from);
            try (OutputStream out = exchange.getResponseBody()) {
                MadeUpFile.write(from, Math.max(from, stallAt), out);
                out.flush();
                goOn.await();
                MadeUpFile.write(Math.max(from, stallAt), length, out);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where it is. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/" + NAME);
    }

    /** What it is called. */
    public String name() {
        return NAME;
    }

    /** Is another file from now on. */
    public void change() {
        version = 2;
    }

    /** Stalls no more. */
    public void goOn() {
        goOn.countDown();
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
