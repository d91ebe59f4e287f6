package io.ingest4j.core.checkpoint;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore.Lease;
import io.ingest4j.api.InvalidCheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads and writes the file of one job. The first I/O error ends it. */
final class DirectoryLease implements Lease {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLease.class);

    private final String job;
    private final Path directory;
    private final Path file;
    private final Path next;
    private final StoreFiles files;
    private final StoreFiles.Lock lock;
    private @Nullable CheckpointException broken;
    private boolean closed;

    DirectoryLease(String job, Path directory, StoreFiles files, StoreFiles.Lock lock) {
        this.job = job;
        this.directory = directory;
        this.file = directory.resolve(job + ".checkpoint");
        this.next = directory.resolve(job + ".checkpoint.tmp");
        this.files = files;
        this.lock = lock;
    }

    /**
     * Removes what a save left that did not end, and makes durable what a process renamed that was
     * killed before it forced the directory: who goes on from there must not find an older one later.
     */
    void begin() throws IOException {
        files.delete(next);
        files.forceDirectory(directory);
    }

    @Override
    public Optional<Checkpoint> latest() {
        requireUsable();
        Optional<byte[]> form;
        try {
            form = files.read(file);
        } catch (IOException e) {
            throw broken("can't be read from", e);
        }
        return form.map(this::decode);
    }

    private Checkpoint decode(byte[] form) {
        Checkpoint checkpoint;
        try {
            checkpoint = Checkpoint.decode(form);
        } catch (IllegalArgumentException e) {
            throw new InvalidCheckpointException(
                    "file %s does not hold the checkpoint of job '%s' whole: %s"
                            .formatted(file, job, e.getMessage()),
                    e);
        }
        if (!checkpoint.job().equals(job)) {
            throw new InvalidCheckpointException(
                    "file %s must hold the checkpoint of job '%s', was of '%s'"
                            .formatted(file, job, checkpoint.job()),
                    null);
        }
        return checkpoint;
    }

    @Override
    public void save(Checkpoint checkpoint) {
        requireUsable();
        byte[] form = JobNames.encode(job, checkpoint);
        try {
            files.write(next, form);
            files.rename(next, file);
            files.forceDirectory(directory);
        } catch (IOException e) {
            throw broken("can't be written to", e);
        }
    }

    @Override
    public void clear() {
        requireUsable();
        try {
            files.delete(file);
            files.forceDirectory(directory);
        } catch (IOException e) {
            throw broken("can't be deleted as", e);
        }
    }

    private CheckpointException broken(String what, IOException cause) {
        broken =
                new CheckpointException(
                        "the checkpoint of job '%s' %s %s: %s".formatted(job, what, file, cause),
                        cause);
        return broken;
    }

    private void requireUsable() {
        if (closed) {
            throw new IllegalStateException("the lease of job '" + job + "' is closed");
        }
        if (broken != null) {
            throw new CheckpointException(
                    "the checkpoint of job '"
                            + job
                            + "' can't be used any more in this run, since an earlier call failed: "
                            + broken.getMessage(),
                    broken);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            lock.close();
        } catch (IOException e) {
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("job", job)
                    .log("the lock file of job '{}' in {} can't be closed", job, directory);
        }
    }
}
