package io.ingest4j.spi;

import io.ingest4j.api.RecordFormat;
import io.ingest4j.api.Row;
import java.util.Optional;

/**
 * Makes formats from file names, found through {@link java.util.ServiceLoader}.
 *
 * @since 0.1
 */
public interface RecordFormatProvider {

    /**
     * Makes a format for a file name.
     *
     * @param fileName the last segment of a path, such as {@code key.csv}
     * @return the format that its ending stands for, or empty if this provider doesn't know it
     */
    Optional<RecordFormat<Row>> format(String fileName);
}
