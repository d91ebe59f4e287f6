package io.ingest4j.spi;

import io.ingest4j.api.ByteSource;
import java.net.URI;
import java.util.Optional;

/**
 * Makes byte sources from URIs, found through {@link java.util.ServiceLoader}.
 *
 * @since 0.1
 */
public interface ByteSourceProvider {

    /**
     * Makes a source for a URI.
     *
     * @param uri absolute, such as {@code s3://bucket/key.csv}
     * @return the bytes behind it, or empty if the URI is not for this provider
     * @throws IllegalArgumentException if the URI is for this provider but wrong
     */
    Optional<ByteSource> source(URI uri);
}
