package io.ingest4j.examples.service;

import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Finds the endpoint of a request, on a thread that may be held up. */
final class Router extends Handler.Abstract {

    /** The attribute of a request that names its route. */
    static final String ROUTE = Router.class.getName();

    private final List<Route> routes;
    private final ClientLimit limit;
    private final BodyLimits bodies;

    Router(List<Route> routes, ClientLimit limit, BodyLimits bodies) {
        this.bodies = bodies;
        this.routes = List.copyOf(routes);
        this.limit = limit;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        Optional<Route> route = routes.stream().filter(any -> any.matches(path)).findFirst();
        String argument = route.map(any -> any.argument(path)).orElse("");
        Exchange exchange = new Exchange(request, response, callback, argument, bodies);
        exchange.guard(
                () -> {
                    if (route.isEmpty()) {
                        throw new RequestException(404, "no such path");
                    }
                    request.setAttribute(ROUTE, route.get().path());
                    handle(route.get(), exchange);
                });
        return true;
    }

    private void handle(Route route, Exchange exchange) throws RequestException {
        String method = exchange.request().getMethod();
        @Nullable Endpoint endpoint = route.methods().get(method.equals("HEAD") ? "GET" : method);
        if (endpoint == null) {
            exchange.headers().put(HttpHeader.ALLOW, route.allowed());
            throw new RequestException(405, "the method must be " + route.allowed());
        }
        if (route.isLimited()) {
            limit.require(exchange.request());
        }
        endpoint.handle(exchange);
    }
}
