package io.ingest4j.api;

import java.io.IOException;
import java.util.Optional;

/**
 * Reads the records of one split in order. Used by one thread, except {@link #wakeup()}.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface RecordReader<T> extends AutoCloseable {

    /**
     * Reads on, blocking until at least one record (good or bad) is there or the split has ended. A
     * record that can't be parsed is never an end: it is among {@link SourceBatch#rejected()}.
     *
     * @param maxRecords how many records to return at the most, at least 1
     * @param maxBytes after how many bytes of source to stop, at least 1; one record is returned
     *     even when it is larger
     * @return the next records, or empty at the end of the split
     * @throws IOException if reading failed for good, the reader's own retries included
     * @throws SourceChangedException if the data is no longer of the split's version
     */
    Optional<SourceBatch<T>> read(int maxRecords, long maxBytes) throws IOException;

    /**
     * Returns where the next record begins: exact after every {@link #read}.
     *
     * @return the position from which a new reader would go on
     */
    Position position();

    /**
     * Makes a blocked or the next {@link #read} fail with an {@link IOException} soon. May be called
     * from any thread, any number of times.
     */
    void wakeup();

    /**
     * Frees everything at once, without reading what is left. Batches already read stay valid.
     *
     * @throws IOException if that failed; nothing is left open even so
     */
    @Override
    void close() throws IOException;
}
