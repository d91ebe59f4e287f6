package io.ingest4j.core.csv;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the records of one split: fills slabs from the input and has the scanner find what is in them. */
final class CsvReader implements RecordReader<Row> {

    private static final int MAX_BATCH_BYTES = 8 << 20;
    private static final int LARGEST_FIRST_SLAB = 64 << 10;
    private static final int SMALL_READ = 8 << 10;
    private static final int MIN_ROOM = 64;

    private final CsvOptions options;
    private final SourceSplit split;
    private final CsvSplit detail;
    private final Position from;
    private final @Nullable CsvWideText wide;
    private final CsvInput input;
    private final boolean poison;

    /** Little for a small object, such as the record of a dead letter. */
    private final int firstSlab;

    /** Bytes read ahead: before them comes nothing, after them the input. */
    private byte[] ahead = {};

    private int aheadFrom;
    private int aheadTo;
    private boolean inputEnded;

    private CsvHeader header = new CsvHeader();
    private CsvScanner scanner;
    private boolean started;
    private long endOffset = Long.MAX_VALUE;
    private long offset;
    private long line = 1;
    private long recordNumber;
    private Position position;
    private @Nullable Exception failure;

    private double bytesPerRecord;
    private double fieldsPerRecord;
    private double listedPerRecord;
    private double sidePerRecord;

    CsvReader(
            CsvOptions options, ByteSource source, SourceSplit split, Position from, boolean poison)
            throws IOException {
        this.options = options;
        this.split = split;
        this.from = from;
        this.poison = poison;
        detail = CsvSplit.of(split);
        position = from;
        firstSlab =
                detail.length() == ByteObject.UNKNOWN
                        ? LARGEST_FIRST_SLAB
                        : (int) Math.min(LARGEST_FIRST_SLAB, detail.length() + 2 * MIN_ROOM);
        Charset charset = options.charset();
        wide = CsvCharset.isWide(charset) ? new CsvWideText(charset) : null;
        scanner = scanner(CsvRecords.UNKNOWN);
        input = new CsvInput(source, detail.object(split), wide);
        input.open(readsStart() ? 0 : startOffset());
    }

    private CsvScanner scanner(int expected) {
        return new CsvScanner(
                options,
                new CsvTable(header, options.quote, new byte[0], new int[0], new int[0]),
                expected,
                wide);
    }

