package io.ingest4j.core.file;

import io.ingest4j.api.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that is being written under another name and gets its own when it is whole. Only what was
 * accepted counts: bytes behind it are from writes that failed, and are cut off before anything is
 * made durable. Used on one thread, that nobody interrupts.
 */
final class PartialFile {

    private final Path target;
    private final Path partial;
    private final Disk disk;
    private final boolean failIfExists;

    private @Nullable FileChannel channel;
    private Sha256 digest = new Sha256();
    private long length;
    private boolean tail;
    private boolean kept;

    private boolean published;
    private @Nullable IOException failure;

    PartialFile(Path target, Disk disk, boolean failIfExists) {
        this.target = target;
        this.disk = disk;
        this.failIfExists = failIfExists;
        partial = target.resolveSibling("." + target.getFileName() + ".ingest4j.partial");
    }

    /** Begins a new file, in place of one left unfinished. */
    void create() throws IOException {
        requireTarget();
        requireNoTarget();
        start();
    }

    private void start() throws IOException {
        FileChannel opened = lock(StandardOpenOption.CREATE);
        channel = opened;
        disk.truncate(opened, 0);
        disk.forceDirectory(directory());
    }

    /** Goes on after what a state covers. Changes nothing if that isn't there. */
    void resume(FileState state) throws IOException {
        requireTarget();
        kept = true;
        if (failIfExists && targetExists() && !begins(target, state)) {
            throw targetExistsError();
        }
        String found = "gone";
        if (Files.exists(partial, LinkOption.NOFOLLOW_LINKS)) {
            FileChannel opened = lock();
            channel = opened;
            found = compare(opened, state);
            if (found.isEmpty()) {
                tail = opened.size() > length;
                cutTail(opened);
                return;
            }
            opened.close();
            channel = null;
        }
        if (state.length() == 0 && found.equals("gone")) {
            start();
        } else if (!isPublished(state)) {
            throw new CheckpointException(
                    "the unfinished file "
                            + partial
                            + " must begin with the "
                            + state.length()
                            + " bytes that the checkpoint says, was "
                            + found
                            + ", and "
                            + target
                            + " does not begin with them either; put the file back, or delete the"
                            + " checkpoint to start anew",
                    null);
        }
    }

    /** Returns how a file differs from a state, or nothing. */
    private String compare(FileChannel file, FileState state) throws IOException {
        if (file.size() < state.length()) {
            return "of " + file.size() + " bytes";
        }
        Sha256 found = Sha256.of(file, state.length());
        if (!found.hex().equals(state.digest())) {
            return "other bytes";
        }
        digest = found;
        length = state.length();
        return "";
    }

