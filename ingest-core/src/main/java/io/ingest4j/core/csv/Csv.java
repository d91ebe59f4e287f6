package io.ingest4j.core.csv;

/**
 * Where CSV formats begin.
 *
 * <pre>{@code
 * RecordSource<Row> rows = Csv.withHeader().delimiter(';').read(byteSource);
 * }</pre>
 *
 * @since 0.1
 */
public final class Csv {

    private Csv() {}

    /**
     * Returns the format of objects that each begin with a line of field names.
     *
     * @return the format with all its defaults
     */
    public static CsvFormat withHeader() {
        return new CsvFormat(true);
    }

    /**
     * Returns the format of objects that hold records only. Their fields are named {@code 1}, {@code 2} and so on,
     * unless {@link CsvFormat#names} gives names.
     *
     * @return the format with all its defaults
     */
    public static CsvFormat withoutHeader() {
        return new CsvFormat(false);
    }
}
