package io.ingest4j.core.csv;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of a record whose bytes and fields were found: checks its text and the number of its fields, and
 * enters it into the table or among the rejected ones.
 */
final class CsvRecords {

    /** What the reason begins with where bytes mean nothing in the charset. */
    static final String TEXT_RULE = "text must be ";

    /** Stands for a number of fields not known yet. */
    static final int UNKNOWN = -1;

    /** Flags of a record: what it, or a block that it lies in, may hold. The first two are kept in the table. */
    static final int NOT_ASCII = 1;

    static final int QUOTES = 2;

    /** Doubled quotes, or line ends within quotes. */
    static final int SPECIAL = 4;

    /**
     * A record that was rejected.
     *
     * @param line the number of lines of the batch before it
     * @param lines the number of its own lines
     * @param recordsBefore the number of good records of the batch before it
     * @param column 0 if it is not known
     */
    record Reject(
            int start,
            int end,
            String reason,
            int line,
            int lines,
            int recordsBefore,
            int column) {}

    private final CsvOptions options;
    private final byte quote;
    private final boolean utf8;
    private final @Nullable CsvWideText wideText;
    private final @Nullable CsvCharset decoder;

    private CsvTable table;
    private List<Reject> rejects = new ArrayList<>();
    private int rejected;
    private int line;
    private int expected;

    /** Where the second quote of each pair is, in the record in hand and beyond. */
    private int[] doubled = new int[64];

    private int doubledFrom;
    private int doubledTo;

    /** Where the text is malformed that was looked at last; negative, or before the record, if it isn't. */
    private int malformedAt = -1;

    CsvRecords(CsvOptions options, CsvTable table, int expected, @Nullable CsvWideText wideText) {
        this.options = options;
        this.table = table;
        this.expected = expected;
        this.wideText = wideText;
        quote = options.quote;
        Charset charset = options.charset();
        utf8 = wideText != null || charset.equals(StandardCharsets.UTF_8);
        decoder =
                wideText != null || CsvCharset.isUtf8OrAscii(charset)
                        ? null
                        : new CsvCharset(charset);
    }

    void begin(CsvTable table) {
        malformedAt = -1;
        this.table = table;
        rejects = new ArrayList<>(0);
        rejected = 0;
        line = 0;
    }

    /** Returns how many fields a record must have: as the header, else as the first record. */
    int expected() {
        return expected;
    }

    List<Reject> rejects() {
        return rejects;
    }

    /** Returns the number of rejected records. */
    int rejected() {
        return rejected;
    }

    /** Returns the number of lines ended since the batch began. */
    int line() {
        return line;
    }

    void skipLine() {
        line++;
    }

    void forgetDoubled() {
        doubledFrom = 0;
        doubledTo = 0;
    }

    /** Forgets those of a block that is scanned again. */
    void forgetDoubledFrom(int base) {
        while (doubledTo > doubledFrom && doubled[doubledTo - 1] >= base) {
            doubledTo--;
        }
    }

    void addDoubled(int base, long bits) {
        if (doubled.length - doubledTo < Long.SIZE) {
            doubled = Arrays.copyOf(doubled, doubled.length * 2);
        }
        for (long rest = bits; rest != 0; rest &= rest - 1) {
            doubled[doubledTo++] = base + Long.numberOfTrailingZeros(rest);
        }
    }

    /** Enters an ASCII record of one line and as many fields as expected, without doubled quotes. */
    void addPlain(int start, int end, int tape, int count, int flags) {
        table.addRecord(start, end, tape, count, (line << 2) | flags);
        line++;
    }

    /** Ends a record on the tape. Returns false if it is for the framer to decide. */
    boolean endScanned(int start, int end, int tape, int count, int lines, int flags) {
        if (end == start && options.skipEmptyLines) {
            line++;
            return true;
        }
        if (lines > options.maxRecordLines) {
            return false;
        }
        int text = (flags & NOT_ASCII) == 0 ? Utf8.ASCII : checkText(start, end);
        if (isAcceptable(start, end, count, lines, text)) {
            boolean decode = text == Utf8.VALID && decoder != null;
            boolean isDoubled = seekDoubled(start) < end;
            int fields = tape;
            if (decode || isDoubled || count < expected) {
                fields = ~table.listedSize;
                if (!listTape(start, tape, count, decode)) {
                    reject(start, end, TEXT_RULE + options.charset + ", is malformed", lines);
                    return true;
                }
            }
            accept(start, end, fields, count, lines, text, flags & QUOTES);
        }
        return true;
    }

    /** Returns the place of the first doubled quote at or after an index. */
    private int seekDoubled(int index) {
        while (doubledFrom < doubledTo && doubled[doubledFrom] < index) {
            doubledFrom++;
        }
        return doubledFrom < doubledTo ? doubled[doubledFrom] : Integer.MAX_VALUE;
    }

    /** Lists the fields of a record on the tape. Returns false if one means nothing in the charset. */
    private boolean listTape(int recordStart, int tape, int count, boolean decode) {
        byte[] slab = table.slab;
        int start = recordStart;
        int nextDoubled = seekDoubled(start);
        for (int i = 0; i < count; i++) {
            int end = table.tape[tape + i];
            if (slab[start] != quote) {
                table.addField(start, end - start);
            } else if (nextDoubled >= end) {
                table.addField(start + 1, end - start - 2);
            } else {
                nextDoubled = listDoubled(start + 1, end - 1, nextDoubled);
            }
            if (decode && !decodeLastField()) {
                return false;
            }
            start = end + 1;
        }
        return true;
    }

