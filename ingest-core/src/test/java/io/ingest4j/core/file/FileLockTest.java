package io.ingest4j.core.file;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.lock.FileLocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file has one writer, whatever else this process does with the file: a POSIX lock would end when
 * any handle of it is closed. What other processes see is asked of another process.
 */
@Timeout(120)
class FileLockTest {

    private static final String REFUSED =
            " must be written by one run at a time, was locked by another";

    @TempDir private Path directory;

    private static RecordWriter<?> open(String kind, Path file) throws IOException {
        return kind.equals("letters")
                ? DeadLetters.appendTo(file).open(TestBatch.context())
                : FileSink.<Row>of(file, Csv.withHeader().encoder()).open(TestBatch.context());
    }

    /** Opens a writer in another process, which ends at once, or says why it can't. */
    private static String openElsewhere(String kind, Path file)
            throws IOException, InterruptedException {
        String real = System.getProperty("surefire.test.class.path");
        Process other =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx64m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                real != null ? real : System.getProperty("java.class.path"),
                                OtherProcess.class.getName(),
                                kind,
                                file.toString())
                        .redirectErrorStream(true)
                        .start();
        try {
            byte[] said = other.getInputStream().readAllBytes();
            other.waitFor();
            return new String(said, StandardCharsets.UTF_8).strip();
        } finally {
            other.destroyForcibly();
        }
    }

    /** Takes a kind and a file. */
    static final class OtherProcess {

        private OtherProcess() {}

        public static void main(String[] args) {
            try {
                open(args[0], Path.of(args[1]));
                System.out.println("opened");
                Runtime.getRuntime().halt(0); // closes nothing, as if killed
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void letters_stay_locked_when_this_process_reads_them() throws Exception {
        Path file = directory.resolve("failed.ndjson");
        try (RecordWriter<?> writer = open("letters", file)) {
            assertThat(writer).isNotNull();
            assertThatThrownBy(() -> open("letters", file)).hasMessage(file + REFUSED);
            assertThat(Files.readAllBytes(file)).isEmpty();
            assertThat(openElsewhere("letters", file)).isEqualTo(file + REFUSED);
        }
        assertThat(left()).isEmpty();
    }

    @Test
    void file_stays_locked_when_this_process_reads_it() throws Exception {
        Path file = directory.resolve("out.csv");
        try (RecordWriter<?> writer = open("file", file)) {
            assertThat(writer).isNotNull();
            assertThatThrownBy(() -> open("file", file)).hasMessage(file + REFUSED);
            assertThat(Files.readAllBytes(directory.resolve(".out.csv.ingest4j.partial")))
                    .isEmpty();
            assertThat(openElsewhere("file", file)).isEqualTo(file + REFUSED);
        }
        assertThat(left()).isEmpty();
    }

    @Test
    void what_a_killed_process_left_is_in_nobodys_way() throws Exception {
        Path file = directory.resolve("failed.ndjson");
        assertThat(openElsewhere("letters", file)).isEqualTo("opened");
        assertThat(left()).containsExactly(".failed.ndjson.ingest4j.lock", "failed.ndjson");

        open("letters", file).close();
        assertThat(left()).containsExactly("failed.ndjson");
    }

    @Test
    void file_of_letters_is_the_same_under_all_its_names() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path file = real.resolve("failed.ndjson");
        Path link = Files.createSymbolicLink(directory.resolve("link.ndjson"), file);
        Path byDirectory =
                Files.createSymbolicLink(directory.resolve("other"), real).resolve("failed.ndjson");
        try (RecordWriter<?> writer = open("letters", link)) {
            assertThat(writer).isNotNull();
            for (Path name : List.of(file, link, byDirectory)) {
                assertThatThrownBy(() -> open("letters", name)).hasMessageEndingWith(REFUSED);
            }
        }
        assertThat(real).isEmptyDirectory();
    }

    @Test
    void directory_that_can_not_be_written_to_is_named() throws IOException {
        Path blocked = Files.writeString(directory.resolve("plain file"), "");
        Path file = blocked.resolve("failed.ndjson");
        assertThatThrownBy(() -> open("letters", file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        blocked + " must be a directory that can be written to, for " + file);
        assertThatThrownBy(() -> open("letters", directory.resolve("none/failed.ndjson")))
                .hasMessageContaining("must exist, was not found");
    }

    /** Whoever ends deletes the file that the next one is about to lock. */
    @Test
    void only_one_of_many_threads_has_the_file_at_a_time() throws Exception {
        int threads = 8;
        Path file = directory.resolve("failed.ndjson");
        CyclicBarrier start = new CyclicBarrier(threads);
        AtomicInteger holders = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<? extends Future<?>> all =
                    IntStream.range(0, threads)
                            .mapToObj(
                                    i ->
                                            executor.submit(
                                                    () -> {
                                                        start.await();
                                                        for (int n = 0; n < 200; n++) {
                                                            hold(file, holders, taken);
                                                        }
                                                        return null;
                                                    }))
                            .toList();
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(taken.get()).isPositive();
        assertThat(left()).isEmpty();
    }

    /** To open a pipe that nobody reads takes for ever, as on a dead mount. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no mkfifo")
    void file_system_that_hangs_keeps_nobody_from_other_files() throws Exception {
        Path pipe = directory.resolve(".hung.ingest4j.lock");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        Path elsewhere = directory.resolve("elsewhere");
        FileLocks.Lock held = FileLocks.lockBeside(elsewhere);
        Thread hanging = new Thread(() -> lockAndUnlock(directory.resolve("hung")), "hanging");
        hanging.start();
        try {
            await().until(() -> isOpeningAFile(hanging));

            CompletableFuture.runAsync(() -> close(held)).get();
            CompletableFuture.runAsync(() -> lockAndUnlock(elsewhere)).get();
            CompletableFuture.supplyAsync(() -> FileLocks.ownerOf(elsewhere)).get();
        } finally {
            try (FileChannel reader = FileChannel.open(pipe, READ, WRITE)) {
                assertThat(reader.isOpen()).isTrue();
                hanging.join();
            }
        }
    }

    private static boolean isOpeningAFile(Thread thread) {
        return Stream.of(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(FileChannel.class.getName()));
    }

    private static void lockAndUnlock(Path file) {
        try {
            close(FileLocks.lockBeside(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(FileLocks.Lock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void hold(Path file, AtomicInteger holders, AtomicInteger taken)
            throws IOException {
        try (FileLocks.Lock lock = FileLocks.lockBeside(file)) {
            assertThat(lock).isNotNull();
            assertThat(holders.incrementAndGet()).isEqualTo(1);
            taken.incrementAndGet();
            holders.decrementAndGet();
        } catch (IOException e) {
            assertThat(e).hasMessage(file + REFUSED);
        }
    }
}
