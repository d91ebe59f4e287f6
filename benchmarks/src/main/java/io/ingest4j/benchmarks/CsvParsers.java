package io.ingest4j.benchmarks;

import com.univocity.parsers.csv.CsvParserSettings;
import de.siegmar.fastcsv.reader.StringArrayHandler;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.core.csv.Csv;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;

/** How each contender reads records from a stream, in the way that its documentation has as the fastest. */
final class CsvParsers {

    private static final int BATCH = 1_000;
    private static final int BATCH_BYTES = 1 << 20;
    private static final CsvMapper JACKSON = new CsvMapper();

    private CsvParsers() {}

    static void ingest4j(byte[] bytes, Consumer<Row> consumer) throws IOException {
        RecordSource<Row> source = Csv.withoutHeader().read(new CsvBytes(bytes));
        SourceSplit split = source.splits(1).get(0);
        try (RecordReader<Row> reader = source.open(split, split.startPosition())) {
            Optional<SourceBatch<Row>> batch = reader.read(BATCH, BATCH_BYTES);
            while (batch.isPresent()) {
                SourceBatch<Row> rows = batch.get();
                for (int i = 0; i < rows.size(); i++) {
                    consumer.accept(rows.record(i));
                }
                batch = reader.read(BATCH, BATCH_BYTES);
            }
        }
    }

    static void fastcsv(byte[] bytes, Consumer<String[]> consumer) throws IOException {
        try (InputStream in = new ByteArrayInputStream(bytes);
                de.siegmar.fastcsv.reader.CsvReader<String[]> reader =
                        de.siegmar.fastcsv.reader.CsvReader.builder()
                                .build(StringArrayHandler.of(), in)) {
            for (String[] fields : reader) {
                consumer.accept(fields);
            }
        }
    }

    static void univocity(byte[] bytes, Consumer<String[]> consumer) throws IOException {
        CsvParserSettings settings = new CsvParserSettings();
        settings.getFormat().setLineSeparator("\n");
        settings.setReadInputOnSeparateThread(false);
        settings.setIgnoreLeadingWhitespaces(false);
        settings.setIgnoreTrailingWhitespaces(false);
        settings.setNullValue("");
        settings.setEmptyValue("");
        var parser = new com.univocity.parsers.csv.CsvParser(settings);
        try (InputStream in = new ByteArrayInputStream(bytes)) {
            parser.beginParsing(in, StandardCharsets.UTF_8);
            for (String[] fields = parser.parseNext();
                    fields != null;
                    fields = parser.parseNext()) {
                consumer.accept(fields);
            }
        }
    }

    static void commonscsv(byte[] bytes, Consumer<CSVRecord> consumer) throws IOException {
        try (Reader in =
                        new InputStreamReader(
                                new ByteArrayInputStream(bytes), StandardCharsets.UTF_8);
                CSVParser parser = CSVFormat.RFC4180.parse(in)) {
            for (CSVRecord record : parser) {
                consumer.accept(record);
            }
        }
    }

    static void jackson(byte[] bytes, Consumer<String[]> consumer) throws IOException {
        try (InputStream in = new ByteArrayInputStream(bytes);
                MappingIterator<String[]> records =
                        JACKSON.readerFor(String[].class)
                                .with(CsvReadFeature.WRAP_AS_ARRAY)
                                .readValues(in)) {
            while (records.hasNext()) {
                consumer.accept(records.next());
            }
        }
    }
}
