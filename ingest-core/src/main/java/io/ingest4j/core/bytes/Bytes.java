package io.ingest4j.core.bytes;

import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.RecordFormat;
import java.nio.ByteBuffer;

/**
 * Bytes that are copied as they are. A record is a chunk of them, whatever they mean.
 *
 * <pre>{@code
 * Ingest.from(FileSource.of(Path.of("backup.tar")).as(Bytes.chunks()))
 *         .to(S3Sink.object(access, "my-bucket", "backup.tar"))
 *         .run();
 * }</pre>
 *
 * @since 0.1
 */
public final class Bytes {

    /** The largest chunk: 64 MiB. */
    public static final int MAX_CHUNK_BYTES = 64 << 20;

    private static final int DEFAULT_CHUNK_BYTES = 256 << 10;

    private Bytes() {}

    /**
     * Cuts bytes into chunks of 256 KiB.
     *
     * @return as {@link #chunks(int)}
     */
    public static RecordFormat<ByteBuffer> chunks() {
        return chunks(DEFAULT_CHUNK_BYTES);
    }

    /**
     * Cuts the bytes of each object into chunks of one size, of which the last is as large as what is
     * left. An empty object has none. Each chunk is a record: a buffer that can only be read, from its
     * position to its limit. An object is one split, as most sinks of bytes take them in order.
     *
     * @param sizeBytes from 1 to {@link #MAX_CHUNK_BYTES}; a run holds some of them in memory, see its
     *     {@code maxBufferedBytes}
     * @return a format for any source of bytes
     * @throws IllegalArgumentException if the size is out of range
     */
    public static RecordFormat<ByteBuffer> chunks(int sizeBytes) {
        if (sizeBytes < 1 || sizeBytes > MAX_CHUNK_BYTES) {
            throw new IllegalArgumentException(
                    "sizeBytes must be between 1 and " + MAX_CHUNK_BYTES + ", was " + sizeBytes);
        }
        return bytes -> new ChunkSource(bytes, sizeBytes);
    }

    /**
     * Writes buffers one after the other, each from its position to its limit, and nothing between.
     *
     * @return an encoder of the content type {@code application/octet-stream}
     */
    public static RecordEncoder<ByteBuffer> encoder() {
        return new ChunkEncoder();
    }
}
