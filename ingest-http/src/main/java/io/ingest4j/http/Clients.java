package io.ingest4j.http;

import java.net.http.HttpClient;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The client in use, replaced when it has died or was retired. */
final class Clients {

    private static final Logger LOG = LoggerFactory.getLogger(HttpSink.class);

    private final Supplier<HttpClient> factory;
    private volatile LiveClient current;
    private boolean closed;

    Clients(Supplier<HttpClient> factory) {
        this.factory = factory;
        this.current = LiveClient.open(factory);
    }

    /** Returns a client to send one request with; to be {@linkplain LiveClient#leave left}. */
    LiveClient enter() {
        LiveClient client = current;
        while (client.isDead() || !client.enter()) {
            client = replaced(client);
        }
        return client;
    }

    @SuppressWarnings("ReferenceEquality") // there may be another one already
    private synchronized LiveClient replaced(LiveClient old) {
        if (closed) {
            throw new IllegalStateException("writer must be open, was closed");
        }
        if (current == old) {
            LOG.atLevel(old.isDead() ? Level.WARN : Level.DEBUG)
                    .log("the HTTP client is no longer usable, continuing with a new one");
            old.retire();
            current = LiveClient.open(factory);
        }
        return current;
    }

    synchronized void close() {
        closed = true;
        current.close();
    }
}
