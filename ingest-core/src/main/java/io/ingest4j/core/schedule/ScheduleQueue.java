package io.ingest4j.core.schedule;

import io.ingest4j.api.Priority;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A store as one scheduler sees it.
 *
 * <p>An item waits, until a claim takes it; then it is taken, until it is settled: for good, or back to
 * those that wait. What is taken belongs to the queue that claimed it, as long as its lease lives; {@link
 * #maintain} keeps it alive. When the lease has ended, any queue on the store may claim the items again,
 * and nothing that the first one says of them counts any more.
 *
 * <p>What a method has done when it returns is kept, as durably as the store keeps anything; what it
 * throws, {@link io.ingest4j.api.IngestException}, means that nothing was done unless its message says
 * otherwise. {@link #submit}, {@link #status}, {@link #isOpen}, {@link #cancel}, {@link #statistics},
 * {@link #open} and {@link #isHeld} are called by any thread, the others by the scheduler's alone.
 *
 * @param <T> the item type
 * @since 0.1
 */
public interface ScheduleQueue<T> extends AutoCloseable {

    /**
     * Keeps a submission, cut into batches.
     *
     * @param submission the items
     * @return its id, or that of the earlier one that it repeats
     * @throws io.ingest4j.api.SubmissionRefusedException if there is no room, or the key was used for
     *     other content: other items, priority or tenant
     * @throws IllegalArgumentException if the store can't keep the text of an item, the key or the tenant
     * @throws IllegalStateException if the queue was closed
     */
    String submit(Submission<T> submission);

    /**
     * Tells how far a submission is.
     *
     * @param id any text
     * @return its status; empty if there is none of that id
     */
    Optional<SubmissionStatus<T>> status(String id);

    /**
     * Tells whether there is a submission that has not ended, at less cost than its status.
     *
     * @param id any text
     * @return false if it has ended, or there is none of that id
     */
    default boolean isOpen(String id) {
        return status(id).filter(status -> !status.state().isEnd()).isPresent();
    }

    /**
     * Cancels the batches of which no item was ever claimed.
     *
     * @param id any text
     * @return what is left of the submission
     */
    Cancellation cancel(String id);

    /**
     * Takes the items of the next dispatch: up to {@link ScheduleRules#batchSize} of those that wait and
     * are due, by the priority that they count as, then the time of their submission, then their place in
     * it. What comes back from an attempt takes its old place when it is due.
     *
     * <p>A store that several processes share, or that outlives its process, grants no claim within the
     * period after the last, by its own clock, whoever made that. One that several processes share counts
     * the period of the others from when the calls of the last have begun ({@link #begun}), or can't begin
     * any more ({@link #mayBegin}).
     *
     * @return the items; none if there are none, or it is too early
     */
    Claim<T> claim();

    /**
     * Tells whether a call of the last claim may begin now: its items can't have been given to another
     * scheduler, and the others still wait for it to begin.
     *
     * @return false if it is too late, so that the items are to be settled as returned
     */
    default boolean mayBegin() {
        return isHeld();
    }

    /**
     * Says that the calls of the last claim have begun, as far as they will. The others' period begins now.
     * Not necessary before this queue's next claim, but theirs would wait.
     */
    default void begun() {}

    /**
     * Says what became of items. Those that this queue has not, or not any more, are ignored.
     *
     * @param settlements one for each item
     * @return the submissions that ended with these, and how
     */
    Map<String, SubmissionStatus.State> settle(List<Settlement<T>> settlements);

    /**
     * Shows that the scheduler lives, and does what has to be done from time to time: removes what is too
     * old. Called at a quarter of the lease, at least once a minute.
     *
     * @return whether there is more to remove, so that it is to be called again after a second
     */
    boolean maintain();

    /**
     * Tells whether what was taken can't have been given to another scheduler by now.
     *
     * @return false if the lease may have ended; {@link #maintain} takes a new one
     */
    boolean isHeld();

    /**
     * Returns what waits.
     *
     * @return a snapshot, which may be a second old
     */
    QueueStatistics statistics();

    /**
     * Lists submissions that have not ended, for people: it may take a look at all that there are.
     *
     * @param most how many at the most
     * @return the last ones, newest first; none if the store can't list them
     */
    default List<OpenSubmission> open(int most) {
        return List.of();
    }

    /**
     * Tells whether other processes may use the store at the same time, so that it has to be asked now and
     * then for what they did.
     *
     * @return false if only this queue changes anything
     */
    boolean isShared();

    /**
     * Tells whether a scheduler that is not there any more may have begun the calls of a dispatch within the
     * last period, so that this one waits for a period first: its clock can't be trusted, or the calls may
     * have begun later than their claim.
     *
     * @return false if there was no dispatch that late
     */
    boolean hasDispatched();

    /** Gives back what is taken and not settled, and frees everything. Does not throw. */
    @Override
    void close();

    /**
     * What a claim has taken.
     *
     * @param items in the order in which they are to begin
     * @param waitNanos if there are no items, after how long asking again makes sense unless something is
     *     submitted before; at least 1, {@link Long#MAX_VALUE} if only then
     * @param <T> the item type
     */
    record Claim<T>(List<ScheduledItem<T>> items, long waitNanos) {

        // No Javadoc: in an interface checkstyle wants the components repeated on it.
        public Claim {
            items = List.copyOf(items);
        }
    }

    /**
     * A submission that has not ended.
     *
     * @param id its id
     * @param priority as it was submitted with
     * @param age how long ago that was
     * @param openItems how many of its items have not ended
     */
    record OpenSubmission(String id, Priority priority, Duration age, long openItems) {}

    /**
     * What was cancelled.
     *
     * @param isAny whether any batch was
     * @param state of the submission then; empty if there is none of that id
     */
    record Cancellation(boolean isAny, Optional<SubmissionStatus.State> state) {}
}
