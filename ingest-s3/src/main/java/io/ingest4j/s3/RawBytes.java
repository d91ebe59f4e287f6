package io.ingest4j.s3;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes records that are bytes already, one after the other. */
final class RawBytes implements RecordEncoder<ByteBuffer> {

    private static final long serialVersionUID = 1;
    private static final int CHUNK = 8 << 10;

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

    private static void write(ByteBuffer bytes, OutputStream out) throws IOException {
        if (bytes.hasArray()) {
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            return;
        }
        byte[] chunk = new byte[Math.min(CHUNK, bytes.remaining())];
        while (bytes.hasRemaining()) {
            int count = Math.min(chunk.length, bytes.remaining());
            bytes.get(chunk, 0, count);
            out.write(chunk, 0, count);
        }
    }
}
