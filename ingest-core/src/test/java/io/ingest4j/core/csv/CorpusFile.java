package io.ingest4j.core.csv;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A file of the corpus and, from the .expected file beside it, its format and what must be read from it. Written by
 * hand: {@code =} begins a record's fields, {@code !} a rejected record's line, offset, bytes and part of the reason.
 */
final class CorpusFile {

    private final String name;
    private final byte[] bytes;
    private CsvFormat format = Csv.withoutHeader();
    private boolean oracle;
    private List<String> names = List.of();
    private final List<List<String>> records = new ArrayList<>();
    private final List<Bad> bad = new ArrayList<>();

    record Bad(String line, long offset, String raw, String reason) {}

    static Stream<CorpusFile> all() throws IOException, URISyntaxException {
        Path directory =
                Path.of(Objects.requireNonNull(CorpusFile.class.getResource("/csv")).toURI());
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".csv"))
                    .forEach(file -> names.add(file.substring(0, file.length() - 4)));
        }
        return names.stream().sorted().map(CorpusFile::new);
    }

    private CorpusFile(String name) {
        this.name = name;
        bytes = resource(name + ".csv");
        String expected = new String(resource(name + ".expected"), StandardCharsets.UTF_8);
        for (String line : expected.split("\n", 0)) {
            String rest = line.substring(line.indexOf(' ') + 1);
            switch (line.split(" ", 2)[0]) {
                case "format" -> format = format(line);
                case "oracle" -> oracle = true;
                case "names" -> names = fields(rest);
                case "=" -> records.add(fields(rest));
                case "!" -> bad.add(bad(fields(rest)));
                default -> throw new IllegalStateException(name + ": " + line);
            }
        }
    }

    private static Bad bad(List<String> parts) {
        return new Bad(
                "line=" + parts.get(0), Long.parseLong(parts.get(1)), parts.get(2), parts.get(3));
    }

    String name() {
        return name;
    }

    byte[] bytes() {
        return bytes;
    }

    CsvFormat format() {
        return format;
    }

    boolean oracle() {
        return oracle;
    }

    List<String> names() {
        return names;
    }

    List<List<String>> records() {
        return records;
    }

    List<Bad> bad() {
        return bad;
    }

    private static byte[] resource(String name) {
        try (InputStream in = CorpusFile.class.getResourceAsStream("/csv/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static CsvFormat format(String line) {
        CsvFormat format = line.contains(" header") ? Csv.withHeader() : Csv.withoutHeader();
        for (String setting : line.split(" ", 0)) {
            String value = unescape(setting.substring(setting.indexOf('=') + 1));
            format =
                    switch (setting.split("=", 2)[0]) {
                        case "format", "header" -> format;
                        case "pad" -> format.raggedRows(CsvFormat.RaggedRows.PAD);
                        case "allow" -> format.raggedRows(CsvFormat.RaggedRows.ALLOW);
                        case "strict" -> format.strictQuotes(true);
                        case "keepEmptyLines" -> format.skipEmptyLines(false);
                        case "noQuotedNewlines" -> format.quotedNewlines(false);
                        case "charset" -> format.charset(Charset.forName(value));
                        case "skipLines" -> format.skipLines(Integer.parseInt(value));
                        case "maxLines" -> format.maxRecordLines(Integer.parseInt(value));
                        case "maxRecord" -> format.maxRecordBytes(Integer.parseInt(value));
                        case "maxField" -> format.maxFieldBytes(Integer.parseInt(value));
                        case "delimiter" -> format.delimiter(value.charAt(0));
                        case "quote" -> format.quote(value.charAt(0));
                        case "comment" -> format.comment(value.charAt(0));
                        case "escape" -> format.escape(value.charAt(0));
                        default -> throw new IllegalStateException(setting);
                    };
        }
        return format;
    }

    private static List<String> fields(String line) {
        return Stream.of(line.split("\\|", -1)).map(CorpusFile::unescape).toList();
    }

    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
                c = "\n\r\t\0\f\u000b\u001f|\\".charAt("nrt0fvup\\".indexOf(text.charAt(i)));
            }
            plain.append(c);
        }
        return plain.toString();
    }

    @Override
    public String toString() {
        return name;
    }
}
