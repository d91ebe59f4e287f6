package io.ingest4j.core.csv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds records in a slab of bytes. It looks at 64 bytes at a time as eight longs, makes bit masks of where the special
 * characters are, tells quoted from unquoted ones by the parity of the quotes before them, and writes the places of the
 * separators to the tape. Where quotes are not just as RFC 4180 has them, or a limit is near, the {@link CsvFramer}
 * reads that record again and decides.
 *
 * <p>The parity by prefix sums of bits, and the flat list of places, are from Langdale and Lemire, "Parsing gigabytes
 * of JSON per second", VLDB Journal 28 (2019).
 */
final class CsvScanner {

    /** What {@link #scan} says. */
    enum Status {
        /** All complete records were found; more bytes are needed, or at the end of the input nothing is left. */
        MORE,
        /** As many records were found as wanted, or the end of the split was reached. */
        FULL,
        /** The rest of a line, from {@link CsvScanner#recordStart} on, is to be thrown away. */
        DISCARD
    }

    private enum Step {
        GO_ON,
        /** The batch is full, or the record in hand is the framer's. */
        STOP,
        /** What looked like a line end is another control character. */
        REPEAT
    }

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long LOW = 0x7F7F7F7F7F7F7F7FL;
    private static final long HIGH = 0x8080808080808080L;
    private static final long ABOVE_CR = (0x80 - '\r' - 1) * ONES;
    private static final long CRS = '\r' * ONES;
    private static final long LFS = '\n' * ONES;
    private static final int BLOCK = 64;

    private final CsvOptions options;
    private final CsvFramer framer;
    private final CsvRecords records;
    private final long delimiters;
    private final long quotes;
    private final boolean fast;
    private final boolean exactOnly;
    private final int plainBytes;

    private CsvTable table;
    private int maxRecords;
    private int stopAt;
    private int limit;

    /** Where the record in hand begins, or the next one. */
    private int recordStart;

    private int recordTape;
    private int recordFlags;
    private int tapeSize;
    private int scanned;
    private int quotedLineEndCount;
    private long inside;
    private long afterClose;
    private boolean framing;

    CsvScanner(CsvOptions options, CsvTable table, int expected, @Nullable CsvWideText wideText) {
        this.options = options;
        this.table = table;
        framer = new CsvFramer(options);
        records = new CsvRecords(options, table, expected, wideText);
        delimiters = options.delimiter * ONES;
        quotes = options.quote * ONES;
        fast = options.escape == CsvOptions.NONE && options.comment == CsvOptions.NONE;
        exactOnly = options.delimiter <= '\r' || options.quote <= '\r';
        plainBytes = Math.min(options.maxFieldBytes, options.maxRecordBytes);
    }

    /** Begins a batch at index 0 of the table's slab. */
    void begin(CsvTable table, int maxRecords, int stopAt) {
        this.table = table;
        this.maxRecords = maxRecords;
        this.stopAt = stopAt;
        records.begin(table);
        recordStart = 0;
        tapeSize = 0;
        framing = false;
        restart();
    }

    int recordStart() {
        return recordStart;
    }

    int tapeSize() {
        return tapeSize;
    }

    /** What came of the records found. */
    CsvRecords records() {
        return records;
    }

    /** Finds records up to a limit in the slab, going on where it stopped. */
    Status scan(int limit, boolean eof) {
        this.limit = limit;
        while (!isFull()) {
            if (framing || !fast) {
                Status status = frame(eof);
                if (status != null) {
                    return status;
                }
                continue;
            }
            // A CR at the end may be half a CRLF.
            boolean half = !eof && limit > scanned && table.slab[limit - 1] == '\r';
            if (!scanBlocks(half ? limit - 1 : limit)) {
                continue;
            }
            boolean last = eof && recordStart < limit;
            if (!last && limit - recordStart <= options.maxRecordBytes) {
                return Status.MORE;
            }
            beginFraming();
        }
        return Status.FULL;
    }

    private boolean isFull() {
        return recordStart >= stopAt || table.count >= maxRecords - records.rejected();
    }

    private void restart() {
        if (table.tape.length == tapeSize) {
            growTape();
        }
        table.tape[tapeSize++] = recordStart - 1; // as if a separator were before it
        scanned = recordStart;
        recordTape = tapeSize;
        recordFlags = 0;
        quotedLineEndCount = 0;
        inside = 0;
        afterClose = 0;
        records.forgetDoubled();
    }

    private void beginFraming() {
        framing = true;
        framer.begin(recordStart);
    }

