package io.ingest4j.core.csv;

import io.ingest4j.core.csv.CsvFormat.RaggedRows;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The settings of a format. Changed only while the format that owns them is being made. */
final class CsvOptions implements Serializable {

    private static final long serialVersionUID = 1;

    /** Stands for an optional character that is not set. It equals no byte, whether taken as signed or not. */
    static final char NONE = '\uFFFF';

    final boolean header;
    String[] names = {};
    byte delimiter = ',';
    byte quote = '"';
    char escape = NONE;
    char comment = NONE;
    String charset = "UTF-8";
    RaggedRows raggedRows = RaggedRows.REJECT;
    boolean quotedNewlines = true;
    boolean strictQuotes;
    boolean skipEmptyLines = true;
    boolean scanForSplits;
    int skipLines;
    int maxFieldBytes = 1 << 20;
    int maxRecordBytes = 4 << 20;
    int maxRecordLines = 10_000;

    CsvOptions(boolean header) {
        this.header = header;
    }

    CsvOptions(CsvOptions other) {
        this(other.header, other);
    }

    CsvOptions(boolean header, CsvOptions other) {
        this.header = header;
        names = other.names;
        delimiter = other.delimiter;
        quote = other.quote;
        escape = other.escape;
        comment = other.comment;
        charset = other.charset;
        raggedRows = other.raggedRows;
        quotedNewlines = other.quotedNewlines;
        strictQuotes = other.strictQuotes;
        skipEmptyLines = other.skipEmptyLines;
        scanForSplits = other.scanForSplits;
        skipLines = other.skipLines;
        maxFieldBytes = other.maxFieldBytes;
        maxRecordBytes = other.maxRecordBytes;
        maxRecordLines = other.maxRecordLines;
    }

    Charset charset() {
        return Charset.forName(charset);
    }

    /** Checks what no single setter can. */
    void check() {
        requireDifferent("quote", quote, "delimiter", delimiter);
        requireDifferent("escape", escape, "delimiter", delimiter);
        requireDifferent("escape", escape, "quote", quote);
        requireDifferent("comment", comment, "delimiter", delimiter);
        requireDifferent("comment", comment, "quote", quote);
        if (comment != NONE) {
            requireDifferent("comment", comment, "escape", escape);
        }
        CsvCharset.requireUsable(charset(), delimiter, quote, escape, comment);
    }

    /**
     * The settings that decide what the records are, by their names, as far as they differ from the
     * defaults. Names are a hash code, as they may be many.
     */
    SortedMap<String, String> reading() {
        CsvOptions defaults = new CsvOptions(true);
        SortedMap<String, String> reading = new TreeMap<>(all());
        reading.entrySet().removeAll(defaults.all().entrySet());
        return reading;
    }

    private Map<String, String> all() {
        return Map.ofEntries(
                entry("header", header),
                entry("delimiter", codePoint(delimiter)),
                entry("quote", codePoint(quote)),
                entry("escape", codePoint(escape)),
                entry("comment", codePoint(comment)),
                entry("charset", charset),
                entry("names", Integer.toHexString(Arrays.hashCode(names))),
                entry("raggedRows", raggedRows),
                entry("quotedNewlines", quotedNewlines),
                entry("strictQuotes", strictQuotes),
                entry("skipEmptyLines", skipEmptyLines),
                entry("skipLines", skipLines),
                entry("maxFieldBytes", maxFieldBytes),
                entry("maxRecordBytes", maxRecordBytes),
                entry("maxRecordLines", maxRecordLines));
    }

    private static Map.Entry<String, String> entry(String name, Object value) {
        return Map.entry(name, value.toString());
    }

    private static String codePoint(int character) {
        return String.format("U+%04X", character);
    }

    private static void requireDifferent(String name, int value, String other, int otherValue) {
        if (value == otherValue) {
            throw new IllegalArgumentException(
                    name
                            + " must differ from "
                            + other
                            + " "
                            + printable(otherValue)
                            + ", was "
                            + printable(value));
        }
    }

    static String printable(int character) {
        return character > ' ' && character < 0x7F
                ? "'" + (char) character + "'"
                : String.format("U+%04X", character);
    }
}
