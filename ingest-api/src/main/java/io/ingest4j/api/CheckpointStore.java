package io.ingest4j.api;

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
     * @param job the job's name: 1 to 100 letters, digits, dots, dashes and underscores
     * @return the lease, that the caller closes
     * @throws CheckpointException if another run has the job, or the store can't be used
     */
    Lease acquire(String job);

    /**
     * The right to read and write the checkpoint of one job. Used by one thread, which nobody may
     * interrupt.
     */
    interface Lease extends AutoCloseable {

        /**
         * Reads the newest checkpoint.
         *
         * @return the checkpoint, or empty if the job has none
         * @throws CheckpointException if there is one that can't be read whole
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
