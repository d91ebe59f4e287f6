package io.ingest4j.http;

import io.ingest4j.api.RecordSink;
import io.ingest4j.api.Row;
import io.ingest4j.spi.RecordSinkProvider;
import java.net.URI;
import java.util.Optional;

/**
 * Resolves {@code http} and {@code https} URIs to sinks that POST arrays of JSON objects, as {@link
 * HttpSink#post} and {@link HttpSinkBuilder#json} do.
 *
 * @since 0.1
 */
public final class HttpSinkProvider implements RecordSinkProvider {

    /** Makes a provider; for {@link java.util.ServiceLoader}. */
    public HttpSinkProvider() {}

    @Override
    public Optional<RecordSink<Row>> sink(URI uri) {
        boolean mine =
                "http".equalsIgnoreCase(uri.getScheme())
                        || "https".equalsIgnoreCase(uri.getScheme());
        return mine ? Optional.of(HttpSink.post(uri).json()) : Optional.empty();
    }
}
