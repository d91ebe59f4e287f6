package io.ingest4j.examples.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a file of SQLite for one process of the service, by a lock on a file next to it. The system
 * gives it back when the process ends, however that does.
 */
final class DatabaseLock implements AutoCloseable {

    /** As many as a system follows; there may be no file yet at their end. */
    private static final int MOST_LINKS = 40;

    /** Here a second channel must not even be opened: closing it would free the first one's lock. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final @Nullable FileChannel channel;

    private DatabaseLock(Path file, @Nullable FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Takes it if there is a file to keep. */
    static DatabaseLock take(Database database) throws IOException {
        if (!(database instanceof Database.SqliteFile sqlite)) {
            return new DatabaseLock(Path.of(""), null);
        }
        Path file = lockFile(sqlite.file());
        if (!OWN.add(file)) {
            throw taken(sqlite.file());
        }
        try {
            return new DatabaseLock(file, open(file, sqlite.file()));
        } catch (IOException e) {
            OWN.remove(file);
            throw e;
        }
    }

    /** The same for all names of the database's file. */
    private static Path lockFile(Path database) throws IOException {
        try {
            Path file = database.toAbsolutePath();
            for (int i = 0; Files.isSymbolicLink(file) && i < MOST_LINKS; i++) {
                file = file.resolveSibling(Files.readSymbolicLink(file));
            }
            Path directory = file.getParent();
            Path real =
                    Files.exists(file) || directory == null
                            ? file.toRealPath()
                            : directory.toRealPath().resolve(file.getFileName());
            return real.resolveSibling(real.getFileName() + ".lock");
        } catch (IOException e) {
            throw unusable(database, e);
        }
    }

    private static FileChannel open(Path file, Path database) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw unusable(database, e);
        }
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (IOException e) {
            channel.close();
            throw unusable(database, e);
        }
        channel.close();
        throw taken(database);
    }

    private static IOException taken(Path database) {
        return new IOException(
                "DATABASE_FILE %s is another process's; several processes need a DATABASE_URL"
                        .formatted(database));
    }

    private static IOException unusable(Path database, IOException cause) {
        return new IOException(
                "DATABASE_FILE %s can't be locked: %s".formatted(database, cause), cause);
    }

    @Override
    public void close() {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            OWN.remove(file);
        }
    }
}
