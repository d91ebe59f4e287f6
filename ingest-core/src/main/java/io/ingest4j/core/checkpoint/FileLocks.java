package io.ingest4j.core.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Locks on files, against other processes and within this one.
 *
 * <p>A POSIX lock belongs to the process and ends when the process closes <em>any</em> descriptor of
 * the file (POSIX.1-2017, {@code fcntl}). So while this process has a lock, nothing here opens the
 * file a second time, not even to read it.
 */
final class FileLocks {

    private static final String OWNER_PREFIX = "pid ";
    private static final int LONGEST_OWNER = 40;

    /** The real paths of the files that are locked by this process; guards everything. */
    private static final Set<Path> TAKEN = new HashSet<>();

    /** Files that another copy of this class in this process has locked: closing would unlock them. */
    private static final Map<Path, FileChannel> LEFT_OPEN = new HashMap<>();

    private FileLocks() {}

    static Optional<StoreFiles.Lock> lock(Path file) throws IOException {
        synchronized (TAKEN) {
            create(file);
            Path real = file.toRealPath();
            if (TAKEN.contains(real)) {
                return Optional.empty();
            }
            FileChannel leftOpen = LEFT_OPEN.remove(real);
            FileChannel channel =
                    leftOpen == null ? FileChannel.open(real, StandardOpenOption.WRITE) : leftOpen;
            try {
                if (channel.tryLock() == null) {
                    channel.close();
                    return Optional.empty();
                }
                sign(channel);
            } catch (OverlappingFileLockException e) {
                LEFT_OPEN.put(real, channel);
                return Optional.empty();
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            TAKEN.add(real);
            return Optional.of(() -> unlock(real, channel));
        }
    }

    private static void create(Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // As it mostly does.
        }
    }

    private static void sign(FileChannel channel) throws IOException {
        String owner = OWNER_PREFIX + ProcessHandle.current().pid() + '\n';
        channel.truncate(0);
        ByteBuffer left = StandardCharsets.US_ASCII.encode(owner);
        while (left.hasRemaining()) {
            channel.write(left);
        }
    }

    private static void unlock(Path real, FileChannel channel) throws IOException {
        synchronized (TAKEN) {
            TAKEN.remove(real);
            channel.close();
        }
    }

    static String ownerOf(Path file) {
        synchronized (TAKEN) {
            try {
                Path real = file.toRealPath();
                if (TAKEN.contains(real) || LEFT_OPEN.containsKey(real)) {
                    return "this process";
                }
                String owner = Files.readString(real, StandardCharsets.US_ASCII).strip();
                return owner.startsWith(OWNER_PREFIX) && owner.length() <= LONGEST_OWNER
                        ? owner
                        : "";
            } catch (IOException e) {
                return "";
            }
        }
    }
}