    @Override
    public Optional<SourceBatch<Row>> read(int maxRecords, long maxBytes) throws IOException {
        if (maxRecords < 1) {
            throw new IllegalArgumentException("maxRecords must be >= 1, was " + maxRecords);
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be >= 1, was " + maxBytes);
        }
        input.checkNotEnded();
        if (failure != null) {
            throw new IOException("reading failed before", failure);
        }
        try {
            start();
            return Optional.ofNullable(next(maxRecords, maxBytes));
        } catch (IOException | RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    private @Nullable CsvBatch next(int maxRecords, long maxBytes) throws IOException {
        while (!isAtEnd()) {
            CsvBatch batch = batch(maxRecords, maxBytes);
            position = batch.end();
            if (batch.size() > 0 || !batch.rejected().isEmpty()) {
                return batch;
            }
        }
        return null;
    }

    private boolean isAtEnd() {
        return offset >= endOffset || (inputEnded && aheadFrom == aheadTo);
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public void wakeup() {
        input.wakeup();
    }

    @Override
    public void close() throws IOException {
        input.close();
    }

    /** Whether what the reader must know stands at the start of the object. */
    private boolean readsStart() {
        return isStart()
                || options.header
                || options.names.length == 0
                || (wide != null && wide.isOrderByMark());
    }

    private boolean isStart() {
        return from.offset() == 0;
    }

    private boolean beginsBlind() {
        return !detail.exact() && from.offset() == split.start();
    }

    /** To find the next line end, the byte before is needed too: it may be one. */
    private long startOffset() {
        return beginsBlind() ? from.offset() - 1 : from.offset();
    }

    private void start() throws IOException {
        if (started) {
            return;
        }
        if (readsStart()) {
            readStart();
            if (!isStart()) {
                input.open(startOffset());
                inputEnded = false;
                aheadFrom = aheadTo;
            }
        } else {
            header = new CsvHeader(options.names);
            scanner = scanner(header.size());
        }
        if (!isStart()) {
            offset = startOffset();
            line = line(from);
            if (beginsBlind()) {
                discardLine();
            }
        }
        recordNumber = from.recordNumber();
        if (split.end() != SourceSplit.UNKNOWN && split.end() != detail.length()) {
            endOffset = split.end();
        }
        started = true;
    }

    private long line(Position position) {
        long known = CsvPlace.of(position).line();
        return known == 0 && position.offset() == split.start() ? detail.line() : known;
    }

    /** Returns where the records begin, for a reader that begins at the object's start. */
    Position dataStart() throws IOException {
        start();
        return here();
    }

    private Position here() {
        return new Position(split.id(), recordNumber, offset, place().detail());
    }

    private CsvPlace place() {
        return new CsvPlace(line, wide == null ? "" : wide.orderFound());
    }

    private void readStart() throws IOException {
        skipByteOrderMark();
        requireText();
        for (int i = 0; i < options.skipLines && discardLine(); i++) {
            line++;
        }
        int expected = options.names.length == 0 ? CsvRecords.UNKNOWN : options.names.length;
        if (options.header) {
            CsvBatch first = firstRecord(true);
            if (first != null) {
                header = header(first.record(0), first.position(0));
                expected = header.size();
            }
        } else if (options.names.length == 0 && !isStart()) {
            CsvBatch first = firstRecord(false);
            expected = first == null ? CsvRecords.UNKNOWN : first.record(0).size();
        }
        if (options.names.length > 0) {
            header = new CsvHeader(options.names);
            expected = header.size();
        }
        scanner = scanner(expected);
        bytesPerRecord = 0;
    }

    private @Nullable CsvBatch firstRecord(boolean isHeader) throws IOException {
        while (!isAtEnd()) {
            CsvBatch batch = batch(1, Long.MAX_VALUE);
            if (batch.size() > 0) {
                return batch;
            }
            if (isHeader && !batch.rejected().isEmpty()) {
                RejectedRecord bad = batch.rejected().get(0);
                int lines = scanner.records().rejects().get(0).lines();
                throw bad(
                        bad.position(),
                        "the header can't be read: "
                                + bad.reason()
                                + (bad.reason().startsWith(CsvRecords.TEXT_RULE)
                                        ? "; charset(...) sets another, or "
                                        : "; ")
                                + "withoutHeader().skipLines("
                                + (CsvPlace.of(bad.position()).line() - 1 + lines)
                                + ").names(...) reads what follows it");
            }
        }
        return null;
    }

    private CsvHeader header(Row row, Position at) {
        String[] names = new String[row.size()];
        for (int i = 0; i < names.length; i++) {
            names[i] = row.get(i);
        }
        int duplicate = options.names.length > 0 ? -1 : new CsvNames(names).duplicate();
        if (duplicate >= 0) {
            throw bad(
                    at,
                    "names in the header must differ, '"
                            + names[duplicate]
                            + "' is field "
                            + (Arrays.asList(names).indexOf(names[duplicate]) + 1)
                            + " and "
                            + (duplicate + 1)
                            + "; names(...) can replace them");
        }
        return new CsvHeader(names);
    }

    private BadRecordException bad(Position at, String reason) {
        return new BadRecordException(
                at,
                split.source()
                        + ", byte "
                        + at.offset()
                        + ", line "
                        + CsvPlace.of(at).line()
                        + ": "
                        + reason);
    }

    private void skipByteOrderMark() throws IOException {
        while (aheadTo - aheadFrom < 4 && readAhead()) {}
        boolean three = aheadTo - aheadFrom >= 3;
        if (three
                && ahead[aheadFrom] == (byte) 0xEF
                && ahead[aheadFrom + 1] == (byte) 0xBB
                && ahead[aheadFrom + 2] == (byte) 0xBF
                && (wide != null || isUtf8OrAscii())) {
            offset += sourceLength(ahead, aheadFrom, aheadFrom + 3);
            aheadFrom += 3;
        } else if (isUtf8OrAscii()) {
            String marked = markedCharset();
            if (!marked.isEmpty()) {
                throw bad(
                        here(),
                        "the charset must be "
                                + marked
                                + " as the byte order mark says, was "
                                + options.charset);
            }
        }
    }

    /** Returns the charset of a byte order mark other than that of UTF-8, or empty text. */
    private String markedCharset() {
        int first = aheadStart(2);
        int second = aheadStart(4) & 0xFFFF;
        boolean four = aheadTo - aheadFrom >= 4;
        if (four && ((first == 0xFFFE && second == 0) || (first == 0 && second == 0xFEFF))) {
            return "UTF-32";
        }
        return first == 0xFFFE || first == 0xFEFF ? "UTF-16" : "";
    }

    /** Returns the first bytes read ahead as one number, zeros in place of those that there are not. */
    private int aheadStart(int count) {
        int start = 0;
        for (int i = 0; i < count; i++) {
            int at = aheadFrom + i;
            start = (start << 8) | (at < aheadTo ? ahead[at] & 0xFF : 0);
        }
        return start;
    }

    /** Throws if what should be text is compressed. In UTF-8 two bytes show it, elsewhere they may be letters. */
    private void requireText() {
        boolean gzip =
                isUtf8OrAscii()
                        ? aheadStart(2) == 0x1F8B
                        : wide == null && aheadStart(3) == 0x1F8B08;
        if (gzip) {
            throw bad(
                    here(),
                    "an object must be text, this one begins with 1f 8b as gzip does;"
                            + " Gzip.of(...) around its source inflates it");
        }
    }

    private boolean isUtf8OrAscii() {
        return CsvCharset.isUtf8OrAscii(options.charset());
    }

    private long sourceLength(byte[] bytes, int start, int end) {
        return wide == null ? end - start : wide.sourceLength(bytes, start, end);
    }

    /** Reads one batch, which may turn out to hold nothing. */
    private CsvBatch batch(int maxRecords, long maxBytes) throws IOException {
        int budget = (int) Math.min(maxBytes, MAX_BATCH_BYTES);
        CsvTable table = table(maxRecords, budget);
        boolean endKnown = wide == null && endOffset != Long.MAX_VALUE;
        int stopAt = endKnown ? (int) Math.min(budget, endOffset - offset) : budget;
        scanner.begin(table, maxRecords, stopAt);
        int limit = 0;
        CsvScanner.Status status = CsvScanner.Status.MORE;
        while (status == CsvScanner.Status.MORE) {
            int filled = fill(table, limit, budget);
            if (filled < 0) {
                break;
            }
            limit += filled;
            status = scanner.scan(limit, inputEnded && aheadFrom == aheadTo);
        }
        return finish(table, limit, status);
    }

    /** Makes room for what the next batch will hold if records go on as they were. */
    private CsvTable table(int maxRecords, int budget) {
        double records = 64;
        double bytes = Math.min(firstSlab, budget);
        double fields = 1024;
        if (bytesPerRecord > 0) {
            records = Math.min(maxRecords, budget / bytesPerRecord + 1);
            // A large record before says nothing of the next.
            bytes = Math.min(records * bytesPerRecord * 1.02 + 128, (double) budget + SMALL_READ);
            fields = records * fieldsPerRecord * 1.05 + 128;
        }
        CsvTable table =
                new CsvTable(
                        header,
                        options.quote,
                        new byte[(int) bytes + MIN_ROOM + CsvTable.SLACK],
                        new int[(int) Math.min(fields, 4.0 * budget)],
                        new int[((int) records) * CsvTable.STRIDE]);
        table.listed = new int[(int) Math.min(records * listedPerRecord, budget)];
        table.side = new byte[(int) Math.min(records * sidePerRecord, budget)];
        return table;
    }

    /** Returns how many bytes came to the slab; 0 only when the end was found; -1 when the batch must do without. */
    private int fill(CsvTable table, int limit, int budget) throws IOException {
        if (inputEnded && aheadFrom == aheadTo) {
            return limit == 0 || scanner.recordStart() == limit ? -1 : 0;
        }
        int room = table.slab.length - CsvTable.SLACK - limit;
        if (room < MIN_ROOM) {
            boolean large = table.slab.length >= budget + SMALL_READ;
            if (large && table.count + scanner.records().rejects().size() > 0) {
                return -1;
            }
            grow(table, limit);
            room = table.slab.length - CsvTable.SLACK - limit;
        }
        if (aheadFrom == aheadTo) {
            if (room >= SMALL_READ) {
                int count = input.read(table.slab, limit, room);
                inputEnded = count < 0;
                return Math.max(count, 0);
            }
            readAhead();
        }
        int count = Math.min(room, aheadTo - aheadFrom);
        System.arraycopy(ahead, aheadFrom, table.slab, limit, count);
        aheadFrom += count;
        return count;
    }

    /** Doubles the slab, but not beyond what the largest record needs. */
    private void grow(CsvTable table, int limit) {
        long most =
                (long) scanner.recordStart()
                        + options.maxRecordBytes
                        + 2L * MIN_ROOM
                        + CsvTable.SLACK;
        long length = Math.min(2L * table.slab.length, most);
        table.slab =
                Arrays.copyOf(
                        table.slab, (int) Math.max(length, limit + 2 * MIN_ROOM + CsvTable.SLACK));
    }

    /** Reads ahead once. Returns false at the end of the input. */
    private boolean readAhead() throws IOException {
        int kept = aheadTo - aheadFrom;
        byte[] bytes = new byte[Math.max(firstSlab, 2 * kept + MIN_ROOM)];
        System.arraycopy(ahead, aheadFrom, bytes, 0, kept);
        int count = input.read(bytes, kept, bytes.length - kept);
        inputEnded = count < 0;
        ahead = bytes;
        aheadFrom = 0;
        aheadTo = kept + Math.max(count, 0);
        return count >= 0;
    }

    private CsvBatch finish(CsvTable table, int limit, CsvScanner.Status status)
            throws IOException {
        int used = scanner.recordStart();
        Position start = here();
        CsvPlace place = place();
        List<RejectedRecord> rejected = rejected(table);
        unread(table.slab, used, limit);
        offset += sourceLength(table.slab, 0, used);
        line += line < 1 ? 0 : scanner.records().line();
        recordNumber += table.count + rejected.size();
        if (table.count > 0) {
            bytesPerRecord = (double) used / table.count;
            listedPerRecord = 1.05 * table.listedSize / table.count;
            sidePerRecord = 1.05 * table.sideSize / table.count;
            fieldsPerRecord = (double) scanner.tapeSize() / table.count;
        }
        if (status == CsvScanner.Status.DISCARD) {
            discardLine();
        }
        return new CsvBatch(split, table, start, here(), place, rejected, wide, used, poison);
    }

    /** Gives back what the batch did not use of its slab. */
    private void unread(byte[] slab, int from, int to) {
        int count = to - from;
        int following = aheadTo - aheadFrom;
        if (following == 0) {
            ahead = slab;
            aheadFrom = from;
            aheadTo = to;
        } else if (count <= aheadFrom) {
            aheadFrom -= count; // they were copied from there
        } else {
            byte[] both = Arrays.copyOfRange(slab, from, to + following);
            System.arraycopy(ahead, aheadFrom, both, count, following);
            ahead = both;
            aheadFrom = 0;
            aheadTo = both.length;
        }
    }

    private List<RejectedRecord> rejected(CsvTable table) {
        List<CsvRecords.Reject> rejects = scanner.records().rejects();
        if (rejects.isEmpty()) {
            return List.of();
        }
        CsvPlace place = place();
        List<RejectedRecord> rejected = new ArrayList<>(rejects.size());
        for (CsvRecords.Reject reject : rejects) {
            Position at =
                    new Position(
                            split.id(),
                            recordNumber + reject.recordsBefore() + rejected.size(),
                            offset + sourceLength(table.slab, 0, reject.start()),
                            place.plus(reject.line()).detail());
            byte[] raw =
                    wide == null
                            ? Arrays.copyOfRange(table.slab, reject.start(), reject.end())
                            : wide.toSource(table.slab, reject.start(), reject.end());
            rejected.add(
                    new RejectedRecord(
                            at,
                            ByteBuffer.wrap(raw).asReadOnlyBuffer(),
                            reject.reason(),
                            reject.column()));
        }
        return List.copyOf(rejected);
    }

    /** Throws bytes away up to the next line end, without counting it. Returns false if the object ended before. */
    private boolean discardLine() throws IOException {
        boolean ended = false;
        while (!ended) {
            int i = aheadFrom;
            while (i < aheadTo && ahead[i] != '\n' && ahead[i] != '\r') {
                i++;
            }
            ended = i < aheadTo;
            boolean carriageReturn = ended && ahead[i] == '\r';
            discardTo(ended ? i + 1 : i);
            if (carriageReturn
                    && (aheadFrom < aheadTo || readAhead())
                    && ahead[aheadFrom] == '\n') {
                discardTo(aheadFrom + 1);
            }
            if (!ended && !readAhead()) {
                return false;
            }
        }
        return true;
    }

    private void discardTo(int to) {
        offset += sourceLength(ahead, aheadFrom, to);
        aheadFrom = to;
    }
}
