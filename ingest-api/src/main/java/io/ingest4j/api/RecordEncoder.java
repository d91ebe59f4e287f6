package io.ingest4j.api;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;

/**
 * Turns a batch into the bytes of one message, such as the body of an HTTP request. The same batch
 * gives the same bytes every time, since every attempt must send the same. Safe for use by several
 * threads.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface RecordEncoder<T> extends Serializable {

    /**
     * Returns the media type of the bytes.
     *
     * @return such as {@code application/json}
     */
    String contentType();

    /**
     * Returns how many records one message can hold.
     *
     * @return at least 1; {@link Integer#MAX_VALUE}, the default, for any number
     */
    default int maxBatchSize() {
        return Integer.MAX_VALUE;
    }

    /**
     * Writes a batch. An exception refuses the batch; a sink may then ask for each of its records
     * alone, to find and leave out those that are to blame.
     *
     * @param batch at least one record
     * @param out where to write; not closed
     * @throws IOException if {@code out} throws it, or for records that can't be encoded
     */
    void encode(RecordBatch<? extends T> batch, OutputStream out) throws IOException;

    /**
     * Returns what the first message of a file fixes for all that follow in the same file, such as
     * the names that it begins with.
     *
     * @param first the records of the first message
     * @return a text that can be kept with the file, for {@link #after}; empty, the default, if
     *     nothing is fixed
     */
    default String head(RecordBatch<? extends T> first) {
        return "";
    }

    /**
     * Returns the encoder for messages that follow the first one in the same file. The messages
     * together are what one message of all records would be.
     *
     * @param head what {@link #head} returned for the first message; empty if that isn't known
     * @return this encoder, by default
     * @throws IllegalArgumentException if nothing can follow a message, or the head is no such text
     */
    default RecordEncoder<T> after(String head) {
        return this;
    }
}
