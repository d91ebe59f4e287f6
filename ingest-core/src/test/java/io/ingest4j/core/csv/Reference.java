package io.ingest4j.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.Position;
import io.ingest4j.core.csv.CsvFormat.RaggedRows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Reads small files as slowly and plainly as can be, for comparison. Limits count bytes of the source. */
final class Reference {

    private static final int MARK = 0xFEFF;

    /** A byte, or what stands for a character in UTF-16 and UTF-32; a byte left over is none. */
    private record Unit(int value, int from, int to) {}

    private final CsvOptions options;
    private final byte[] bytes;
    private final int unitSize;
    private final CharsetDecoder decoder;
    private boolean littleEndian;
    private final List<Unit> text = new ArrayList<>();
    private final List<Seen> seen = new ArrayList<>();
    private int at;
    private int line = 1;
    private int lines;

    private Reference(CsvOptions options, byte[] bytes) {
        this.options = options;
        this.bytes = bytes;
        unitSize =
                options.charset.startsWith("UTF-16")
                        ? 2
                        : options.charset.startsWith("UTF-32") ? 4 : 1;
        littleEndian =
                isOrderByMark()
                        ? unitSize == 2 ? startsWith(0xFF, 0xFE) : startsWith(0xFF, 0xFE, 0, 0)
                        : options.charset.endsWith("LE");
        decoder = Charset.forName(options.charset).newDecoder();
        int end = 0;
        for (; end + unitSize <= bytes.length; end += unitSize) {
            int value = 0;
            for (int i = 0; i < unitSize; i++) {
                int b = bytes[littleEndian ? end + unitSize - 1 - i : end + i] & 0xFF;
                value = value << 8 | b;
            }
            text.add(new Unit(value, end, end + unitSize));
        }
        for (; end < bytes.length; end++) {
            text.add(new Unit(-1, end, end + 1));
        }
    }

    /** Compares what a reader says with the reference, without the reasons of what is bad. */
    static void compare(String mode, CsvOptions options, TestBytes file) throws IOException {
        byte[] bytes = file.contents().get(0);
        Optional<List<Seen>> expected = read(options, bytes);
        Optional<List<Seen>> actual = actual(options, file);
        if (!actual.equals(expected)) {
            assertThat(actual)
                    .as("%s, %s", mode, HexFormat.ofDelimiter(" ").formatHex(bytes))
                    .isEqualTo(expected);
        }
    }

    private static Optional<List<Seen>> actual(CsvOptions options, TestBytes file)
            throws IOException {
        List<Seen> actual = new ArrayList<>();
        try {
            for (Seen seen : Seen.all(new CsvSource(options, file), 1, 10)) {
                String reason = seen.isGood() ? "" : "bad";
                actual.add(new Seen(seen.fields(), reason, seen.raw(), seen.position()));
            }
            return Optional.of(actual);
        } catch (BadRecordException e) {
            return Optional.empty();
        }
    }

    /** Returns the records, good and bad, or nothing where reading must fail. A reason is "bad". */
    static Optional<List<Seen>> read(CsvOptions options, byte[] bytes) {
        Reference reference = new Reference(options, bytes);
        return reference.read() ? Optional.of(reference.seen) : Optional.empty();
    }

    private boolean isOrderByMark() {
        return options.charset.equals("UTF-16") || options.charset.equals("UTF-32");
    }

    private boolean isUtf8() {
        return options.charset.equals("UTF-8") || options.charset.equals("US-ASCII");
    }

