package io.ingest4j.core.bytes;

import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one chunk at a time. A chunk gets memory of its own, since an attempt that was given up may
 * still be reading it.
 */
final class ChunkReader implements RecordReader<ByteBuffer> {

    private final SourceSplit split;
    private final InputStream in;
    private final int chunkBytes;
    private Position position;
    private @Nullable Exception failure;
    private volatile @Nullable String stopped;

    /**
     * @param in the bytes from the position on; closed with this reader
     */
    ChunkReader(SourceSplit split, Position from, InputStream in, int chunkBytes) {
        this.split = split;
        this.in = in;
        this.chunkBytes = chunkBytes;
        position = from;
    }

    @Override
    public Optional<SourceBatch<ByteBuffer>> read(int maxRecords, long maxBytes)
            throws IOException {
        if (maxRecords < 1) {
            throw new IllegalArgumentException("maxRecords must be >= 1, was " + maxRecords);
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be >= 1, was " + maxBytes);
        }
        requireGoing(null);
        if (failure != null) {
            throw new IOException("reading failed before", failure);
        }
        try {
            byte[] chunk = new byte[room()];
            int length = in.readNBytes(chunk, 0, chunk.length);
            requireGoing(null);
            return length == 0 ? end() : Optional.of(next(chunk, length));
        } catch (IOException | RuntimeException e) {
            failure = e;
            requireGoing(e);
            throw e;
        }
    }

    /** For the last chunk one byte more than there should be, to see that there is no more. */
    private int room() {
        long left = split.end() - position.offset();
        return split.end() == SourceSplit.UNKNOWN || left >= chunkBytes
                ? chunkBytes
                : (int) left + 1;
    }

    private ChunkBatch next(byte[] chunk, int length) throws IOException {
        Position at = position;
        position = new Position(split.id(), at.recordNumber() + 1, at.offset() + length, "");
        if (split.end() != SourceSplit.UNKNOWN && position.offset() > split.end()) {
            throw length();
        }
        return new ChunkBatch(
                split, at, position, ByteBuffer.wrap(chunk, 0, length).asReadOnlyBuffer());
    }

    private Optional<SourceBatch<ByteBuffer>> end() throws IOException {
        if (split.end() != SourceSplit.UNKNOWN && position.offset() != split.end()) {
            throw length();
        }
        return Optional.empty();
    }

    private IOException length() {
        return new IOException(
                split.source()
                        + " must have "
                        + split.end()
                        + " bytes, was at "
                        + position.offset()
                        + " after the last one read");
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public void wakeup() {
        stop("reading was stopped by wakeup()");
        try {
            in.close();
        } catch (IOException e) {
            // The reading thread finds out by itself.
        }
    }

    private void stop(String reason) {
        if (stopped == null) {
            stopped = reason;
        }
    }

    private void requireGoing(@Nullable Exception cause) throws IOException {
        String reason = stopped;
        if (reason != null) {
            InterruptedIOException e = new InterruptedIOException(reason);
            e.initCause(cause);
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        stop("the reader is closed");
        in.close();
    }
}