    /** Tells whether the file was finished before, with these bytes or with more behind them. */
    private boolean isPublished(FileState state) throws IOException {
        try (FileChannel file = FileChannel.open(target, StandardOpenOption.READ)) {
            if (!compare(file, state).isEmpty()) {
                return false;
            }
            published = file.size() == length;
            if (!published) {
                copyBack(file);
            }
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Makes the finished file an unfinished one again, without those bytes that come once more. */
    private void copyBack(FileChannel file) throws IOException {
        FileChannel opened = lock(StandardOpenOption.CREATE);
        boolean done = false;
        try {
            disk.truncate(opened, 0);
            copy(file, opened);
            sync(opened);
            disk.forceDirectory(directory());
            done = true;
        } finally {
            if (!done) {
                opened.close();
            }
        }
        channel = opened;
        published = false;
    }

    private void copy(FileChannel from, FileChannel to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(256 << 10);
        long at = 0;
        while (at < length) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), length - at));
            int count = from.read(buffer, at);
            if (count < 0) {
                throw new IOException(target + " must not change meanwhile, became shorter");
            }
            disk.write(to, buffer.flip(), at);
            at += count;
        }
    }

    private FileChannel lock(StandardOpenOption... more) throws IOException {
        Set<OpenOption> options = new HashSet<>(List.of(more));
        options.add(StandardOpenOption.READ);
        options.add(StandardOpenOption.WRITE);
        options.add(LinkOption.NOFOLLOW_LINKS);
        FileChannel opened;
        Optional<Object> before;
        try {
            before = identity();
            opened = FileChannel.open(partial, options);
        } catch (NoSuchFileException e) {
            throw new IOException("the directory of " + target + " must exist, was not found", e);
        }
        boolean locked = false;
        try {
            locked = Locks.tryLock(opened) && isStillPartial(before);
        } finally {
            if (!locked) {
                opened.close();
            }
        }
        if (!locked) {
            throw new IOException(
                    partial + " must be written by one run at a time, was locked by another");
        }
        return opened;
    }

    /** Whoever had the lock may have given the file its name: then what is open is the finished one. */
    private boolean isStillPartial(Optional<Object> before) throws IOException {
        Optional<Object> now = identity();
        return now.isPresent() && (before.isEmpty() || before.equals(now));
    }

    /** What tells the file from others that had its name; empty if there is none. */
    private Optional<Object> identity() throws IOException {
        try {
            Object key =
                    Files.readAttributes(
                                    partial, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                            .fileKey();
            return Optional.of(key == null ? partial : key);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private void requireTarget() throws IOException {
        if (Files.isDirectory(target)) {
            throw new IOException(target + " must be a file to write, was a directory");
        }
    }

    private void requireNoTarget() throws IOException {
        if (failIfExists && targetExists()) {
            throw targetExistsError();
        }
    }

    private boolean targetExists() {
        return Files.exists(target, LinkOption.NOFOLLOW_LINKS);
    }

    private FileAlreadyExistsException targetExistsError() {
        return new FileAlreadyExistsException(
                target.toString(), null, "must not exist as failIfExists() is set, but does");
    }

    private static boolean begins(Path file, FileState state) throws IOException {
        try (FileChannel opened = FileChannel.open(file, StandardOpenOption.READ)) {
            return opened.size() >= state.length()
                    && Sha256.of(opened, state.length()).hex().equals(state.digest());
        }
    }

    /** Tells whether a run before this one finished the same file, which it could not say any more. */
    private boolean targetIsTheSame() throws IOException {
        return holds(target, new FileState(length, digest(), "", ""));
    }

    /** Tells whether a file holds exactly the bytes of a state. */
    static boolean holds(Path file, FileState state) throws IOException {
        try {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && Files.size(file) == state.length()
                    && begins(file, state);
        } catch (NoSuchFileException e) {
            return false; // it went meanwhile
        }
    }

    long length() {
        return length;
    }

    String digest() {
        return digest.hex();
    }

    /** Writes bytes behind what was accepted; they count only when {@link #accept} is called. */
    void write(ByteBuffer bytes) throws IOException {
        FileChannel opened = usable();
        if (published) {
            try (FileChannel file = FileChannel.open(target, StandardOpenOption.READ)) {
                copyBack(file);
            }
            opened = usable();
        }
        if (opened == null) {
            throw new IOException(target + " must be open, was closed");
        }
        cutTail(opened);
        tail = true;
        disk.write(opened, bytes, length);
    }

    void accept(ByteBuffer bytes) {
        length += bytes.remaining();
        digest.update(bytes);
        tail = false;
    }

    /** Makes durable what was accepted, and keeps it when this is closed. */
    void keep() throws IOException {
        FileChannel opened = usable();
        if (opened != null) {
            sync(opened);
        }
        kept = true;
    }

    /** Gives the file its name. */
    void publish() throws IOException {
        FileChannel opened = usable();
        if (published) {
            forceName(); // a run before this one may have died between the two
            return;
        }
        if (opened == null) {
            return;
        }
        boolean exists = failIfExists && targetExists();
        if (exists && !targetIsTheSame()) {
            throw targetExistsError();
        }
        sync(opened);
        if (exists) {
            Files.delete(partial);
        } else {
            disk.move(partial, target);
        }
        published = true;
        channel = null;
        opened.close();
        forceName();
    }

    private void forceName() throws IOException {
        try {
            disk.forceDirectory(directory());
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** Closes the file, and deletes it if it is unfinished and nothing is known of it. */
    void close() throws IOException {
        FileChannel opened = channel;
        channel = null;
        if (opened == null) {
            return;
        }
        try {
            if (!kept) {
                Files.deleteIfExists(partial);
            }
        } finally {
            opened.close();
        }
    }

    /** Closes the file and leaves everything as a crash would. */
    void abandon() throws IOException {
        FileChannel opened = channel;
        channel = null;
        if (opened != null) {
            opened.close();
        }
    }

    boolean isFailed() {
        return failure != null;
    }

    /** Throws what went wrong first if it is unknown since then what the disk holds. */
    private @Nullable FileChannel usable() throws IOException {
        if (failure != null) {
            throw new IOException(
                    "nothing can be written to "
                            + target
                            + " any more, since it is unknown what the disk holds after: "
                            + failure.getMessage(),
                    failure);
        }
        return channel;
    }

    private void cutTail(FileChannel opened) throws IOException {
        if (tail) {
            disk.truncate(opened, length);
            tail = false;
        }
    }

    /** A force that failed once may succeed the next time although data is gone, so it counts. */
    private void sync(FileChannel opened) throws IOException {
        cutTail(opened);
        try {
            disk.force(opened);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private Path directory() {
        Path parent = target.getParent();
        if (parent == null) {
            throw new IllegalStateException("an absolute path of a file has a parent");
        }
        return parent;
    }
}
