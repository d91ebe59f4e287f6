package io.ingest4j.examples.service;

import java.util.Set;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and times every request, and logs it at DEBUG. */
final class Measured extends Handler.Wrapper {

    private static final Logger LOG = LoggerFactory.getLogger(Measured.class);

    /** Anybody may make others up, but not make the metrics grow with them. */
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private final Metrics metrics;

    Measured(Metrics metrics, Handler handler) {
        super(handler);
        this.metrics = metrics;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        metrics.requestBegins();
        Request.addCompletionListener(request, failure -> end(request, response));
        return super.handle(request, response, callback);
    }

    private void end(Request request, Response response) {
        long nanos = System.nanoTime() - request.getHeadersNanoTime();
        Object route = request.getAttribute(Router.ROUTE);
        String method = METHODS.contains(request.getMethod()) ? request.getMethod() : "other";
        metrics.requestEnds(
                route == null ? "other" : route.toString(), method, response.getStatus(), nanos);
        if (LOG.isDebugEnabled()) {
            LOG.atDebug()
                    .addKeyValue("method", method)
                    .addKeyValue("path", request.getHttpURI().getPath())
                    .addKeyValue("status", response.getStatus())
                    .addKeyValue("micros", nanos / 1_000)
                    .log("request");
        }
    }
}
