package io.ingest4j.api;

import java.util.List;

/**
 * What one {@link RecordReader#read} returned: the good records, and apart from them the bad ones.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface SourceBatch<T> extends RecordBatch<T> {

    /**
     * Returns what was read but is no valid record, in source order.
     *
     * @return the bad records; most often empty
     */
    List<RejectedRecord> rejected();

    /**
     * Returns where the batch ends, which is where the next one begins.
     *
     * @return the position after the last record, good or bad
     */
    Position end();

    /**
     * Says that no record of this batch is used any more, so that its memory may be used again. Does
     * nothing by default.
     */
    default void release() {}
}