    private boolean startsWith(int... start) {
        for (int i = 0; i < start.length; i++) {
            if (i == bytes.length || (bytes[i] & 0xFF) != start[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean read() {
        if (isUtf8()) {
            if (startsWith(0xFF, 0xFE)
                    || startsWith(0xFE, 0xFF)
                    || startsWith(0, 0, 0xFE, 0xFF)
                    || startsWith(0x1F, 0x8B)) {
                return false;
            }
            at = startsWith(0xEF, 0xBB, 0xBF) ? 3 : 0;
        } else if (unitSize > 1 && !text.isEmpty() && text.get(0).value == MARK) {
            at = 1;
        } else if (unitSize == 1 && startsWith(0x1F, 0x8B, 8)) {
            return false;
        }
        for (int i = 0; i < options.skipLines && at < text.size(); i++) {
            nextLine(at);
        }
        boolean header = options.header;
        int expected = options.names.length == 0 || header ? -1 : options.names.length;
        while (at < text.size()) {
            int start = at;
            boolean comment = options.comment != CsvOptions.NONE && is(at, options.comment);
            if (comment || (options.skipEmptyLines && isLineEnd(at))) {
                nextLine(start);
                continue;
            }
            List<List<Unit>> fields = fields();
            int end = at;
            if (fields.isEmpty()) {
                if (header) {
                    return false;
                }
                end = Math.min(lineEnd(start), start + options.maxRecordBytes);
                see(start, end, List.of(), "bad");
                nextLine(start);
                continue;
            }
            List<String> values = values(fields, text.subList(start, end));
            if (header) {
                if (values.isEmpty()
                        || (options.names.length == 0
                                && new HashSet<>(values).size() < values.size())) {
                    return false;
                }
                header = false;
                expected = options.names.length == 0 ? values.size() : options.names.length;
            } else if (values.isEmpty() || !fits(values.size(), expected)) {
                see(start, end, List.of(), "bad");
            } else {
                expected = expected < 0 ? values.size() : expected;
                if (options.raggedRows == RaggedRows.PAD) {
                    values.addAll(Collections.nCopies(expected - values.size(), ""));
                }
                see(start, end, values, "");
            }
            line += lines - 1;
            nextLine(at);
        }
        return true;
    }

    private boolean fits(int count, int expected) {
        return expected < 0
                || count == expected
                || options.raggedRows == RaggedRows.ALLOW
                || (options.raggedRows == RaggedRows.PAD && count < expected);
    }

    private void see(int start, int end, List<String> values, String reason) {
        int from = start < text.size() ? text.get(start).from : bytes.length;
        int to = end == start ? from : text.get(end - 1).to;
        String raw = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        String order = options.charset + (littleEndian ? "LE" : "BE");
        String detail = "line=" + line + (isOrderByMark() ? ",charset=" + order : "");
        seen.add(
                new Seen(values, reason, raw, new Position("object-0", seen.size(), from, detail)));
    }

    /** Reads to the end of a record. Returns nothing if it isn't one. */
    private List<List<Unit>> fields() {
        List<List<Unit>> fields = new ArrayList<>();
        int start = at;
        lines = 1;
        while (true) {
            int fieldStart = at;
            List<Unit> field = new ArrayList<>();
            boolean good = is(at, options.quote) ? quoted(field) : unquoted(field);
            if (!good || at - fieldStart > options.maxFieldBytes) {
                return List.of();
            }
            fields.add(field);
            if (!is(at, options.delimiter)) {
                boolean fits = at - start <= options.maxRecordBytes;
                return fits && lines <= options.maxRecordLines ? fields : List.of();
            }
            at++;
        }
    }

    private boolean unquoted(List<Unit> field) {
        while (at < text.size() && !is(at, options.delimiter) && !isLineEnd(at)) {
            if (options.strictQuotes && is(at, options.quote)) {
                return false;
            }
            field.add(text.get(at++));
        }
        return true;
    }

    private boolean quoted(List<Unit> field) {
        at++;
        while (at < text.size()) {
            boolean quote = is(at, options.quote);
            boolean escape = options.escape != CsvOptions.NONE && is(at, options.escape);
            boolean escaped =
                    quote
                            ? is(at + 1, options.quote)
                            : escape && (is(at + 1, options.quote) || is(at + 1, options.escape));
            if (quote && !escaped) {
                at++;
                return at == text.size() || is(at, options.delimiter) || isLineEnd(at);
            }
            if (isLineEnd(at)) {
                lines += is(at, '\n') && is(at - 1, '\r') ? 0 : 1;
                if (!options.quotedNewlines) {
                    return false;
                }
            }
            at += escaped ? 1 : 0;
            field.add(text.get(at++));
        }
        return false;
    }

    /** Returns the text of the fields, or nothing if a part of the record is none. */
    private List<String> values(List<List<Unit>> fields, List<Unit> record) {
        List<String> values = new ArrayList<>();
        try {
            if (isUtf8()) {
                text(record);
            }
            for (List<Unit> field : fields) {
                values.add(text(field));
            }
            return values;
        } catch (CharacterCodingException e) {
            return List.of();
        }
    }

    private String text(List<Unit> units) throws CharacterCodingException {
        if (unitSize == 1) {
            byte[] plain = new byte[units.size()];
            for (int i = 0; i < plain.length; i++) {
                plain[i] = (byte) units.get(i).value;
            }
            return decoder.decode(ByteBuffer.wrap(plain)).toString();
        }
        StringBuilder decoded = new StringBuilder();
        for (Unit unit : units) {
            int value = unit.value;
            if (unitSize == 2 && value >= 0) {
                decoded.append((char) value);
            } else if (Character.isValidCodePoint(value) && (value < 0xD800 || value > 0xDFFF)) {
                decoded.appendCodePoint(value);
            } else {
                throw new CharacterCodingException();
            }
        }
        if (decoded.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
            throw new CharacterCodingException();
        }
        return decoded.toString();
    }

    private boolean is(int index, int c) {
        return index >= 0 && index < text.size() && text.get(index).value == c;
    }

    private boolean isLineEnd(int index) {
        return is(index, '\n') || is(index, '\r');
    }

    private int lineEnd(int from) {
        int end = from;
        while (end < text.size() && !isLineEnd(end)) {
            end++;
        }
        return end;
    }

    private void nextLine(int from) {
        int end = lineEnd(from);
        boolean pair = is(end, '\r') && is(end + 1, '\n');
        at = Math.min(text.size(), end + (pair ? 2 : 1));
        line++;
    }
}
