package io.ingest4j.spi;

import io.ingest4j.api.RecordSink;
import io.ingest4j.api.Row;
import java.net.URI;
import java.util.Optional;

/**
 * Makes sinks from URIs, found through {@link java.util.ServiceLoader}.
 *
 * @since 0.1
 */
public interface RecordSinkProvider {

    /**
     * Makes a sink for a URI.
     *
     * @param uri absolute, such as {@code https://api.example.com/process}
     * @return the sink, or empty if the URI is not for this provider
     * @throws IllegalArgumentException if the URI is for this provider but wrong
     */
    Optional<RecordSink<Row>> sink(URI uri);
}
