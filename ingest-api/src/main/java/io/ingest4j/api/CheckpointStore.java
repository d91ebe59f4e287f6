package io.ingest4j.api;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the checkpoints of jobs. A description; what works is the {@link Lease}.
 *
 * @since 0.1
 */
public interface CheckpointStore {

    /**
     * Takes the job, which nobody else has while this lease lives.
     *
     * <p>May wait for a lease to run out whose owner seems to have died, see {@link #maxWait()}. A run
     * gives up a store that takes five minutes longer, or five minutes for any other call (fifteen with
     * a sink that gathers records, which are the sink's, too), and ends as failed.
     *
     * @param job the job's name: 1 to 100 letters, digits, dots, dashes and underscores
     * @return the lease, that the caller closes
     * @throws CheckpointException if another run has the job, or the store can't be used
     */
    Lease acquire(String job);

    /**
     * Returns how long {@link #acquire} may have to wait for the lease of another run to run out, so
     * that it isn't taken for a store that hangs.
     *
     * @return zero, the default, if it never waits; not negative
     */
    default Duration maxWait() {
        return Duration.ZERO;
    }

    /**
     * Tells how many requests this store has made so far, as {@link RecordSource#requests()} does.
     *
     * @return counts by kind, none of them zero; empty, the default, if requests are not counted
     */
    default Map<String, Long> requests() {
        return Map.of();
    }

    /**
     * The right to read and write the checkpoint of one job. Used by the thread that acquired it and
     * by no other; nobody ever interrupts that thread.
     */
    interface Lease extends AutoCloseable {

        /**
         * Reads the newest checkpoint.
         *
         * @return the checkpoint, or empty if the job has none
         * @throws InvalidCheckpointException if there is one that is not valid; the lease can be used
         *     further, since a run that starts over saves a new one in its place
         * @throws CheckpointException if there may be one, and it can't be read
         */
        Optional<Checkpoint> latest();

        /**
         * Writes a checkpoint, durably when this returns. After a failure every further call fails.
         *
         * @param checkpoint the new checkpoint
         * @throws CheckpointException if it may not be durable, or the lease was lost
         */
        void save(Checkpoint checkpoint);

        /**
         * Shows that the run is alive when it has had nothing to save for a while; called about once a
         * second, except while the sink is opened, asked for its state or finished. Does nothing by
         * default.
         *
         * @throws CheckpointException if the lease was lost
         */
        default void renew() {}

        /**
         * Tells whether nobody else can have the job by now. While it says no, a run sends nothing;
         * a {@link #save} or {@link #renew} that succeeds ends that. May be called from any thread.
         *
         * @return true by default
         */
        default boolean isHeld() {
            return true;
        }

        /**
         * Forgets the job's checkpoint, durably when this returns.
         *
         * @throws CheckpointException if that failed, or the lease was lost
         */
        void clear();

        /** Gives the job back. Does not throw. */
        @Override
        void close();
    }
}
