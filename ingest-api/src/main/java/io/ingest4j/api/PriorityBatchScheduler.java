package io.ingest4j.api;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Processes submitted items by priority, so many in a period at the most.
 *
 * <p>A <em>batch</em> is up to N consecutive items of one submission, which is what status shows. A
 * <em>dispatch</em> is what one period may process: up to N items by priority, then time of
 * submission, then place in it, filled across submissions. Safe for use by several threads.
 *
 * @param <T> the item type
 * @since 0.1
 */
public interface PriorityBatchScheduler<T> extends AutoCloseable {

    /**
     * Takes a submission. When this returns the submission is kept, as durably as the scheduler's
     * store keeps anything. A transaction of the caller has no part in that: what was submitted within one
     * that is rolled back later is processed nevertheless. Submit after the commit.
     *
     * <p>Nobody can guess the id from those of other submissions.
     *
     * @param submission the items
     * @return the id of the submission, or of the earlier one that this one repeats
     * @throws SubmissionRefusedException if the queue is full, or the idempotency key was used for other
     *     content
     * @throws IllegalArgumentException if the store can't keep an item, the key or the tenant, such as a text
     *     with NUL
     * @throws IllegalStateException if the scheduler is closed
     * @throws IngestException if the store failed; unless it says otherwise nothing was kept
     */
    String submit(Submission<T> submission);

    /**
     * Tells how far a submission is.
     *
     * @param id the submission's id
     * @return its status, or empty if there is none of that id
     * @throws IllegalStateException if the scheduler is closed
     * @throws IngestException if the store failed
     */
    Optional<SubmissionStatus<T>> status(String id);

    /**
     * Takes back the batches of which no item was started. What was started goes on to its end.
     *
     * @param id the submission's id
     * @return whether something was taken back
     * @throws IllegalStateException if the scheduler is closed
     * @throws IngestException if the store failed
     */
    boolean cancel(String id);

    /**
     * Waits for the end of a submission.
     *
     * @param id the submission's id
     * @return completes with the final status, on any thread; exceptionally with
     *     IllegalArgumentException if there is none of that id, with IllegalStateException when the
     *     scheduler is closed first
     */
    CompletionStage<SubmissionStatus<T>> completion(String id);

    /**
     * Returns what waits now.
     *
     * @return a snapshot
     * @throws IllegalStateException if the scheduler is closed
     * @throws IngestException if the store failed
     */
    QueueStatistics statistics();

    /**
     * Stops dispatching and waits for what is being processed, as long as the scheduler is set to. What is
     * not processed by then is kept for the next scheduler on the same store.
     */
    @Override
    void close();
}
