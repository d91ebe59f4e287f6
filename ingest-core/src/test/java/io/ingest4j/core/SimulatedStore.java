package io.ingest4j.core;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Checkpoint.Stretch;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A store that outlives the process, and fails at times. */
final class SimulatedStore implements CheckpointStore {

    private final RandomGenerator random;
    private byte @Nullable [] kept;
    double failureRate;
    int leases;
    int saves;

    SimulatedStore(RandomGenerator random, double failureRate) {
        this.random = random;
        this.failureRate = failureRate;
    }

    /** The process dies, and the lease with it. */
    void crash() {
        leases = 0;
    }

    Optional<Checkpoint> kept() {
        return Optional.ofNullable(kept).map(Checkpoint::decode);
    }

    /** Whether a record is done as far as the store knows. */
    static boolean isDone(Checkpoint checkpoint, long record) {
        for (SplitProgress progress : checkpoint.splits()) {
            if (record >= progress.split().start() && record < progress.split().end()) {
                long number = record - progress.split().start();
                for (Stretch stretch : progress.doneLater()) {
                    if (number >= stretch.fromRecord() && number < stretch.toRecord()) {
                        return true;
                    }
                }
                return record < progress.done().offset();
            }
        }
        return false;
    }

    @Override
    public Lease acquire(String job) {
        if (leases > 0) {
            throw new AssertionError("two runs have the job");
        }
        fail();
        leases++;
        return new Lease() {

            private boolean open = true;

            @Override
            public Optional<Checkpoint> latest() {
                return kept();
            }

            @Override
            public void save(Checkpoint checkpoint) {
                requireOpen();
                boolean applied = random.nextBoolean();
                byte[] form = checkpoint.encode();
                if (applied) {
                    kept = form;
                }
                fail();
                kept = form;
                saves++;
            }

            @Override
            public void clear() {
                throw new AssertionError("nobody forgets");
            }

            @Override
            public void close() {
                requireOpen();
                open = false;
                leases--;
            }

            private void requireOpen() {
                if (!open) {
                    throw new AssertionError("used after close");
                }
            }
        };
    }

    private void fail() {
        if (random.nextDouble() < failureRate) {
            throw new CheckpointException("the store fails on purpose", null);
        }
    }
}