    /** Lists a field without the second quote of each pair. Returns where the next pair is. */
    private int listDoubled(int start, int end, int firstDoubled) {
        table.reserveSide(end - start);
        int sideStart = table.sideSize;
        int from = start;
        int next = firstDoubled;
        while (next < end) {
            table.copyToSide(from, next - from);
            from = next + 1;
            doubledFrom++;
            next = doubledFrom < doubledTo ? doubled[doubledFrom] : Integer.MAX_VALUE;
        }
        table.copyToSide(from, end - from);
        table.addField(~sideStart, table.sideSize - sideStart);
        return next;
    }

    private boolean decodeLastField() {
        int at = table.listed[table.listedSize - 2];
        int length = table.listed[table.listedSize - 1];
        byte[] from = at < 0 ? table.side : table.slab;
        int start = at < 0 ? ~at : at;
        if (decoder == null || Utf8.skipAscii(from, start, start + length) == start + length) {
            return true;
        }
        try {
            byte[] text = decoder.toUtf8(from, start, length);
            table.listedSize -= 2;
            table.addSideField(text);
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Ends a record that the framer found. */
    void endFramed(int start, CsvFramer framer) {
        int text = checkText(start, framer.end);
        boolean decode = text == Utf8.VALID && decoder != null;
        if (!isAcceptable(start, framer.end, framer.fieldCount, framer.lines, text)) {
            return;
        }
        int fields = ~table.listedSize;
        for (int i = 0; i < framer.fieldCount; i++) {
            listFramed(framer.fields, i * CsvFramer.STRIDE);
            if (decode && !decodeLastField()) {
                String reason = TEXT_RULE + options.charset + ", is malformed";
                reject(start, framer.end, reason, framer.lines);
                return;
            }
        }
        accept(start, framer.end, fields, framer.fieldCount, framer.lines, text, 0);
    }

    private void listFramed(int[] fields, int at) {
        int flags = fields[at + 2];
        int inset = (flags & CsvFramer.IS_QUOTED) == 0 ? 0 : 1;
        int start = fields[at] + inset;
        int length = fields[at + 1] - inset - start;
        if ((flags & CsvFramer.HAS_ESCAPES) == 0) {
            table.addField(start, length);
        } else {
            table.addUnescaped(start, length, quote, options.escape);
        }
    }

    /** Rejects a record whose text or number of fields is wrong. */
    private boolean isAcceptable(int start, int end, int count, int lines, int text) {
        if (text >= 0) {
            long into =
                    wideText == null
                            ? text - start
                            : wideText.sourceLength(table.slab, start, text);
            String reason = ", is malformed " + into + " bytes into the record";
            reject(start, end, TEXT_RULE + options.charset + reason, lines);
            return false;
        }
        boolean ragged = expected != UNKNOWN && count != expected;
        if (ragged && !isRaggedAllowed(count)) {
            reject(start, end, "a record must have " + expected + " fields, has " + count, lines);
            return false;
        }
        return true;
    }

    private boolean isRaggedAllowed(int count) {
        return switch (options.raggedRows) {
            case REJECT -> false;
            case PAD -> count < expected;
            case ALLOW -> true;
        };
    }

    private void accept(int start, int end, int fields, int count, int lines, int text, int flags) {
        int size = count;
        if (expected == UNKNOWN) {
            expected = count;
        }
        if (options.raggedRows == CsvFormat.RaggedRows.PAD) {
            for (; size < expected; size++) {
                table.addField(end, 0);
            }
        }
        int kept = flags | (text == Utf8.ASCII ? 0 : NOT_ASCII);
        table.addRecord(start, end, fields, size, (line << 2) | kept);
        line += lines;
    }

    void rejectFramed(int start, CsvFramer framer) {
        reject(start, framer.end, framer.reason, 1, framer.reasonAt);
    }

    private void reject(int start, int end, String reason, int lines) {
        reject(start, end, reason, lines, malformedAt);
    }

    private void reject(int start, int end, String reason, int lines, int at) {
        rejected++;
        rejects.add(new Reject(start, end, reason, line, lines, table.count, column(start, at)));
        line += lines;
    }

    /** Counts characters from 1; 0 for what is not in the record's first line. */
    private int column(int start, int at) {
        int column = at < start ? 0 : 1;
        for (int i = start; i < at; i++) {
            byte b = table.slab[i];
            if (b == '\n' || b == '\r') {
                return 0;
            }
            column += utf8 && (b & 0xC0) == 0x80 ? 0 : 1;
        }
        return column;
    }

    private int checkText(int start, int end) {
        malformedAt = firstMalformed(start, end);
        return malformedAt;
    }

    private int firstMalformed(int start, int end) {
        if (utf8) {
            return Utf8.check(table.slab, start, end);
        }
        int high = Utf8.skipAscii(table.slab, start, end);
        if (high == end) {
            return Utf8.ASCII;
        }
        return decoder == null ? high : Utf8.VALID;
    }
}
