package io.ingest4j.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.CheckpointStore.Lease;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStoreTest {

    private static final Checkpoint CHECKPOINT =
            new Checkpoint("job", Start.UNKNOWN, true, List.of(), Map.of("read", 7L), "", "");

    @TempDir Path directory;

    private CheckpointStore store() {
        return CheckpointStores.directory(directory);
    }

    private Path file() {
        return directory.resolve("job.checkpoint");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void assertRefused(String... parts) {
        try (Lease lease = store().acquire("job")) {
            var refused =
                    assertThatExceptionOfType(CheckpointException.class)
                            .isThrownBy(lease::latest)
                            .withMessageContaining(file().toString())
                            .withMessageContaining("'job'");
            for (String part : parts) {
                refused.withMessageContaining(part);
            }
        }
    }

    @Test
    void files_are_named_after_the_job() throws IOException {
        try (Lease lease = store().acquire("job")) {
            lease.save(CHECKPOINT);
        }
        assertThat(names()).containsExactly("job.checkpoint", "job.lock");
        assertThat(Files.readAllBytes(file())).isEqualTo(CHECKPOINT.encode());
    }

    @Test
    void file_that_was_cut_is_named_and_refused() throws IOException {
        byte[] form = CHECKPOINT.encode();
        for (int length : new int[] {0, 5, 30, form.length - 1}) {
            Files.write(file(), Arrays.copyOf(form, length));
            assertRefused("does not hold the checkpoint");
        }
        assertRefused("bytes after its first line");
    }

    @Test
    void file_of_something_else_is_named_and_refused() throws IOException {
        Files.writeString(file(), "id,name\n1,x\n");
        assertRefused("must begin with 'ingest4j-checkpoint'");
    }

    @Test
    void file_of_another_job_is_named_and_refused() throws IOException {
        Files.write(
                file(),
                new Checkpoint("other", Start.UNKNOWN, true, List.of(), Map.of(), "", "").encode());
        assertRefused("was of 'other'");
    }

    @Test
    void directory_in_the_place_of_the_file_is_named_and_refused() throws IOException {
        Files.createDirectory(file());
        assertRefused("can't be read from");
    }

    @Test
    void what_is_refused_can_be_cleared() throws IOException {
        Files.writeString(file(), "x");
        try (Lease lease = store().acquire("job")) {
            assertThatExceptionOfType(CheckpointException.class).isThrownBy(lease::latest);
            lease.clear();
            assertThat(lease.latest()).isEmpty();
        }
    }

    @Test
    void what_a_broken_save_left_is_removed() throws IOException {
        try (Lease lease = store().acquire("job")) {
            lease.save(CHECKPOINT);
        }
        Files.writeString(directory.resolve("job.checkpoint.tmp"), "half");
        try (Lease lease = store().acquire("job")) {
            assertThat(lease.latest()).contains(CHECKPOINT);
        }
        assertThat(names()).containsExactly("job.checkpoint", "job.lock");
    }

    @Test
    void directory_that_can_not_be_made_is_named() throws IOException {
        Path blocked = Files.writeString(directory.resolve("file"), "").resolve("state");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> CheckpointStores.directory(blocked).acquire("job"))
                .withMessageContaining("'job'")
                .withMessageContaining(blocked.toString());
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links take rights there")
    void same_directory_under_another_name_is_the_same() throws IOException {
        Path link = directory.resolveSibling(directory.getFileName() + "-link");
        Files.createSymbolicLink(link, directory);
        try (Lease lease = store().acquire("job")) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> CheckpointStores.directory(link).acquire("job"))
                    .withMessageContaining("another run (this process) has locked job.lock")
                    .withMessageContaining(link.toString());
            lease.save(CHECKPOINT);
        } finally {
            Files.delete(link);
        }
    }

    @Test
    void only_one_of_many_threads_gets_the_job() throws InterruptedException {
        ConcurrentLinkedQueue<Lease> leases = new ConcurrentLinkedQueue<>();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads =
                IntStream.range(0, 16)
                        .mapToObj(
                                i ->
                                        new Thread(
                                                () -> {
                                                    try {
                                                        start.await();
                                                        leases.add(store().acquire("job"));
                                                    } catch (CheckpointException
                                                            | InterruptedException e) {
                                                        // As all but one.
                                                    }
                                                }))
                        .toList();
        threads.forEach(Thread::start);
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(leases).hasSize(1);
        leases.remove().close();
    }

    @Test
    void job_of_another_process_is_refused_and_free_when_that_is_killed() throws Exception {
        Process other = otherProcess();
        try {
            assertThat(other.getInputStream().read()).isEqualTo('!');
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> store().acquire("job"))
                    .withMessageContaining("'job'")
                    .withMessageContaining(directory.toString())
                    .withMessageContaining("another run (pid " + other.pid() + ") has locked");
        } finally {
            other.destroyForcibly().waitFor();
        }
        try (Lease lease = store().acquire("job")) {
            assertThat(lease.latest()).contains(CHECKPOINT);
        }
    }

    /** A lock that Java knows of, but not this copy of the class: it must outlive the refusal. */
    @Test
    void job_of_another_copy_of_the_library_in_this_process_is_refused_and_stays_locked()
            throws Exception {
        Path lockFile = directory.resolve("job.lock");
        try (FileChannel channel =
                        FileChannel.open(
                                lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> store().acquire("job"))
                    .withMessageContaining("another run (this process)");
            Process other = otherProcess();
            assertThat(other.getInputStream().read()).isEqualTo('?');
            assertThat(other.waitFor()).isZero();
        }
        store().acquire("job").close();
    }

    private Process otherProcess() throws IOException {
        String java = System.getProperty("java.home") + File.separator + "bin" + File.separator;
        return new ProcessBuilder(
                        java + "java",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Takes the job and keeps it until it is killed. */
    static final class OtherProcess {

        private OtherProcess() {}

        public static void main(String[] args) throws IOException {
            Lease lease;
            try {
                lease = CheckpointStores.directory(Path.of(args[0])).acquire("job");
            } catch (CheckpointException e) {
                System.out.println('?');
                return;
            }
            lease.save(CHECKPOINT);
            System.out.println('!');
            System.out.flush();
            while (System.in.read() >= 0) {}
            lease.close();
        }
    }
}
