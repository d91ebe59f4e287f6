package io.ingest4j.examples.server;

import org.eclipse.jetty.server.Request;

/** What answers at one path. Must not block, since it runs on the thread that reads from the sockets. */
interface Endpoint {

    void handle(Request request, Answer answer);
}