    /**
     * The hot loop. Returns true when all is scanned, false when the batch is full or the record in hand is the
     * framer's.
     */
    private boolean scanBlocks(int end) {
        byte[] slab = table.slab;
        boolean exact = exactOnly;
        int base = scanned;
        while (base < end) {
            long anyByte = 0;
            long allNotQuote = -1;
            long notSeparator = 0;
            long notLineEnd = 0;
            for (int k = 0; k < 8; k++) {
                long word = (long) LONGS.get(slab, base + 8 * k);
                // The high bit of a byte stays clear only where the byte is one looked for, if all
                // are ASCII. As a line end counts all that sorts before the byte after CR.
                long lineEnd = word + ABOVE_CR;
                long separator = ((word ^ delimiters) + LOW) & lineEnd;
                anyByte |= word;
                allNotQuote &= (word ^ quotes) + LOW;
                notSeparator |= (separator & HIGH) >>> (7 - k);
                notLineEnd |= (lineEnd & HIGH) >>> (7 - k);
            }
            int size = Math.min(BLOCK, end - base);
            long valid = -1L >>> (BLOCK - size);
            long separators = transpose(~notSeparator) & valid;
            long lineEnds = transpose(~notLineEnd) & valid;
            boolean hasQuotes = (allNotQuote & HIGH) != HIGH;
            int flags = 0;
            if (exact || (anyByte & HIGH) != 0) {
                lineEnds = (equal(slab, base, CRS) | equal(slab, base, LFS)) & valid;
                separators = lineEnds | (equal(slab, base, delimiters) & valid);
                hasQuotes = true;
                flags = (anyByte & HIGH) == 0 ? 0 : CsvRecords.NOT_ASCII;
                exact = exactOnly;
            }
            if (recordStart > base) {
                lineEnds &= -1L << (recordStart - base); // leaves out the LF of a CRLF
            }
            long quoteBits = 0;
            long quotedLineEnds = 0;
            long insideNext = 0;
            long afterCloseNext = 0;
            boolean doubtful = false;
            if (hasQuotes || (inside | afterClose) != 0) {
                quoteBits = equal(slab, base, quotes) & valid;
                long quoted = prefixXor(quoteBits) ^ inside;
                long opens = quoteBits & quoted;
                long closes = quoteBits & ~quoted;
                long free = separators & ~quoted;
                long afterFree = inside == 0 && isAfterSeparator(slab, base) ? 1 : 0;
                long afterCloses = (closes << 1) | afterClose;
                long doubled = opens & afterCloses;
                long wrong =
                        (opens & ~((free << 1) | afterFree | afterCloses))
                                | (afterCloses & valid & ~(free | opens));
                quotedLineEnds = firstOfPairs(slab, base, lineEnds & quoted);
                if (!options.quotedNewlines) {
                    wrong |= quotedLineEnds;
                }
                separators = free;
                lineEnds &= ~quoted;
                if ((quotedLineEnds | doubled) != 0) {
                    flags |= CsvRecords.SPECIAL;
                    records.addDoubled(base, doubled);
                }
                if (wrong != 0) {
                    doubtful = true;
                    long before = (wrong & -wrong) - 1;
                    separators &= before;
                    lineEnds &= before;
                }
                insideNext = -((quoted >>> (size - 1)) & 1);
                afterCloseNext = (closes >>> (size - 1)) & 1;
            }
            writeTape(base, separators);
            if (lineEnds == 0) {
                recordFlags |= flags | (quoteBits == 0 ? 0 : CsvRecords.QUOTES);
                quotedLineEndCount += Long.bitCount(quotedLineEnds);
            } else {
                Step step =
                        endRecords(base, separators, lineEnds, quoteBits, quotedLineEnds, flags);
                if (step == Step.STOP) {
                    return false;
                }
                if (step == Step.REPEAT) {
                    exact = true;
                    records.forgetDoubledFrom(base);
                    if (recordStart > base) {
                        tapeSize = recordTape - 1;
                        restart();
                        base = recordStart;
                    }
                    continue;
                }
            }
            tapeSize += Long.bitCount(separators);
            if (doubtful) {
                beginFraming();
                return false;
            }
            inside = insideNext;
            afterClose = afterCloseNext;
            base += size;
            scanned = base;
        }
        return true;
    }

    private void growTape() {
        table.tape = Arrays.copyOf(table.tape, Math.max(4 * BLOCK, table.tape.length * 2));
    }

    private void writeTape(int base, long separators) {
        int at = tapeSize;
        if (table.tape.length - at < BLOCK) {
            growTape();
        }
        int[] tape = table.tape;
        long bits = separators;
        // Eight at a time whether they are there or not: cheaper than branches that can't be
        // predicted.
        do {
            tape[at] = base + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            tape[at + 1] = base + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            tape[at + 2] = base + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            tape[at + 3] = base + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            tape[at + 4] = base + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            tape[at + 5] = base + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            tape[at + 6] = base + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            tape[at + 7] = base + Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            at += 8;
        } while (bits != 0);
    }

