package io.ingest4j.core.csv;

import io.ingest4j.api.Row;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes the fields of one message, through a buffer. */
final class CsvWriter {

    private static final int BUFFER = 8 << 10;

    private final byte[] buffer = new byte[BUFFER];
    private int buffered;

    private final byte[] lineEnd;
    private final OutputStream out;
    private final boolean escapeFormulas;
    private final byte delimiter;
    private final byte quote;
    private final char escape;

    /** True for ASCII characters that make quotes necessary. */
    private final boolean[] special = new boolean[128];

    CsvWriter(CsvOptions options, boolean escapeFormulas, byte[] lineEnd, OutputStream out) {
        this.lineEnd = lineEnd;
        this.out = out;
        this.escapeFormulas = escapeFormulas;
        delimiter = options.delimiter;
        quote = options.quote;
        escape = options.escape;
        special[delimiter] = true;
        special[quote] = true;
        special['\r'] = true;
        special['\n'] = true;
        if (options.comment != CsvOptions.NONE) {
            special[options.comment] = true;
        }
    }

    void writeNames(List<String> names) throws IOException {
        for (int i = 0; i < names.size(); i++) {
            byte[] name = names.get(i).getBytes(StandardCharsets.UTF_8);
            writeField(name, 0, name.length, i, names.size());
        }
        put(lineEnd, 0, lineEnd.length);
    }

    void write(Row row) throws IOException {
        for (int i = 0; i < row.size(); i++) {
            writeField(row.array(i), row.start(i), row.length(i), i, row.size());
        }
        put(lineEnd, 0, lineEnd.length);
    }

    private void writeField(byte[] bytes, int start, int length, int field, int fields)
            throws IOException {
        if (field > 0) {
            put(delimiter);
        }
        boolean formula = escapeFormulas && length > 0 && startsFormula(bytes[start]);
        // A byte order mark at the start of a file would be skipped, so it is hidden in quotes.
        boolean emptyLine = length == 0 && fields == 1;
        if (formula || emptyLine || (length > 0 && needsQuotes(bytes, start, length))) {
            put(quote);
            if (formula) {
                put((byte) '\'');
            }
            putQuoted(bytes, start, start + length);
            put(quote);
        } else {
            put(bytes, start, length);
        }
    }

    private static boolean startsFormula(byte b) {
        return switch (b) {
            case '=', '+', '-', '@', '\t', '\r', 0 -> true;
            default -> false;
        };
    }

    private boolean needsQuotes(byte[] bytes, int start, int length) {
        if (bytes[start] == (byte) 0xEF) {
            return true;
        }
        for (int i = start; i < start + length; i++) {
            if (bytes[i] >= 0 && special[bytes[i]]) {
                return true;
            }
        }
        return false;
    }

    private void putQuoted(byte[] bytes, int start, int end) throws IOException {
        int from = start;
        for (int i = start; i < end; i++) {
            if (bytes[i] == quote || bytes[i] == escape) {
                put(bytes, from, i - from);
                put(escape == CsvOptions.NONE ? quote : (byte) escape);
                from = i;
            }
        }
        put(bytes, from, end - from);
    }

    private void put(byte b) throws IOException {
        if (buffered == BUFFER) {
            flush();
        }
        buffer[buffered++] = b;
    }

    private void put(byte[] bytes, int start, int length) throws IOException {
        if (length > BUFFER - buffered) {
            flush();
            if (length > BUFFER) {
                out.write(bytes, start, length);
                return;
            }
        }
        System.arraycopy(bytes, start, buffer, buffered, length);
        buffered += length;
    }

    /** Hands what is buffered to the stream. */
    void flush() throws IOException {
        out.write(buffer, 0, buffered);
        buffered = 0;
    }
}
