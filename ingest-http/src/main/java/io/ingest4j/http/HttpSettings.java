package io.ingest4j.http;

import java.io.Serializable;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Everything about the requests but their bodies. Immutable; never shows a header's value. */
record HttpSettings(
        String method,
        URI uri,
        Map<String, String> headers,
        @Nullable SerializableSupplier<String> bearerToken,
        @Nullable SerializableSupplier<SSLContext> sslContext,
        String idempotencyHeader,
        boolean gzip,
        boolean http2,
        Duration timeout,
        Duration connectTimeout,
        int maxConnections,
        StatusPolicy status,
        Duration maxRetryAfter,
        int maxResponseBytes,
        @Nullable ResponseParser responses)
        implements Serializable {

    boolean isTls() {
        return uri.getScheme().equalsIgnoreCase("https");
    }

    @Override
    public String toString() {
        return method + " " + Redaction.shown(uri);
    }
}
