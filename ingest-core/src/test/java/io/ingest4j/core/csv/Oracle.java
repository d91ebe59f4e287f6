package io.ingest4j.core.csv;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader.CsvReaderBuilder;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What FastCSV reads. */
final class Oracle {

    private Oracle() {}

    /** Returns a corpus file's records, read in the dialect that its name stands for. */
    static List<List<String>> records(String file, byte[] bytes) {
        CsvReaderBuilder builder = lenient();
        switch (file) {
            case "semicolon" -> builder.fieldSeparator(';');
            case "tab" -> builder.fieldSeparator('\t');
            case "single-quotes" -> builder.quoteCharacter('\'');
            case "comments" -> builder.commentStrategy(CommentStrategy.SKIP);
            case "empty-lines-kept" -> builder.skipEmptyLines(false);
            default -> {}
        }
        List<List<String>> records = read(builder, bytes);
        boolean header =
                List.of("plain", "bom", "header-only", "header-only-no-newline").contains(file);
        return header ? records.subList(1, records.size()) : records;
    }

    /** Returns the records in the default dialect, or empty if the quoting is wrong. */
    static Optional<List<List<String>>> records(byte[] bytes) {
        try {
            return Optional.of(read(lenient(), bytes));
        } catch (CsvParseException e) {
            return Optional.empty();
        }
    }

    /** Returns the records of a text, with '#' for comments if there are any. */
    static List<List<String>> records(String text, char quote, boolean comments) {
        CsvReaderBuilder builder = lenient().quoteCharacter(quote);
        if (comments) {
            builder.commentStrategy(CommentStrategy.SKIP);
        }
        return builder.ofCsvRecord(text).stream().map(CsvRecord::getFields).toList();
    }

    private static CsvReaderBuilder lenient() {
        return de.siegmar.fastcsv.reader.CsvReader.builder()
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .detectBomHeader(true);
    }

    private static List<List<String>> read(CsvReaderBuilder builder, byte[] bytes) {
        List<List<String>> records = new ArrayList<>();
        try (var reader = builder.ofCsvRecord(new ByteArrayInputStream(bytes))) {
            for (CsvRecord record : reader) {
                records.add(record.getFields());
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return records;
    }
}
