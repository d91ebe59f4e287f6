package io.ingest4j.core.file;

import io.ingest4j.api.ByteSource;
import io.ingest4j.spi.ByteSourceProvider;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads local files, {@code file:///data/customers.csv}. Found by {@link java.util.ServiceLoader}.
 *
 * @since 0.1
 */
public final class FileSourceProvider implements ByteSourceProvider {

    /** Makes a provider; for ServiceLoader. */
    public FileSourceProvider() {}

    @Override
    public Optional<ByteSource> source(URI uri) {
        return "file".equalsIgnoreCase(uri.getScheme())
                ? Optional.of(FileSource.of(Path.of(uri)))
                : Optional.empty();
    }
}
