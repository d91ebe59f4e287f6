package io.ingest4j.api;

import java.io.IOException;
import java.util.concurrent.CompletionStage;

/**
 * Writes batches, several at a time when the run has several in flight. The run calls {@link #write}
 * from one thread, and {@link #close()} from another, once no call of the first is under way.
 *
 * <p>For a writer like this one, a record whose result is delivered is durable: accepted and durable
 * are one. A writer that gathers records into something larger is a {@link StatefulRecordWriter}.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface RecordWriter<T> extends AutoCloseable {

    /**
     * Begins to write a batch and returns without waiting.
     *
     * <p>One call is one attempt: retrying, pausing and limiting are the run's. A stage that
     * completes with an {@link IOException} or a retryable {@link TransferException} counts as a
     * failure that may pass, any other exception, thrown or in the stage, as one that will not.
     * Cancelling the stage's {@code toCompletableFuture()} ends the attempt and closes its
     * connection; the run does so when the attempt's deadline has passed.
     *
     * @param batch at least one record, readable until the stage completes or is cancelled
     * @return completes, on any thread, with the result of each record
     */
    CompletionStage<WriteResult> write(RecordBatch<? extends T> batch);

    /**
     * Frees everything at once: attempts under way end. Called once, when no result is awaited any
     * more.
     *
     * @throws IOException if that failed; nothing is left open even so
     */
    @Override
    void close() throws IOException;
}
