package io.ingest4j.core.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What the store asks of a disk, and no more, so that tests can take its power away. */
interface StoreFiles {

    /** The right to a file, until it is closed. */
    interface Lock extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /** Makes a directory and its parents where they are missing; durable when it returns. */
    void makeDirectories(Path directory) throws IOException;

    /**
     * Locks a file, which is made if it is missing and never deleted.
     *
     * @return empty if someone else has it
     */
    Optional<Lock> lock(Path file) throws IOException;

    /** Says who has locked a file, as far as can be told: such as a process; empty if not known. */
    String ownerOf(Path lockFile);

    /** Reads a whole file; empty if there is none. */
    Optional<byte[]> read(Path file) throws IOException;

    /** Makes a file, or empties it, and writes its content, which is durable when this returns. */
    void write(Path file, byte[] content) throws IOException;

    /** Renames a file over another in one step. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file if there is one. */
    void delete(Path file) throws IOException;

    /** Makes durable which names a directory holds. */
    void forceDirectory(Path directory) throws IOException;
}
