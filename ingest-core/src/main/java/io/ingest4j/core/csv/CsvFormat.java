package io.ingest4j.core.csv;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.RecordFormat;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import java.nio.charset.Charset;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A CSV dialect: RFC 4180 unless told otherwise. Immutable and serializable; every method returns a new format.
 *
 * <p>Lines end with CRLF, LF or CR, mixed at will. A UTF-8 byte order mark is skipped. A quoted field may hold
 * delimiters, line ends, and quotes written twice. A quote inside a field that does not begin with one is an ordinary
 * character, unless {@link #strictQuotes}. White space is data.
 *
 * <p>What is no valid record becomes a {@link io.ingest4j.api.RejectedRecord} with its bytes and its place, and reading
 * goes on: wrong text or fields reject one record; wrong quoting (text after a closing quote, a quote never closed, a
 * limit hit) rejects only the record's first line, and the next line is read as a new record, so that a stray quote
 * doesn't cost the records behind it. Reading fails where no record can be right: a header that can't be read, the byte
 * order mark of another charset, gzip in place of text ({@link io.ingest4j.core.file.Gzip#of Gzip.of} around the source
 * inflates it). The {@link io.ingest4j.api.Position#detail() detail} of a position says {@code
 * line=} and the number of its line in the object, from 1, unless that isn't known; and where a byte order mark decides
 * the byte order, after a comma, {@code charset=} and the charset with the order that was found, such as {@code
 * line=3,charset=UTF-16LE}.
 *
 * @since 0.1
 */
public final class CsvFormat implements RecordFormat<Row> {

    private static final long serialVersionUID = 1;
    private static final int MAX_BYTES = 1 << 30;

    private final CsvOptions options;

    /** What to do with a record that has not as many fields as there are names, or as the first record has. */
    public enum RaggedRows {
        /** It is rejected. */
        REJECT,
        /** Missing fields are empty; with too many fields it is rejected. */
        PAD,
        /** The row has the fields it has. Those without a name are named by their number, from 1. */
        ALLOW
    }

    CsvFormat(boolean header) {
        this(new CsvOptions(header));
    }

    private CsvFormat(CsvOptions options) {
        this.options = options;
    }

    private CsvFormat with(Consumer<CsvOptions> change) {
        CsvOptions changed = new CsvOptions(options);
        change.accept(changed);
        return new CsvFormat(changed);
    }

    /**
     * Sets the field names, in place of those in the header if there is one.
     *
     * @param names at least one, each different from the others
     * @return the changed format; by default names come from the header, or are the fields' numbers from 1
     * @throws IllegalArgumentException if there is no name, or one twice
     */
    public CsvFormat names(List<String> names) {
        Objects.requireNonNull(names, "names");
        if (names.isEmpty()) {
            throw new IllegalArgumentException("names must hold at least one name, was []");
        }
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(Objects.requireNonNull(name, "name"))) {
                throw new IllegalArgumentException("names must differ, was " + names);
            }
        }
        String[] copy = names.toArray(String[]::new);
        return with(o -> o.names = copy);
    }

    /**
     * Sets what stands between fields.
     *
     * @param delimiter an ASCII character other than CR and LF
     * @return the changed format; by default a comma
     * @throws IllegalArgumentException if it isn't such a character
     */
    public CsvFormat delimiter(char delimiter) {
        requireSpecial("delimiter", delimiter);
        return with(o -> o.delimiter = (byte) delimiter);
    }

    /**
     * Sets what stands around a quoted field.
     *
     * @param quote an ASCII character other than CR and LF
     * @return the changed format; by default a double quote
     * @throws IllegalArgumentException if it isn't such a character
     */
    public CsvFormat quote(char quote) {
        requireSpecial("quote", quote);
        return with(o -> o.quote = (byte) quote);
    }

    /**
     * Sets what makes a quote, or itself, an ordinary character inside a quoted field. Before anything else it is an
     * ordinary character. Quotes written twice still mean one.
     *
     * @param escape an ASCII character other than CR and LF
     * @return the changed format; by default there is none
     * @throws IllegalArgumentException if it isn't such a character
     */
    public CsvFormat escape(char escape) {
        requireSpecial("escape", escape);
        return with(o -> o.escape = escape);
    }

    /**
     * Sets what a line begins with that is no record. Such a line is skipped, wherever a record could begin.
     *
     * @param comment an ASCII character other than CR and LF
     * @return the changed format; by default there are no comments
     * @throws IllegalArgumentException if it isn't such a character
     */
    public CsvFormat comment(char comment) {
        requireSpecial("comment", comment);
        return with(o -> o.comment = comment);
    }

    /**
     * Sets the encoding. A record with bytes that mean nothing in it is rejected; nothing is replaced. Offsets of
     * positions count the source's bytes in every encoding; limits count UTF-8.
     *
     * @param charset UTF-8, US-ASCII, a charset of one byte per character, UTF-16 or UTF-32 (with the byte order given
     *     or by mark, else big endian), or one of the common East Asian ones that embed ASCII
     * @return the changed format; by default UTF-8
     * @throws IllegalArgumentException if ASCII text can't be found in it
     */
    public CsvFormat charset(Charset charset) {
        Objects.requireNonNull(charset, "charset");
        CsvCharset.requireKnown(charset);
        return with(o -> o.charset = charset.name());
    }

    /**
     * Sets what to do with records of too few or too many fields.
     *
     * @param policy what to do
     * @return the changed format; by default {@link RaggedRows#REJECT}
     */
    public CsvFormat raggedRows(RaggedRows policy) {
        Objects.requireNonNull(policy, "raggedRows");
        return with(o -> o.raggedRows = policy);
    }

    /**
     * Sets whether quoted fields may hold line ends. Without them an object can be divided at any line end, so that
     * {@link RecordSource#splits} gives as many splits as wanted without reading it; a quoted line end is then a
     * rejected record.
     *
     * @param allowed whether they may
     * @return the changed format; by default they may
     */
    public CsvFormat quotedNewlines(boolean allowed) {
        return with(o -> o.quotedNewlines = allowed);
    }

    /**
     * Sets whether a quote inside an unquoted field rejects the record.
     *
     * @param strict whether it does
     * @return the changed format; by default it is an ordinary character
     */
    public CsvFormat strictQuotes(boolean strict) {
        return with(o -> o.strictQuotes = strict);
    }

    /**
     * Sets whether a line without any character is skipped, rather than being a record of one empty field.
     *
     * @param skip whether it is
     * @return the changed format; by default it is skipped
     */
    public CsvFormat skipEmptyLines(boolean skip) {
        return with(o -> o.skipEmptyLines = skip);
    }

    /**
     * Sets how many lines at the start of each object to leave out, before the header if there is one. Quotes mean
     * nothing in them.
     *
     * @param lines at least 0
     * @return the changed format; by default 0
     * @throws IllegalArgumentException if it is less than 0
     */
    public CsvFormat skipLines(int lines) {
        requireBetween("skipLines", lines, 0, Integer.MAX_VALUE);
        return with(o -> o.skipLines = lines);
    }

    /**
     * Sets whether {@link RecordSource#splits} may read an object once from start to end to find where records begin,
     * so as to divide it exactly. Takes effect on objects that are seekable and of known length.
     *
     * @param scan whether it may
     * @return the changed format; by default it may not, and each object is one split
     */
    public CsvFormat scanForSplits(boolean scan) {
        return with(o -> o.scanForSplits = scan);
    }

    /**
     * Limits the size of one field, quotes included. A record with a larger one is rejected.
     *
     * @param bytes from 1 to 2<sup>30</sup>
     * @return the changed format; by default 1 MiB
     * @throws IllegalArgumentException if it is out of range
     */
    public CsvFormat maxFieldBytes(int bytes) {
        requireBetween("maxFieldBytes", bytes, 1, MAX_BYTES);
        return with(o -> o.maxFieldBytes = bytes);
    }

    /**
     * Limits the size of one record without its line end. A larger one is rejected, and so many of its bytes at the
     * most are kept. A reader's memory grows with this, not with the object.
     *
     * @param bytes from 1 to 2<sup>30</sup>
     * @return the changed format; by default 4 MiB
     * @throws IllegalArgumentException if it is out of range
     */
    public CsvFormat maxRecordBytes(int bytes) {
        requireBetween("maxRecordBytes", bytes, 1, MAX_BYTES);
        return with(o -> o.maxRecordBytes = bytes);
    }

    /**
     * Limits how many lines one record may span, so that a quote never closed is found out early.
     *
     * @param lines at least 1
     * @return the changed format; by default 10,000
     * @throws IllegalArgumentException if it is less than 1
     */
    public CsvFormat maxRecordLines(int lines) {
        requireBetween("maxRecordLines", lines, 1, Integer.MAX_VALUE);
        return with(o -> o.maxRecordLines = lines);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if two of the delimiter, quote, escape and comment are the same, or can't be
     *     told from other bytes in the charset
     */
    @Override
    public RecordSource<Row> read(ByteSource bytes) {
        Objects.requireNonNull(bytes, "bytes");
        options.check();
        return new CsvSource(options, bytes);
    }

    /**
     * Reads the record of a dead letter again. Use it as {@code map(format::parse)} on the letters of {@link
     * io.ingest4j.core.file.DeadLetters#replay}.
     *
     * @param letter holds the record's bytes in this dialect, and the names of its fields; without names it has those of
     *     this format, or numbers from 1
     * @return the row, valid for ever
     * @throws BadRecordException if the bytes are no valid record; or if this format's charset leaves the byte order to
     *     a mark, and the letter's position doesn't say which was found
     */
    public Row parse(DeadLetter letter) {
        Objects.requireNonNull(letter, "letter");
        options.check();
        return CsvLetter.parse(options, letter);
    }

    /**
     * Returns an encoder that writes this dialect: its delimiter, quote and escape, and a header if this format has one.
     *
     * @return the encoder
     * @throws IllegalArgumentException if two of the delimiter, quote, escape and comment are the same, or the charset is
     *     neither UTF-8 nor US-ASCII
     */
    public CsvEncoder encoder() {
        options.check();
        if (!CsvCharset.isUtf8OrAscii(options.charset())) {
            throw new IllegalArgumentException(
                    "charset must be UTF-8 to write, was " + options.charset);
        }
        return new CsvEncoder(options);
    }

    private static void requireSpecial(String name, char character) {
        if (character >= 0x80 || character == '\r' || character == '\n') {
            throw new IllegalArgumentException(
                    name
                            + " must be an ASCII character other than CR and LF, was "
                            + CsvOptions.printable(character));
        }
    }

    private static void requireBetween(String name, int value, int min, int max) {
        if (value < min || value > max) {
            String rule = max == Integer.MAX_VALUE ? ">= " + min : "between " + min + " and " + max;
            throw new IllegalArgumentException(name + " must be " + rule + ", was " + value);
        }
    }
}
