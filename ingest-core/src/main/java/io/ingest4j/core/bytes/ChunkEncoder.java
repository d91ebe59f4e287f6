package io.ingest4j.core.bytes;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes buffers one after the other. */
final class ChunkEncoder implements RecordEncoder<ByteBuffer> {

    private static final long serialVersionUID = 1;
    private static final int PIECE = 16 << 10;

    @Override
    public String contentType() {
        return "application/octet-stream";
    }

    @Override
    public void encode(RecordBatch<? extends ByteBuffer> batch, OutputStream out)
            throws IOException {
        for (int i = 0; i < batch.size(); i++) {
            write(batch.record(i).duplicate(), out);
        }
    }

    /** A stream takes arrays only, and that of a buffer which can only be read is out of reach. */
    private static void write(ByteBuffer chunk, OutputStream out) throws IOException {
        if (chunk.hasArray()) {
            out.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining());
            return;
        }
        byte[] piece = new byte[Math.min(PIECE, chunk.remaining())];
        while (chunk.hasRemaining()) {
            int count = Math.min(piece.length, chunk.remaining());
            chunk.get(piece, 0, count);
            out.write(piece, 0, count);
        }
    }
}
