package io.ingest4j.core.csv;

import java.util.Arrays;

/**
 * Finds the end of one record and its fields byte by byte. It alone knows every rule; the scanner is faster on the
 * records that it may decide. Goes on where it stopped when more bytes are there.
 */
final class CsvFramer {

    /** What {@link #advance} says. */
    enum Outcome {
        /** More bytes are needed. */
        MORE,
        /** A record was found; its fields are listed. */
        RECORD,
        /** Something was found that is no record, and to be left out: a comment, an empty line. */
        SKIP,
        /** The bytes up to {@link #end} are no record, for the {@link #reason}. */
        BAD
    }

    private static final int FIELD_START = 0;
    private static final int UNQUOTED = 1;
    private static final int QUOTED = 2;
    private static final int AFTER_QUOTE = 3;
    private static final int ESCAPE = 4;
    private static final int COMMENT = 5;
    private static final int BAD_LINE = 6;

    /** The rest of the line is to be thrown away, which may take longer than the limits allow to buffer. */
    static final int REST_OF_LINE = -1;

    static final int IS_QUOTED = 1;
    static final int HAS_ESCAPES = 2;
    static final int STRIDE = 3;

    private final CsvOptions options;
    private final byte delimiter;
    private final byte quote;

    private int start;
    private int pos;
    private int state;
    private int fieldStart;
    private int flags;
    private int firstLineEnd;

    /** Start, end and flags of each field, quotes included. */
    int[] fields = new int[16 * STRIDE];

    int fieldCount;

    /** How many lines the record spans. */
    int lines;

    /** Where the record, or the bad line, ends. */
    int end;

    /** Where to go on, or {@link #REST_OF_LINE}. */
    int next;

    String reason = "";

    /** Where the reason shows, or -1. */
    int reasonAt;

    CsvFramer(CsvOptions options) {
        this.options = options;
        delimiter = options.delimiter;
        quote = options.quote;
    }

    void begin(int start) {
        this.start = start;
        pos = start;
        state = FIELD_START;
        fieldStart = start;
        flags = 0;
        firstLineEnd = -1;
        fieldCount = 0;
        lines = 1;
        reason = "";
        reasonAt = -1;
    }

    Outcome advance(byte[] slab, int limit, boolean eof) {
        while (pos < limit) {
            byte b = slab[pos];
            boolean lineEnd = b == '\n' || b == '\r';
            if (b == '\r' && pos + 1 == limit && !eof) {
                return Outcome.MORE;
            }
            if (pos - start >= options.maxRecordBytes && !(lineEnd && endsHere())) {
                return tooLong(slab, limit);
            }
            switch (state) {
                case FIELD_START -> {
                    if (pos == start) {
                        if (b == options.comment) {
                            state = COMMENT;
                            break;
                        }
                        if (lineEnd && options.skipEmptyLines) {
                            end = pos;
                            next = afterLineEnd(slab, pos, limit);
                            return Outcome.SKIP;
                        }
                    }
                    if (b == quote) {
                        flags = IS_QUOTED;
                        state = QUOTED;
                    } else {
                        state = UNQUOTED;
                        continue;
                    }
                }
                case UNQUOTED, AFTER_QUOTE -> {
                    if (b == delimiter || lineEnd) {
                        if (!addField(pos)) {
                            break;
                        }
                        if (lineEnd) {
                            end = pos;
                            next = afterLineEnd(slab, pos, limit);
                            return Outcome.RECORD;
                        }
                    } else if (state == AFTER_QUOTE) {
                        if (b != quote) {
                            reason =
                                    "a closing quote must be followed by a delimiter or a line end";
                            break;
                        }
                        flags |= HAS_ESCAPES;
                        state = QUOTED;
                    } else if (b == quote && options.strictQuotes) {
                        reason = "an unquoted field must hold no quote";
                    }
                }
                case QUOTED -> {
                    if (b == quote) {
                        state = AFTER_QUOTE;
                    } else if (b == options.escape) {
                        state = ESCAPE;
                    } else if (lineEnd) {
                        countQuotedLineEnd(slab, b);
                    }
                }
                case ESCAPE -> {
                    state = QUOTED;
                    if (b != quote && b != options.escape) {
                        continue;
                    }
                    flags |= HAS_ESCAPES;
                }
                default -> { // COMMENT, BAD_LINE
                    if (lineEnd) {
                        end = pos;
                        next = afterLineEnd(slab, pos, limit);
                        return state == COMMENT ? Outcome.SKIP : Outcome.BAD;
                    }
                }
            }
            if (!reason.isEmpty() && state != BAD_LINE) {
                boolean aboutField = state == QUOTED || b == delimiter || lineEnd;
                reasonAt = aboutField ? fieldStart : pos;
                if (firstLineEnd >= 0) {
                    return firstLine(slab, limit);
                }
                state = BAD_LINE;
                continue;
            }
            pos++;
        }
        return eof ? atEnd(slab, limit) : Outcome.MORE;
    }

