package io.ingest4j.examples.server;

import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Finds the endpoint of a request by its path, or answers 404 or 405. */
final class Routes extends Handler.Abstract.NonBlocking {

    private final Map<String, Route> routes;

    Routes(Map<String, Route> routes) {
        this.routes = routes;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Answer answer = new Answer(response, callback);
        Route route = routes.get(Request.getPathInContext(request));
        if (route == null) {
            answer.error(HttpStatus.NOT_FOUND_404, "no such path");
        } else if (!route.method().equals(request.getMethod())) {
            response.getHeaders().put(HttpHeader.ALLOW, route.method());
            answer.error(HttpStatus.METHOD_NOT_ALLOWED_405, route.method() + " expected");
        } else {
            route.endpoint().handle(request, answer);
        }
        return true;
    }
}
