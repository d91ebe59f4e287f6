package io.ingest4j.examples.service;

import io.ingest4j.core.schedule.PriorityScheduler;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.CrossOriginHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service while it runs. */
public final class RunningService implements AutoCloseable {

    /** Many submissions may wait for one force of the disk. */
    private static final int MAX_THREADS = 200;

    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private static final String NO_USERS =
            "there is no authentication: whoever reaches it can submit and cancel";

    private static final Logger LOG = LoggerFactory.getLogger(RunningService.class);

    private final Server server;
    private final ServerConnector connector;
    private final PriorityScheduler<BigInteger> scheduler;
    private final SchedulerEnd end;
    private final DatabaseLock lock;
    private final BodyLimits bodies;

    private RunningService(
            Server server,
            PriorityScheduler<BigInteger> scheduler,
            SchedulerEnd end,
            DatabaseLock lock,
            BodyLimits bodies) {
        this.bodies = bodies;
        this.server = server;
        connector = (ServerConnector) server.getConnectors()[0];
        this.scheduler = scheduler;
        this.end = end;
        this.lock = lock;
    }

    /**
     * Starts the scheduler, then the server.
     *
     * @param settings what it is told
     * @return the running service
     * @throws IOException if it can't listen where it should, or the file of SQLite is another process's;
     *     the message says so
     */
    public static RunningService start(ServiceSettings settings) throws IOException {
        return start(settings, Schedulers.external(settings));
    }

    static RunningService start(
            ServiceSettings settings, PriorityScheduler.Builder<BigInteger> external)
            throws IOException {
        DatabaseLock lock = DatabaseLock.take(settings.database());
        try {
            return start(settings, external, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static RunningService start(
            ServiceSettings settings,
            PriorityScheduler.Builder<BigInteger> external,
            DatabaseLock lock)
            throws IOException {
        SchedulerEnd end = new SchedulerEnd();
        LiveBoard board = new LiveBoard();
        Metrics metrics = new Metrics();
        PriorityScheduler<BigInteger> scheduler =
                Schedulers.start(settings, external, List.of(board, metrics, end));
        try {
            QueueWatch queue = new QueueWatch(scheduler);
            metrics.watch(queue);
            LiveView live =
                    new LiveView(
                            scheduler,
                            scheduler::openSubmissions,
                            settings,
                            queue,
                            board,
                            InstantSource.system(),
                            LiveView.PATIENCE);
            BodyLimits bodies = new BodyLimits(settings.maxBodyBytes(), MemoryBudget.ofHeap());
            Router router =
                    new Router(
                            ServiceRoutes.of(
                                    new IngestEndpoints(scheduler, settings, queue, board),
                                    queue,
                                    metrics,
                                    live),
                            new ClientLimit(
                                    settings.clientRequestsPerSecond(),
                                    settings.trustForwardedFor()),
                            bodies);
            Handler handler = crossOrigin(settings.corsOrigins(), router);
            Server server = server(settings, new Measured(metrics, handler));
            RunningService service = new RunningService(server, scheduler, end, lock, bodies);
            service.listen(settings);
            return service;
        } catch (IOException | RuntimeException e) {
            scheduler.close();
            throw e;
        }
    }

    private static Handler crossOrigin(Set<String> origins, Handler handler) {
        if (origins.isEmpty()) {
            return handler;
        }
        CrossOriginHandler crossOrigin =
                new CrossOriginHandler() {
                    @Override
                    public boolean handle(Request request, Response response, Callback callback)
                            throws Exception {
                        return isForOurPage(Request.getPathInContext(request))
                                ? handler.handle(request, response, callback)
                                : super.handle(request, response, callback);
                    }
                };
        crossOrigin.setAllowedOriginPatterns(
                origins.stream()
                        .map(origin -> origin.equals("*") ? origin : Pattern.quote(origin))
                        .collect(Collectors.toSet()));
        crossOrigin.setAllowedMethods(Set.of("GET", "HEAD", "POST", "DELETE"));
        crossOrigin.setAllowedHeaders(Set.of("Content-Type", "Idempotency-Key"));
        crossOrigin.setExposedHeaders(Set.of("Retry-After"));
        crossOrigin.setAllowCredentials(false);
        crossOrigin.setHandler(handler);
        return crossOrigin;
    }

    /** What the live page gets tells the ids of all submissions, and so isn't for pages of others. */
    private static boolean isForOurPage(String path) {
        return path.equals("/live") || path.startsWith("/live/");
    }

    private static Server server(ServiceSettings settings, Handler handler) {
        Server server = new Server(new QueuedThreadPool(MAX_THREADS));
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setUriCompliance(UriCompliance.RFC3986);
        ServerConnector connector =
                new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        connector.setAcceptQueueSize(1_024);
        server.addConnector(connector);
        server.setErrorHandler(new JsonErrors());
        server.setHandler(new GracefulHandler(handler));
        server.setStopTimeout(STOP_TIMEOUT.toMillis());
        return server;
    }

    private void listen(ServiceSettings settings) throws IOException {
        try {
            server.start();
        } catch (Exception e) {
            stopServer();
            throw new IOException(
                    "can't listen on HOST %s, PORT %d: %s"
                            .formatted(settings.host(), settings.port(), reason(e)),
                    e);
        }
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    /**
     * Returns where it listens.
     *
     * @return the URI of the live page
     */
    public URI uri() {
        String host = String.valueOf(connector.getHost());
        String shown = isAny(host) ? "127.0.0.1" : host.indexOf(':') < 0 ? host : "[" + host + "]";
        return URI.create("http://" + shown + ":" + connector.getLocalPort() + "/");
    }

    /**
     * Says where it listens, for whom.
     *
     * @return lines for the one who started it
     */
    public String address() {
        String host = String.valueOf(connector.getHost());
        if (isAny(host)) {
            return "listening on "
                    + uri()
                    + " and every other address of this machine\n"
                    + NO_USERS;
        }
        boolean isLocal = host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
        return "listening on "
                + uri()
                + "\n"
                + (isLocal ? "for this machine only; HOST=0.0.0.0 lets others in" : NO_USERS);
    }

    private static boolean isAny(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    PriorityScheduler<BigInteger> scheduler() {
        return scheduler;
    }

    /** How long connections that are kept alive may go on while the service stops. */
    void lastIdleTimeout(Duration timeout) {
        connector.setShutdownIdleTimeout(timeout.toMillis());
    }

    /** How long a client of a new connection may be silent while it is to send. */
    void idleTimeout(Duration timeout) {
        connector.setIdleTimeout(timeout.toMillis());
    }

    /** What bodies may take. */
    BodyLimits bodies() {
        return bodies;
    }

    /**
     * Tells when the scheduler has ended unasked, and so the service processes nothing.
     *
     * @return completes with what ended it, on any thread; never if it is closed
     */
    public CompletionStage<Throwable> failure() {
        return end.failure();
    }

    /** Takes no more requests, answers those that there are, and ends what is being processed. */
    @Override
    public void close() {
        try {
            stopServer();
        } finally {
            try {
                scheduler.close();
            } finally {
                lock.close();
            }
        }
    }

    private void stopServer() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.atWarn()
                    .addKeyValue("timeout", STOP_TIMEOUT)
                    .setCause(e)
                    .log("the server did not stop in time, requests were cut off");
        }
    }
}
