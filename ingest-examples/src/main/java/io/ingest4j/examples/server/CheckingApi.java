package io.ingest4j.examples.server;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * An HTTP API on a free port of the loopback interface. {@code POST /process} takes customers as a JSON
 * object, a JSON array or NDJSON, by content type, and compares every field with what was written;
 * above the limit it answers 429 with Retry-After. {@code GET /counts} tells {@link Counts}.
 *
 * <p>The limit is a strict sliding window in which refused requests count too, by the time at which the
 * first byte of a request was there.
 */
public final class CheckingApi implements AutoCloseable {

    /** The limit that never refuses. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private static final int MAX_THREADS = 16;
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(60);

    private final Server server = new Server(new QueuedThreadPool(MAX_THREADS));
    private final ServerConnector connector;
    private final Tally tally;

    private CheckingApi(long records, long seed, Tally tally) {
        this.tally = tally;
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        connector.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        server.addConnector(connector);
        server.setHandler(
                new Routes(
                        Map.of(
                                "/process",
                                new Route("POST", new ProcessEndpoint(tally, records, seed)),
                                "/counts",
                                new Route(
                                        "GET",
                                        (request, answer) -> answer.json(counts().toJson())))));
    }

    /**
     * Starts the API.
     *
     * @param records how many customers, from 1 on, it expects
     * @param seed which customers
     * @param limit how many requests any period may see, or {@link #UNLIMITED}
     * @param period the length of the sliding window
     * @return the running API
     */
    public static CheckingApi start(long records, long seed, long limit, Duration period) {
        return start(records, seed, Tally.forgetful(records, limit, period));
    }

    /**
     * Starts the API where it left off.
     *
     * @param records how many customers, from 1 on, it expects
     * @param seed which customers
     * @param limit how many requests any period may see, or {@link #UNLIMITED}
     * @param period the length of the sliding window
     * @param memory the file in which it remembers what it has received, made if there is none
     * @return the running API
     * @throws IOException if the file can't be used
     */
    public static CheckingApi start(
            long records, long seed, long limit, Duration period, Path memory) throws IOException {
        return start(records, seed, Tally.remembering(memory, records, limit, period));
    }

    private static CheckingApi start(long records, long seed, Tally tally) {
        CheckingApi api = new CheckingApi(records, seed, tally);
        try {
            api.server.start();
        } catch (Exception e) {
            api.close();
            throw new IllegalStateException("the API does not start", e);
        }
        return api;
    }

    /**
     * Returns where records go.
     *
     * @return the URI of {@code /process}
     */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/process");
    }

    /**
     * Returns what it has seen until now.
     *
     * @return the counts
     */
    public Counts counts() {
        return tally.counts();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the API does not stop", e);
        }
    }
}
