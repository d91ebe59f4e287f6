package io.ingest4j.core.checkpoint;

import io.ingest4j.api.CheckpointStore;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Makes checkpoint stores.
 *
 * <pre>{@code
 * CheckpointStore durable = CheckpointStores.directory(Path.of("state"));
 * }</pre>
 *
 * @since 0.1
 */
public final class CheckpointStores {

    private CheckpointStores() {}

    /**
     * Keeps checkpoints in a local directory, one file {@code <job>.checkpoint} for each job. The
     * directory and its parents are made when a job is first taken.
     *
     * <p><b>Durable.</b> What {@code save} and {@code clear} have done when they return outlasts the
     * process and a loss of power, on file systems that keep what POSIX promises of {@code fsync} and
     * {@code rename}. A file that is torn, foreign or of another job is never half read, but named in
     * a {@link io.ingest4j.api.CheckpointException}; {@code clear} gets rid of it.
     *
     * <p><b>One run at a time.</b> A lease holds a lock of the operating system on {@code <job>.lock},
     * which ends with the process however that ends; {@code acquire} never waits. The lock file stays
     * behind and must not be deleted while a run lives. On network file systems the lock is as good
     * as theirs is; where runs are on several machines, keep checkpoints on S3.
     *
     * <p><b>After an I/O error</b> of a save, every further call of the lease fails and names that
     * error. A new run goes on from the last good checkpoint.
     *
     * <p>The store may be used by several threads, each lease by the one that acquired it. That thread
     * must not be interrupted while it is in a lease: Java then closes the file under it, and the
     * lease ends as after an I/O error.
     *
     * @param directory on a local disk
     * @return a store that holds nothing open
     */
    public static CheckpointStore directory(Path directory) {
        Objects.requireNonNull(directory, "directory");
        return new DirectoryStore(directory.toAbsolutePath(), new DiskFiles());
    }

    /**
     * Keeps checkpoints as long as the store itself is kept: for tests, and for runs that are paused
     * and continued within one JVM. Checkpoints are kept in their encoded form. Safe for use by
     * several threads.
     *
     * @return a new store without checkpoints
     */
    public static CheckpointStore inMemory() {
        return new MemoryStore();
    }
}