    private boolean endsHere() {
        return state != QUOTED && state != ESCAPE;
    }

    private Outcome atEnd(byte[] slab, int limit) {
        end = limit;
        next = limit;
        switch (state) {
            case COMMENT -> {
                return Outcome.SKIP;
            }
            case BAD_LINE -> {
                return Outcome.BAD;
            }
            case QUOTED, ESCAPE -> {
                reason = "a quoted field must be closed before the end";
                reasonAt = fieldStart;
                return firstLineEnd < 0 ? Outcome.BAD : firstLine(slab, limit);
            }
            default -> {
                if (addField(limit)) {
                    return Outcome.RECORD;
                }
                reasonAt = fieldStart;
                return firstLineEnd < 0 ? Outcome.BAD : firstLine(slab, limit);
            }
        }
    }

    /** Returns false if the field is too large. */
    private boolean addField(int fieldEnd) {
        if (fieldEnd - fieldStart > options.maxFieldBytes) {
            reason =
                    "a field must have at most maxFieldBytes "
                            + options.maxFieldBytes
                            + " bytes, field "
                            + (fieldCount + 1)
                            + " has "
                            + (fieldEnd - fieldStart);
            return false;
        }
        int at = fieldCount * STRIDE;
        if (at == fields.length) {
            fields = Arrays.copyOf(fields, 2 * at);
        }
        fields[at] = fieldStart;
        fields[at + 1] = fieldEnd;
        fields[at + 2] = flags;
        fieldCount++;
        fieldStart = fieldEnd + 1;
        flags = 0;
        state = FIELD_START;
        return true;
    }

    private void countQuotedLineEnd(byte[] slab, byte b) {
        if (firstLineEnd < 0) {
            firstLineEnd = pos;
        }
        if (b == '\r' || slab[pos - 1] != '\r') {
            lines++;
        }
        if (!options.quotedNewlines) {
            reason = "a quoted field must hold no line end as quotedNewlines is false";
        } else if (lines > options.maxRecordLines) {
            reason =
                    "a record must span at most maxRecordLines "
                            + options.maxRecordLines
                            + " lines";
        }
    }

    private Outcome tooLong(byte[] slab, int limit) {
        end = start + options.maxRecordBytes;
        if (state == COMMENT) {
            next = REST_OF_LINE;
            return Outcome.SKIP;
        }
        if (reason.isEmpty()) {
            reason =
                    "a record must have at most maxRecordBytes "
                            + options.maxRecordBytes
                            + " bytes";
        }
        if (firstLineEnd >= 0) {
            return firstLine(slab, limit);
        }
        reason += " (its bytes are cut off there)";
        next = REST_OF_LINE;
        return Outcome.BAD;
    }

    private Outcome firstLine(byte[] slab, int limit) {
        end = firstLineEnd;
        next = afterLineEnd(slab, firstLineEnd, limit);
        return Outcome.BAD;
    }

    private static int afterLineEnd(byte[] slab, int lineEnd, int limit) {
        boolean pair = slab[lineEnd] == '\r' && lineEnd + 1 < limit && slab[lineEnd + 1] == '\n';
        return lineEnd + (pair ? 2 : 1);
    }
}
