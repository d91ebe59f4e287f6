package io.ingest4j.api;

import java.io.Serializable;

/**
 * How records are written in bytes.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface RecordFormat<T> extends Serializable {

    /**
     * Returns the records that lie in some bytes.
     *
     * @param bytes where the bytes come from
     * @return a source whose positions are offsets into the bytes
     */
    RecordSource<T> read(ByteSource bytes);
}
