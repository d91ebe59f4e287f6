package io.ingest4j.examples.service;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.QueueStatistics;
import java.util.List;

/** All paths of the service. */
final class ServiceRoutes {

    private static final String SCRIPT = "text/javascript; charset=utf-8";

    private ServiceRoutes() {}

    static List<Route> of(
            IngestEndpoints ingest, QueueWatch queue, Metrics metrics, LiveView live) {
        return List.of(
                Route.limited("/ingest", "POST", ingest::submit),
                Route.limited("/status/{ingestion_id}", "GET", ingest::status),
                Route.limited("/ingest/{ingestion_id}", "DELETE", ingest::cancel),
                Route.at("/health", "GET", exchange -> health(exchange, queue)),
                Route.at("/metrics", "GET", metrics::answer),
                Route.at("/live", "GET", live::answer),
                Route.limited("/live/open", "GET", live::open),
                Route.limited("/live/submission/{ingestion_id}", "GET", live::find),
                Route.at("/", "GET", Page.closed("live.html")),
                Route.at("/openapi.json", "GET", Page.own("openapi.json", Exchange.JSON)),
                Route.at("/docs", "GET", Page.forProgram("docs.html")),
                Route.at("/docs/start.js", "GET", Page.own("docs.js", SCRIPT)),
                Route.at(
                        "/docs/swagger-ui.css",
                        "GET",
                        Page.webjar("swagger-ui", "swagger-ui.css", "text/css; charset=utf-8")),
                Route.at(
                        "/docs/swagger-ui-bundle.js",
                        "GET",
                        Page.webjar("swagger-ui", "swagger-ui-bundle.js", SCRIPT)),
                Route.at(
                        "/docs/favicon.png",
                        "GET",
                        Page.webjar("swagger-ui", "favicon-32x32.png", "image/png")),
                Route.at("/redoc", "GET", Page.forProgram("redoc.html")),
                Route.at("/redoc/start.js", "GET", Page.own("redoc.js", SCRIPT)),
                Route.at(
                        "/redoc/redoc.standalone.js",
                        "GET",
                        Page.webjar("redoc", "redoc.standalone.js", SCRIPT)
                                .with("https://cdn.redoc.ly/redoc/logo-mini.svg", "data:,")));
    }

    private static void health(Exchange exchange, QueueWatch queue) throws RequestException {
        QueueStatistics statistics;
        try {
            statistics = queue.statistics();
        } catch (IllegalStateException e) {
            throw new RequestException(503, "the service is stopping");
        } catch (IngestException e) {
            throw new RequestException(503, "the database failed");
        }
        exchange.json(
                200,
                Json.object(
                        json -> {
                            json.writeStringProperty("status", "ok");
                            json.writeNumberProperty(
                                    "queued",
                                    statistics.depth().values().stream()
                                            .mapToLong(any -> any)
                                            .sum());
                            json.writeNumberProperty(
                                    "oldest_wait_seconds",
                                    statistics.oldestWait().toMillis() / 1e3);
                        }));
    }
}
