package io.ingest4j.core.csv;

import io.ingest4j.api.RecordFormat;
import io.ingest4j.api.Row;
import io.ingest4j.spi.RecordFormatProvider;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads files that end in {@code .csv} as CSV with a header, and those that end in {@code .tsv} as the
 * same with tabs. Found by {@link java.util.ServiceLoader}.
 *
 * @since 0.1
 */
public final class CsvFormatProvider implements RecordFormatProvider {

    /** Makes a provider; for ServiceLoader. */
    public CsvFormatProvider() {}

    @Override
    public Optional<RecordFormat<Row>> format(String fileName) {
        String name = fileName.toLowerCase(Locale.ROOT);
        if (name.endsWith(".csv")) {
            return Optional.of(Csv.withHeader());
        }
        return name.endsWith(".tsv")
                ? Optional.of(Csv.withHeader().delimiter('\t'))
                : Optional.empty();
    }
}
