package io.ingest4j.core.lock;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Locks against other processes and within this one. Thread-safe.
 *
 * <p>A POSIX lock belongs to the process and ends when the process closes <em>any</em> descriptor of
 * the file (POSIX.1-2017, {@code fcntl}). So what is locked is a file of its own, that holds nothing
 * which anybody wants to read, and while this process has a lock, nothing here opens the file a second
 * time.
 */
public final class FileLocks {

    /** So often may others delete the file just before it is locked. */
    private static final int MAX_ROUNDS = 100;

    private static final String OWNER_PREFIX = "pid ";
    private static final int LONGEST_OWNER = 40;

    private FileLocks() {}

    /** The right to a file, until it is closed. */
    public interface Lock extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /**
     * An open file, and what tells it from others that have its name before or after it.
     *
     * @param key null if the system has no such thing (Windows)
     */
    private record Opened(FileChannel channel, @Nullable Object key) {

        boolean isAt(Path file) throws IOException {
            try {
                Object now = keyOf(file);
                return key == null ? now == null : key.equals(now);
            } catch (NoSuchFileException e) {
                return false;
            }
        }
    }

    /**
     * Locks a file, which is made if it is missing, says who has it, and stays when the lock is closed.
     *
     * @param file the file to lock, in a directory that exists
     * @return empty if someone else has it
     * @throws IOException if it can't be made or locked
     */
    public static Optional<Lock> lock(Path file) throws IOException {
        return lock(file, false);
    }

    /**
     * Keeps another file for whoever calls this: by a lock on a hidden file beside it, which is deleted
     * when the lock is closed, where the system can tell files of one name apart. One that a killed
     * process left is in nobody's way.
     *
     * @param file the file to keep, in a directory that exists and can be written to; it need not exist
     *     itself, and is neither opened nor followed if it is a link
     * @return the lock
     * @throws IOException if someone else has it, or the hidden file can't be made or locked
     */
    public static Lock lockBeside(Path file) throws IOException {
        Path hidden = file.resolveSibling("." + file.getFileName() + ".ingest4j.lock");
        Optional<Lock> lock;
        try {
            lock = lock(hidden, true);
        } catch (IOException e) {
            Path directory = hidden.toAbsolutePath().getParent();
            throw new IOException(
                    e instanceof NoSuchFileException && !Files.exists(directory)
                            ? "the directory of " + file + " must exist, was not found"
                            : directory
                                    + " must be a directory that can be written to, for "
                                    + file
                                    + " and for "
                                    + hidden.getFileName()
                                    + ", which keeps other runs away, but: "
                                    + e,
                    e);
        }
        return lock.orElseThrow(
                () ->
                        new IOException(
                                file
                                        + " must be written by one run at a time, was locked by"
                                        + " another"));
    }

    private static Optional<Lock> lock(Path file, boolean temporary) throws IOException {
        Place place = Place.enter(real(file));
        try {
            return place.lock(temporary);
        } finally {
            place.leave();
        }
    }

    /** The same for all names of the directory. */
    private static Path real(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        return directory == null
                ? file.toRealPath()
                : directory.toRealPath().resolve(file.getFileName());
    }

    /** The key is read first: if it still is the file's when that is locked, it is that file's. */
    private static Opened open(Path file) throws IOException {
        while (true) {
            try {
                Files.createFile(file);
            } catch (FileAlreadyExistsException e) {
                // As it mostly does.
            }
            try {
                Object key = keyOf(file);
                return new Opened(
                        FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                        key);
            } catch (NoSuchFileException e) {
                // Whoever had it has deleted it meanwhile.
            }
        }
    }

    private static @Nullable Object keyOf(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    private static void sign(FileChannel channel) throws IOException {
        String owner = OWNER_PREFIX + ProcessHandle.current().pid() + '\n';
        channel.truncate(0);
        ByteBuffer left = StandardCharsets.US_ASCII.encode(owner);
        while (left.hasRemaining()) {
            channel.write(left);
        }
    }

    /**
     * Says who has locked a file, as far as can be told.
     *
     * @param file a file that {@link #lock(Path)} was called with
     * @return such as a process; empty if not known
     */
    public static String ownerOf(Path file) {
        try {
            Place place = Place.enter(real(file));
            try {
                return place.owner();
            } finally {
                place.leave();
            }
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * What this process does with one file, whose monitor it is: who waits for a disk that hangs keeps
     * nobody from the files of other disks.
     */
    private static final class Place {

        /** The files that are locked, or that somebody is about to lock, unlock or ask about. */
        private static final ConcurrentMap<Path, Place> PLACES = new ConcurrentHashMap<>();

        private final Path real;
        private boolean taken;

        /** Another copy of this class in this process has locked the file: closing would unlock it. */
        private @Nullable Opened leftOpen;

        /** Counts those between {@link #enter} and {@link #leave}; changed within the map only. */
        private int users;

        private Place(Path real) {
            this.real = real;
        }

        static Place enter(Path real) {
            return PLACES.compute(
                    real,
                    (path, known) -> {
                        Place place = known == null ? new Place(path) : known;
                        place.users++;
                        return place;
                    });
        }

        void leave() {
            PLACES.compute(real, (path, place) -> --users == 0 && isIdle() ? null : this);
        }

        private synchronized boolean isIdle() {
            return !taken && leftOpen == null;
        }

        synchronized Optional<Lock> lock(boolean temporary) throws IOException {
            for (int rounds = 0; !taken; rounds++) {
                if (rounds == MAX_ROUNDS) {
                    throw new IOException(
                            real
                                    + " must stay one file while it is locked, but was another at"
                                    + " each look; use a file system whose files keep their key");
                }
                Opened opened = leftOpen == null ? open(real) : leftOpen;
                leftOpen = null;
                boolean kept = false;
                try {
                    if (opened.channel.tryLock() == null) {
                        return Optional.empty();
                    }
                    if (opened.isAt(real)) { // else the one before deleted it when it ended
                        if (!temporary) {
                            sign(opened.channel);
                        }
                        kept = true;
                        taken = true;
                        return Optional.of(() -> close(opened, temporary));
                    }
                } catch (OverlappingFileLockException e) {
                    kept = true;
                    leftOpen = opened;
                    return Optional.empty();
                } finally {
                    if (!kept) {
                        opened.channel.close();
                    }
                }
            }
            return Optional.empty();
        }

        private void close(Opened opened, boolean temporary) throws IOException {
            Place place = enter(real);
            try {
                place.unlock(opened, temporary);
            } finally {
                place.leave();
            }
        }

        /** Deletes while it has the lock, or it might delete the next one's file. */
        private synchronized void unlock(Opened opened, boolean temporary) throws IOException {
            if (!opened.channel.isOpen()) {
                return;
            }
            taken = false;
            try {
                if (temporary && opened.key != null && opened.isAt(real)) {
                    Files.deleteIfExists(real);
                }
            } finally {
                opened.channel.close();
            }
        }

        synchronized String owner() throws IOException {
            if (taken || leftOpen != null) {
                return "this process";
            }
            String owner = Files.readString(real, StandardCharsets.US_ASCII).strip();
            return owner.startsWith(OWNER_PREFIX) && owner.length() <= LONGEST_OWNER ? owner : "";
        }
    }
}
