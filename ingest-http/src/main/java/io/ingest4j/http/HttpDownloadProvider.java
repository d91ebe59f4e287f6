package io.ingest4j.http;

import io.ingest4j.api.ByteSource;
import io.ingest4j.spi.ByteSourceProvider;
import java.net.URI;
import java.util.Optional;

/**
 * Resolves {@code http} and {@code https} URIs, with or without a query, to downloads with the
 * default settings, as {@link HttpDownload#of} does.
 *
 * @since 0.1
 */
public final class HttpDownloadProvider implements ByteSourceProvider {

    /** Makes a provider; for {@link java.util.ServiceLoader}. */
    public HttpDownloadProvider() {}

    @Override
    public Optional<ByteSource> source(URI uri) {
        boolean mine =
                "http".equalsIgnoreCase(uri.getScheme())
                        || "https".equalsIgnoreCase(uri.getScheme());
        return mine ? Optional.of(HttpDownload.of(uri)) : Optional.empty();
    }
}
