package io.ingest4j.core.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;

/** Keeps two runs from writing one file. */
final class Locks {

    private Locks() {}

    /**
     * Locks a file until its channel is closed. The lock lies behind all content, since some systems
     * keep others from reading what is locked.
     *
     * @return false if another channel, perhaps of another process, has the lock
     */
    static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(Long.MAX_VALUE - 1, 1, false) != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
