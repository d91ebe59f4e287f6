package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DatabaseLockTest {

    @TempDir Path directory;

    private static DatabaseLock take(Path file) throws IOException {
        return DatabaseLock.take(new Database.SqliteFile(file));
    }

    @Test
    void aFile_isForOneAtATime_byAllItsNames() throws Exception {
        Path file = directory.resolve("ingest.db");
        try (DatabaseLock first = take(file)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> take(directory.resolve(".").resolve("ingest.db")))
                    .hasMessageContaining("is another process's");
            Files.createFile(file);
            Path link = Files.createSymbolicLink(directory.resolve("link.db"), file);
            assertThatThrownBy(() -> take(link)).hasMessageContaining("link.db is another");
        }
        take(file).close();
    }

    @Test
    void anotherProcess_isSeen_untilItIsKilled() throws Exception {
        Path file = directory.resolve("ingest.db");
        Process other =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Holder.class.getName(),
                                file.toString())
                        .start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("held");
            assertThatThrownBy(() -> take(file))
                    .hasMessage(
                            "DATABASE_FILE "
                                    + file
                                    + " is another process's; several processes need a DATABASE_URL");
        } finally {
            other.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
        }
        take(file).close();
    }

    @Test
    void aDirectoryThatIsNotThere_isSaidSo() {
        assertThatThrownBy(() -> take(directory.resolve("none/ingest.db")))
                .hasMessageMatching(
                        "DATABASE_FILE .*none/ingest.db can't be locked: .*NoSuchFile.*");
    }

    @Test
    void otherDatabases_needNone() throws IOException {
        DatabaseLock.take(new Database.Memory()).close();
    }

    /** Holds the lock of the file that it is told until it is killed. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] args) throws Exception {
            try (DatabaseLock lock = take(Path.of(args[0]))) {
                System.out.println(lock == null ? "" : "held");
                Thread.currentThread().join();
            }
        }
    }
}
