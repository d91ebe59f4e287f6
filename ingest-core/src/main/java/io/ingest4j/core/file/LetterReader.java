package io.ingest4j.core.file;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads letters line by line. */
final class LetterReader implements RecordReader<DeadLetter> {

    /** How much of a line too long is kept. */
    private static final int MAX_KEPT = 1 << 20;

    private static final int BUFFER = 64 << 10;

    private final SourceSplit split;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int limit;
    private boolean ended;
    private Position position;
    private volatile @Nullable String stopped;

    LetterReader(SourceSplit split, InputStream in, Position from) {
        this.split = split;
        this.in = in;
        position = from;
    }

    @Override
    public Optional<SourceBatch<DeadLetter>> read(int maxRecords, long maxBytes)
            throws IOException {
        if (maxRecords < 1) {
            throw new IllegalArgumentException("maxRecords must be >= 1, was " + maxRecords);
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be >= 1, was " + maxBytes);
        }
        try {
            return next(maxRecords, maxBytes);
        } catch (IOException | RuntimeException e) {
            stop("reading failed before: " + e.getMessage());
            throw e;
        }
    }

    private Optional<SourceBatch<DeadLetter>> next(int maxRecords, long maxBytes)
            throws IOException {
        requireGoing(null);
        List<LetterBatch.Line> lines = new ArrayList<>();
        List<RejectedRecord> rejected = new ArrayList<>();
        Position next = position;
        long bytes = 0;
        while (lines.size() + rejected.size() < maxRecords && bytes < maxBytes) {
            Line line = line();
            if (line.length == 0) {
                break;
            }
            add(line, next, lines, rejected);
            bytes += line.length;
            next = after(next, line.length);
        }
        position = next;
        if (bytes == 0) {
            return Optional.empty();
        }
        return Optional.of(
                new LetterBatch(split, List.copyOf(lines), List.copyOf(rejected), next, 3 * bytes));
    }

    private static void add(
            Line line, Position at, List<LetterBatch.Line> lines, List<RejectedRecord> rejected) {
        try {
            if (line.content > LetterParser.MAX_LINE) {
                throw new IllegalArgumentException(
                        "a line must have at most "
                                + LetterParser.MAX_LINE
                                + " bytes, has "
                                + line.content
                                + " (its bytes are cut off after "
                                + MAX_KEPT
                                + ")");
            }
            DeadLetter letter = LetterParser.read(line.bytes);
            lines.add(new LetterBatch.Line(at, line.view(), letter));
        } catch (IllegalArgumentException e) {
            String reason = String.valueOf(e.getMessage());
            rejected.add(new RejectedRecord(at, line.view(), reason));
        }
    }

    private Position after(Position before, long length) {
        long number = before.recordNumber() + 1;
        return new Position(split.id(), number, before.offset() + length, "line=" + (number + 1));
    }

    private static final class Line {

        /** Without the line feed, perhaps cut off. */
        final byte[] bytes;

        /** How many bytes there are, without the line feed. */
        final long content;

        /** The same with the line feed; 0 at the end of the file. */
        final long length;

        Line(byte[] bytes, long content, long length) {
            this.bytes = bytes;
            this.content = content;
            this.length = length;
        }

        ByteBuffer view() {
            return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        }
    }

    private Line line() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        long content = 0;
        boolean lineFeed = false;
        while (!lineFeed && (at < limit || fill())) {
            int end = at;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            content += end - at;
            if (content <= LetterParser.MAX_LINE) {
                bytes.write(buffer, at, end - at);
            }
            lineFeed = end < limit;
            at = lineFeed ? end + 1 : end;
        }
        byte[] kept = bytes.toByteArray();
        if (content > LetterParser.MAX_LINE) {
            kept = Arrays.copyOf(kept, MAX_KEPT);
        }
        return new Line(kept, content, lineFeed ? content + 1 : content);
    }

    private boolean fill() throws IOException {
        requireGoing(null);
        if (ended) {
            return false;
        }
        int count;
        try {
            count = in.read(buffer, 0, BUFFER);
        } catch (IOException e) {
            requireGoing(e);
            throw e;
        }
        requireGoing(null);
        ended = count < 0;
        at = 0;
        limit = Math.max(0, count);
        return !ended;
    }

    private void requireGoing(@Nullable IOException cause) throws IOException {
        String reason = stopped;
        if (reason != null) {
            InterruptedIOException e = new InterruptedIOException(reason);
            e.initCause(cause);
            throw e;
        }
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public void wakeup() {
        stop("reading was stopped by wakeup()");
    }

    private void stop(String reason) {
        if (stopped == null) {
            stopped = reason;
        }
    }

    @Override
    public void close() throws IOException {
        stopped = "the reader is closed";
        in.close();
    }
}
