package io.ingest4j.core.file;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.core.lock.FileLocks;
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
import java.util.HashSet;
import java.util.List;
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

    private FileLocks.@Nullable Lock lock;
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
        begin();
        requireNoTarget();
        start();
    }

    private void begin() throws IOException {
        if (Files.isDirectory(target)) {
            throw new IOException(target + " must be a file to write, was a directory");
        }
        lock = FileLocks.lockBeside(target);
    }

    private void start() throws IOException {
        FileChannel opened = open(StandardOpenOption.CREATE);
        channel = opened;
        disk.truncate(opened, 0);
        disk.forceDirectory(directory());
    }

    /** Goes on after what a state covers. Changes nothing if that isn't there. */
    void resume(FileState state) throws IOException {
        begin();
        kept = true;
        if (failIfExists && targetExists() && !begins(target, state)) {
            throw targetExistsError();
        }
        String found = "gone";
        if (Files.exists(partial, LinkOption.NOFOLLOW_LINKS)) {
            FileChannel opened = open();
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
    private FileChannel copyBack(FileChannel file) throws IOException {
        FileChannel opened = open(StandardOpenOption.CREATE);
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
        return opened;
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

    private FileChannel open(StandardOpenOption... more) throws IOException {
        Set<OpenOption> options = new HashSet<>(List.of(more));
        options.add(StandardOpenOption.READ);
        options.add(StandardOpenOption.WRITE);
        options.add(LinkOption.NOFOLLOW_LINKS);
        return FileChannel.open(partial, options);
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

    /**
     * Writes bytes behind what was accepted; they count only when {@link #accept} is called. After a
     * write that failed nothing is written any more: the error may be that of an earlier write, which
     * some file systems (NFS) tell with a later one.
     */
    void write(ByteBuffer bytes) throws IOException {
        FileChannel opened = usable();
        if (opened == null && !published) {
            throw new IOException(target + " must be open, was closed");
        }
        try {
            FileChannel partly = opened == null || published ? reopened() : opened;
            cutTail(partly);
            tail = true;
            disk.write(partly, bytes, length);
        } catch (IOException e) {
            failure = new IOException("writing " + target + " failed: " + e.getMessage(), e);
            throw failure;
        }
    }

    /** Goes on with a file that a run before this one has finished. */
    private FileChannel reopened() throws IOException {
        try (FileChannel file = FileChannel.open(target, StandardOpenOption.READ)) {
            return copyBack(file);
        }
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
        end(!kept);
    }

    /** Closes the file and leaves everything as a crash would. */
    void abandon() throws IOException {
        end(false);
    }

    private void end(boolean deletes) throws IOException {
        FileLocks.Lock last = lock;
        lock = null;
        try {
            close(deletes);
        } finally {
            if (last != null) {
                last.close();
            }
        }
    }

    private void close(boolean deletes) throws IOException {
        FileChannel opened = channel;
        channel = null;
        if (opened == null) {
            return;
        }
        try {
            if (deletes) {
                Files.deleteIfExists(partial);
            }
        } finally {
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
        try {
            cutTail(opened);
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