    /** Ends the records at line ends. Unless told to go on, the block is left at {@link #recordStart}. */
    private Step endRecords(
            int base,
            long separators,
            long lineEnds,
            long quoteBits,
            long quotedLineEnds,
            int blockFlags) {
        byte[] slab = table.slab;
        int expected = records.expected();
        int flags = recordFlags | blockFlags;
        long bits = lineEnds;
        long rest = -1;
        while (bits != 0) {
            int bit = Long.numberOfTrailingZeros(bits);
            bits &= bits - 1;
            long before = (1L << bit) - 1;
            int end = base + bit;
            byte last = slab[end];
            if (last != '\n' && last != '\r') {
                return Step.REPEAT;
            }
            int onTape = tapeSize + Long.bitCount(separators & before);
            int count = onTape - recordTape + 1;
            int length = end - recordStart;
            if ((quoteBits & rest & before) != 0) {
                flags |= CsvRecords.QUOTES;
            }
            boolean plain = count == expected && length > 0 && length <= plainBytes;
            if (plain && (flags | CsvRecords.QUOTES) == CsvRecords.QUOTES) {
                records.addPlain(recordStart, end, recordTape, count, flags);
            } else {
                int quotedLines =
                        quotedLineEndCount + Long.bitCount(quotedLineEnds & rest & before);
                if (!endSpecial(end, onTape, count, quotedLines, flags)) {
                    return Step.STOP;
                }
                expected = records.expected();
            }
            recordStart = end + 1;
            recordTape = onTape + 1;
            if (last == '\r' && recordStart < limit && slab[recordStart] == '\n') {
                recordStart++;
                recordTape++;
                if (bit < BLOCK - 1) {
                    bits &= bits - 1;
                }
            }
            flags = blockFlags;
            quotedLineEndCount = 0;
            rest = ~before;
            if (isFull()) {
                tapeSize = onTape + 1;
                restart();
                return Step.STOP;
            }
        }
        recordFlags = blockFlags | ((quoteBits & rest) == 0 ? 0 : CsvRecords.QUOTES);
        quotedLineEndCount = Long.bitCount(quotedLineEnds & rest);
        return Step.GO_ON;
    }

    /** Ends a record that isn't plain. Returns false if it is for the framer to decide. */
    private boolean endSpecial(int end, int onTape, int count, int quotedLines, int flags) {
        boolean ended =
                end - recordStart <= plainBytes
                        && records.endScanned(
                                recordStart, end, recordTape, count, 1 + quotedLines, flags);
        if (!ended) {
            tapeSize = onTape + 1;
            beginFraming();
        }
        return ended;
    }

    /** Reads the record in hand with the framer. Returns null to go on. */
    private @Nullable Status frame(boolean eof) {
        if (!framing) {
            if (recordStart >= limit) {
                return Status.MORE;
            }
            beginFraming();
        }
        switch (framer.advance(table.slab, limit, eof)) {
            case MORE -> {
                return Status.MORE;
            }
            case SKIP -> records.skipLine();
            case BAD -> records.rejectFramed(recordStart, framer);
            case RECORD -> records.endFramed(recordStart, framer);
        }
        framing = false;
        recordStart = framer.next;
        if (framer.next == CsvFramer.REST_OF_LINE) {
            recordStart = framer.end;
            return Status.DISCARD;
        }
        restart();
        return null;
    }

    /** Leaves out of line ends the LF of each CRLF, and other control characters. */
    private static long firstOfPairs(byte[] slab, int base, long lineEnds) {
        long firsts = 0;
        for (long bits = lineEnds; bits != 0; bits &= bits - 1) {
            int at = base + Long.numberOfTrailingZeros(bits);
            if (slab[at] == '\r' || (slab[at] == '\n' && slab[at - 1] != '\r')) {
                firsts |= bits & -bits;
            }
        }
        return firsts;
    }

    /** Whether a field may begin at a block's first byte, which isn't within quotes. */
    private boolean isAfterSeparator(byte[] slab, int base) {
        if (recordStart >= base) {
            return true;
        }
        byte before = slab[base - 1];
        return before == options.delimiter || before == '\n' || before == '\r';
    }

    /** Returns where in a block the bytes are equal to those of a pattern. */
    private static long equal(byte[] slab, int base, long pattern) {
        long not = 0;
        for (int k = 0; k < 8; k++) {
            long word = (long) LONGS.get(slab, base + 8 * k);
            not |= (((((word & LOW) ^ pattern) + LOW) | word) & HIGH) >>> (7 - k);
        }
        return transpose(~not);
    }

    private static long prefixXor(long bits) {
        long x = bits;
        x ^= x << 1;
        x ^= x << 2;
        x ^= x << 4;
        x ^= x << 8;
        x ^= x << 16;
        x ^= x << 32;
        return x;
    }

    /** Transposes eight by eight bits (Warren, Hacker's Delight, 7-3): bit 8i + k becomes bit 8k + i. */
    private static long transpose(long bits) {
        long x = bits;
        long t = (x ^ (x >>> 7)) & 0x00AA00AA00AA00AAL;
        x ^= t ^ (t << 7);
        t = (x ^ (x >>> 14)) & 0x0000CCCC0000CCCCL;
        x ^= t ^ (t << 14);
        t = (x ^ (x >>> 28)) & 0x00000000F0F0F0F0L;
        return x ^ t ^ (t << 28);
    }
}
