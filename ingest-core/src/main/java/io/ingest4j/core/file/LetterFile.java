package io.ingest4j.core.file;

import io.ingest4j.core.lock.FileLocks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of letters that more are added to. A last line that a crash left without its end is healed.
 * Used on one thread, that nobody interrupts.
 */
final class LetterFile implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LetterFile.class);
    private static final byte[] START = LetterJson.START.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LINE_FEED = {'\n'};
    private static final int BLOCK = 64 << 10;

    /** As many as a system follows. */
    private static final int MOST_LINKS = 40;

    private final Path path;
    private final Disk disk;
    private final FileLocks.Lock lock;
    private final FileChannel channel;
    private final boolean isNew;

    /** Up to there it may have been written; nothing is appended after a failure. */
    private long length;

    /** Up to there the letters are durable, and were said to be. */
    private long forcedLength;

    private LetterFile(
            Path path, Disk disk, FileLocks.Lock lock, FileChannel channel, boolean isNew) {
        this.path = path;
        this.disk = disk;
        this.lock = lock;
        this.channel = channel;
        this.isNew = isNew;
    }

    static LetterFile open(Path path, Disk disk) throws IOException {
        Path target = target(path);
        FileLocks.Lock lock = FileLocks.lockBeside(target);
        FileChannel channel = null;
        boolean opened = false;
        try {
            boolean isNew = Files.notExists(target);
            channel =
                    FileChannel.open(
                            target,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            LetterFile file = new LetterFile(target, disk, lock, channel, isNew);
            file.begin();
            opened = true;
            return file;
        } finally {
            if (!opened) {
                close(channel, lock);
            }
        }
    }

    /** What is locked must be the same for all links to a file. */
    private static Path target(Path path) throws IOException {
        Path file = path;
        for (int i = 0; Files.isSymbolicLink(file) && i < MOST_LINKS; i++) {
            file = file.resolveSibling(Files.readSymbolicLink(file));
        }
        return file;
    }

    private static void close(@Nullable FileChannel channel, FileLocks.Lock lock)
            throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            lock.close();
        }
    }

    private void begin() throws IOException {
        length = channel.size();
        if (length > 0) {
            heal();
        }
        force();
        Path directory = path.getParent();
        if (directory != null) {
            disk.forceDirectory(directory);
        }
    }

    private void heal() throws IOException {
        long lastLine = lineStart(length);
        boolean torn = lastLine < length;
        if (lastLine > 0) {
            long before = lineStart(lastLine - 1);
            if (!isLetter(before, lastLine - 1) && !isLetter(0, lineEnd())) {
                throw foreign();
            }
        } else if (!isLetter(0, length) && !isTornStart()) {
            throw foreign();
        }
        if (torn && isLetter(lastLine, length)) {
            append(ByteBuffer.wrap(LINE_FEED));
        } else if (torn) {
            LOG.atWarn()
                    .addKeyValue("file", path)
                    .addKeyValue("bytes", length - lastLine)
                    .log(
                            "{}: an unfinished letter at the end of the file is cut off, {} bytes",
                            path,
                            length - lastLine);
            disk.truncate(channel, lastLine);
            length = lastLine;
        }
    }

    private IOException foreign() {
        return new IOException(
                path + " must be a file of dead letters to add to it, holds something else");
    }

    /** Returns where the line begins that ends before a place. */
    private long lineStart(long end) throws IOException {
        long to = end;
        while (to > 0) {
            long from = Math.max(0, to - BLOCK);
            byte[] block = read(from, to);
            for (int i = block.length - 1; i >= 0; i--) {
                if (block[i] == '\n') {
                    return from + i + 1;
                }
            }
            to = from;
        }
        return 0;
    }

    /** Returns where the first line ends, or what is looked at of it. */
    private long lineEnd() throws IOException {
        long from = 0;
        while (from < Math.min(length, LetterParser.MAX_LINE)) {
            byte[] block = read(from, Math.min(length, from + BLOCK));
            for (int i = 0; i < block.length; i++) {
                if (block[i] == '\n') {
                    return from + i;
                }
            }
            from += block.length;
        }
        return from;
    }

    /** A line too long to be read back is judged by how it begins. */
    private boolean isLetter(long from, long to) throws IOException {
        if (to - from > LetterParser.MAX_LINE) {
            return Arrays.equals(read(from, from + START.length), START);
        }
        try {
            LetterParser.read(read(from, to));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Tells whether the file may be the beginning of a first letter, or of zeros in its place. */
    private boolean isTornStart() throws IOException {
        byte[] start = read(0, Math.min(length, START.length));
        for (int i = 0; i < start.length; i++) {
            if (start[i] != START[i] && start[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private byte[] read(long from, long to) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) (to - from));
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, from + bytes.position()) < 0) {
                throw new IOException(path + " must not change while it is opened, became shorter");
            }
        }
        return bytes.array();
    }

    void append(ByteBuffer bytes) throws IOException {
        long end = length;
        length += bytes.remaining();
        disk.write(channel, bytes, end);
    }

    void force() throws IOException {
        disk.force(channel);
        forcedLength = length;
    }

    /**
     * Cuts off what could not be forced, which is written again, and leaves no new file behind that holds
     * nothing, so that whoever finds one knows what it means.
     */
    @Override
    public void close() throws IOException {
        try {
            if (isNew && forcedLength == 0) {
                Files.deleteIfExists(path);
            } else if (length > forcedLength) {
                disk.truncate(channel, forcedLength);
            }
        } finally {
            close(channel, lock);
        }
    }
}
