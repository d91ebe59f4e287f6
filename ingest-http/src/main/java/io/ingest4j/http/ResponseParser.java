package io.ingest4j.http;

import io.ingest4j.api.WriteResult;
import java.io.Serializable;

/**
 * Reads from an answer which records were taken and which were not, so that only those are sent again
 * that need it. Called for every answer whose status the {@link StatusPolicy} calls a success.
 *
 * <p>Called by several threads at a time.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface ResponseParser extends Serializable {

    /**
     * Reads an answer. An exception, null, or results for another number of records make all records
     * of the batch dead letters, because the server may have taken them: sending them again would not
     * make its answer readable.
     *
     * @param reply the answer with its whole body
     * @param size the number of records in the batch
     * @return {@link WriteResult#delivered()}, or {@link WriteResult#perRecord} with an entry for
     *     each record in the order in which they were sent
     */
    WriteResult parse(HttpReply reply, int size);
}
