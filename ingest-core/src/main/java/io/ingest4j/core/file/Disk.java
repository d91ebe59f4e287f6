package io.ingest4j.core.file;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** What writers do to the disk, apart so that a test can have it fail. */
class Disk {

    static final Disk REAL = new Disk();

    /** Writes all bytes at a place. */
    void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    void truncate(FileChannel channel, long length) throws IOException {
        channel.truncate(length);
    }

    void force(FileChannel channel) throws IOException {
        channel.force(true);
    }

    /** Makes names in a directory durable. Windows can't open one, and keeps them in its journal. */
    void forceDirectory(Path directory) throws IOException {
        if (File.separatorChar == '\\') {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Gives a file another name, at once, in place of what has that name. */
    void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
