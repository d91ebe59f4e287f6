package io.ingest4j.core.checkpoint;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps encoded checkpoints in a map. */
final class MemoryStore implements CheckpointStore {

    private final Map<String, byte[]> forms = new ConcurrentHashMap<>();
    private final Set<String> taken = new HashSet<>();

    @Override
    public Lease acquire(String job) {
        JobNames.require(job);
        synchronized (taken) {
            if (!taken.add(job)) {
                throw new CheckpointException(
                        "job '" + job + "' is taken: another run in this JVM has it in memory",
                        null);
            }
        }
        return new MemoryLease(job);
    }

    private final class MemoryLease implements Lease {

        private final String job;
        private boolean closed;

        MemoryLease(String job) {
            this.job = job;
        }

        @Override
        public Optional<Checkpoint> latest() {
            requireOpen();
            return Optional.ofNullable(forms.get(job)).map(Checkpoint::decode);
        }

        @Override
        public void save(Checkpoint checkpoint) {
            requireOpen();
            forms.put(job, JobNames.encode(job, checkpoint));
        }

        @Override
        public void clear() {
            requireOpen();
            forms.remove(job);
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                synchronized (taken) {
                    taken.remove(job);
                }
            }
        }

        private void requireOpen() {
            if (closed) {
                throw new IllegalStateException("the lease of job '" + job + "' is closed");
            }
        }
    }
}
