package io.ingest4j.core.csv;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.Row;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Writes rows as CSV (RFC 4180) in UTF-8, straight from their bytes. A field is quoted if it holds a delimiter, a quote,
 * CR, LF or the format's comment character, or is the empty only field of its row, which is no empty line then.
 *
 * <p>Rows are written by position. Under a line of names, a row may have fewer fields than there are names, or more if
 * the further ones have no names of their own (only their numbers, as the reader gives them); a row whose names are
 * others is refused, since its values would stand under wrong ones.
 *
 * <p>Immutable, serializable and safe for use by several threads.
 *
 * @since 0.1
 */
public final class CsvEncoder implements RecordEncoder<Row> {

    private static final long serialVersionUID = 1;

    private final CsvOptions options;
    private final boolean header;
    private final boolean escapeFormulas;
    private final String lineEnd;

    /** The names that stand before the message already; none if they aren't known. */
    private final CsvHead above;

    CsvEncoder(CsvOptions options) {
        this(options, options.header, false, "\r\n", CsvHead.UNKNOWN);
    }

    private CsvEncoder(
            CsvOptions options,
            boolean header,
            boolean escapeFormulas,
            String lineEnd,
            CsvHead above) {
        this.options = options;
        this.header = header;
        this.escapeFormulas = escapeFormulas;
        this.lineEnd = lineEnd;
        this.above = above;
    }

    /**
     * Sets whether each message begins with a line of the first row's names.
     *
     * @param header whether it does
     * @return the changed encoder; by default it does if the format has a header
     */
    public CsvEncoder header(boolean header) {
        return new CsvEncoder(options, header, escapeFormulas, lineEnd, above);
    }

    /**
     * Sets whether to keep spreadsheets from taking text for a formula (CWE-1236): a field that begins with {@code =},
     * {@code +}, {@code -}, {@code @}, TAB, CR or NUL is quoted and gets an apostrophe in front. This changes the data,
     * negative numbers too.
     *
     * @param escape whether to do so
     * @return the changed encoder; by default fields are written as they are
     */
    public CsvEncoder escapeFormulas(boolean escape) {
        return new CsvEncoder(options, header, escape, lineEnd, above);
    }

    /**
     * Sets what ends a line.
     *
     * @param lineEnd CRLF, LF or CR
     * @return the changed encoder; by default CRLF
     * @throws IllegalArgumentException if it is something else
     */
    public CsvEncoder lineEnd(String lineEnd) {
        Objects.requireNonNull(lineEnd, "lineEnd");
        if (!List.of("\r\n", "\n", "\r").contains(lineEnd)) {
            throw new IllegalArgumentException(
                    "lineEnd must be CRLF, LF or CR, was '" + lineEnd + "'");
        }
        return new CsvEncoder(options, header, escapeFormulas, lineEnd, above);
    }

    @Override
    public String contentType() {
        return "text/csv; charset=utf-8; header=" + (header ? "present" : "absent");
    }

    /** {@inheritDoc} For a message with a line of names, these are the names. */
    @Override
    public String head(RecordBatch<? extends Row> first) {
        return header ? CsvHead.of(first.record(0).names()).encode() : "";
    }

    /** {@inheritDoc} It writes no line of names, and refuses rows that don't fit the names in the head. */
    @Override
    public CsvEncoder after(String head) {
        return new CsvEncoder(options, false, escapeFormulas, lineEnd, CsvHead.decode(head));
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if a row's names are not those that it is written under
     */
    @Override
    public void encode(RecordBatch<? extends Row> batch, OutputStream out) throws IOException {
        CsvWriter writer =
                new CsvWriter(
                        options, escapeFormulas, lineEnd.getBytes(StandardCharsets.US_ASCII), out);
        CsvHead names = above;
        if (header && batch.size() > 0) {
            names = CsvHead.of(batch.record(0).names());
            writer.writeNames(batch.record(0).names());
        }
        List<String> checked = List.of();
        for (int i = 0; i < batch.size(); i++) {
            Row row = batch.record(i);
            if (names.isKnown() && row.names() != checked) {
                checked = row.names();
                names.requireFit(checked);
            }
            writer.write(row);
        }
        writer.flush();
    }
}
