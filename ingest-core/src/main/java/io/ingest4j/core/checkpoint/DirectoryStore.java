package io.ingest4j.core.checkpoint;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Keeps each job's checkpoint in a file of its own. */
final class DirectoryStore implements CheckpointStore {

    private final Path directory;
    private final StoreFiles files;

    DirectoryStore(Path directory, StoreFiles files) {
        this.directory = directory;
        this.files = files;
    }

    @Override
    public Lease acquire(String job) {
        JobNames.require(job);
        try {
            files.makeDirectories(directory);
            Path lockFile = directory.resolve(job + ".lock");
            Optional<StoreFiles.Lock> lock = files.lock(lockFile);
            if (lock.isEmpty()) {
                throw taken(job, lockFile);
            }
            return lease(job, lock.get());
        } catch (IOException e) {
            throw new CheckpointException(
                    "job '" + job + "' can't be taken in directory " + directory + ": " + e, e);
        }
    }

    private DirectoryLease lease(String job, StoreFiles.Lock lock) throws IOException {
        try {
            DirectoryLease lease = new DirectoryLease(job, directory, files, lock);
            lease.begin();
            return lease;
        } catch (IOException | RuntimeException | Error e) {
            try {
                lock.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private CheckpointException taken(String job, Path lockFile) {
        String owner = files.ownerOf(lockFile);
        return new CheckpointException(
                "job '%s' is taken in directory %s: another run%s has locked %s; wait until it has ended, or give this run another job name"
                        .formatted(
                                job,
                                directory,
                                owner.isEmpty() ? "" : " (" + owner + ")",
                                lockFile.getFileName()),
                null);
    }
}
