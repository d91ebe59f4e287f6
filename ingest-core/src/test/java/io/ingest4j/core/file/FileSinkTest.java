package io.ingest4j.core.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.Row;
import io.ingest4j.api.RunState;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestJob;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.RetryPolicy;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.json.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileSinkTest {

    private static final List<String> NAMES = List.of("id", "name");
    private static final TestRow ADA = TestRow.of(NAMES, "1", "Ada");
    private static final TestRow BOB = TestRow.of(NAMES, "2", "Bob");
    private static final RecordEncoder<Row> CSV = Csv.withHeader().encoder().lineEnd("\n");

    @TempDir private Path directory;

    private final FaultyDisk disk = new FaultyDisk();
    private Path target;
    private FileSink<Row> sink;

    @BeforeEach
    void begin() {
        target = directory.resolve("out.csv");
        sink = FileSink.of(target, CSV);
    }

    private FileSinkWriter<Row> open(byte... state) throws IOException {
        return sink.open(TestBatch.context(state), disk);
    }

    private static WriteResult write(StatefulRecordWriter<Row> writer, Row... rows) {
        return writer.write(TestBatch.of(rows)).toCompletableFuture().join();
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void file_appears_as_a_whole_when_it_is_finished() throws IOException {
        FileSinkWriter<Row> writer = open();
        assertThat(write(writer, ADA).bytes()).isEqualTo("id,name\n1,Ada\n".length());
        write(writer, BOB);
        assertThat(target).doesNotExist();
        writer.finish();
        assertThat(target).hasContent("id,name\n1,Ada\n2,Bob\n");
        writer.finish();
        writer.close();
        writer.close();
        assertThat(left()).containsExactly("out.csv");
    }

    @Test
    void file_without_records_is_empty() throws IOException {
        try (FileSinkWriter<Row> writer = open()) {
            writer.finish();
        }
        assertThat(target).isEmptyFile();
    }

    @Test
    void run_that_does_not_complete_leaves_nothing_behind() throws IOException {
        Files.writeString(target, "old");
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        writer.close();
        assertThat(left()).containsExactly("out.csv");
        assertThat(target).hasContent("old");
    }

    @Test
    void unfinished_file_stays_for_a_snapshot() throws IOException {
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        byte[] state = writer.snapshot();
        writer.close();
        assertThat(left()).containsExactly(".out.csv.ingest4j.partial");
        try (FileSinkWriter<Row> second = open(state)) {
            write(second, BOB);
            second.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n2,Bob\n");
    }

    @Test
    void header_comes_first_if_the_first_record_comes_after_a_resume() throws IOException {
        FileSinkWriter<Row> writer = open();
        byte[] state = writer.snapshot();
        writer.close();
        try (FileSinkWriter<Row> second = open(state)) {
            write(second, ADA);
            second.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n");
    }

    @Test
    void left_over_unfinished_file_is_replaced_without_a_state() throws IOException {
        Files.writeString(directory.resolve(".out.csv.ingest4j.partial"), "x".repeat(1000));
        try (FileSinkWriter<Row> writer = open()) {
            write(writer, ADA);
            writer.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n");
        assertThat(left()).containsExactly("out.csv");
    }

    @Test
    void rows_of_other_names_are_refused_also_after_a_resume() throws IOException {
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        byte[] state = writer.snapshot();
        TestRow other = TestRow.of(List.of("name", "id"), "Eve", "3");
        WriteResult result = write(writer, BOB, other);
        assertThat(result.failure(0)).contains(result.failure(1).orElseThrow());
        assertThat(result.failure(0).orElseThrow().action()).isEqualTo(Action.DEAD_LETTER);
        assertThat(result.failure(0).orElseThrow().detail())
                .isEqualTo(
                        "names of a row must be those of the header, [id, name], was [name, id]");
        writer.close();
        try (FileSinkWriter<Row> second = open(state)) {
            assertThat(write(second, other).isDelivered()).isFalse();
            assertThat(write(second, TestRow.of(List.of("id"), "4")).isDelivered()).isTrue();
            assertThat(
                            write(second, TestRow.of(List.of("id", "name", "3"), "5", "E", "x"))
                                    .isDelivered())
                    .isTrue();
            second.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n4\n5,E,x\n");
    }

    @Test
    void first_batch_that_is_refused_fixes_no_names() throws IOException {
        try (FileSinkWriter<Row> writer = open()) {
            TestRow other = TestRow.of(List.of("x"), "9");
            assertThat(write(writer, other, ADA).isDelivered()).isFalse();
            assertThat(write(writer, ADA).isDelivered()).isTrue();
            writer.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n");
    }

    @Test
    void what_can_not_be_continued_is_refused_at_once() {
        assertThatThrownBy(() -> FileSink.of(target, Json.array()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "JSON in a file of several messages must be lines, was an array;"
                                + " Json.lines() makes lines");
        assertThatThrownBy(() -> FileSink.of(target, Json.object()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FileSink.of(Path.of("/"), Json.lines()))
                .hasMessage("file must have a name, was /");
    }

    @Test
    void missing_file_is_not_made_up_on_resume() throws IOException {
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        byte[] state = writer.snapshot();
        writer.close();
        Path partial = directory.resolve(".out.csv.ingest4j.partial");
        byte[] content = Files.readAllBytes(partial);

        Files.write(partial, Arrays.copyOf(content, content.length - 1));
        assertThatThrownBy(() -> open(state))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("must begin with the 14 bytes that the checkpoint says")
                .hasMessageContaining("was of 13 bytes");
        assertThat(partial).hasSize(13);

        content[3] ^= 1;
        Files.write(partial, content);
        assertThatThrownBy(() -> open(state))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("was other bytes");

        Files.delete(partial);
        Files.writeString(target, "of someone else, and long enough");
        assertThatThrownBy(() -> open(state))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("was gone")
                .hasMessageContaining("put the file back, or delete the checkpoint");
        assertThat(target).hasContent("of someone else, and long enough");
        assertThat(left()).containsExactly("out.csv");
    }

    @Test
    void state_must_be_one_of_such_a_sink() throws IOException {
        for (String wrong : List.of("x", "ingest4j-file-1:1:ab:c:d", "ingest4j-file-2:1::c:d")) {
            assertThatThrownBy(() -> open(wrong.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageEndingWith(", was '" + wrong + "'");
        }
        FileSinkWriter<Row> writer = open();
        byte[] state = writer.snapshot();
        writer.close();
        sink = FileSink.of(target, Json.lines());
        assertThatThrownBy(() -> open(state))
                .isInstanceOf(CheckpointException.class)
                .hasMessageEndingWith(
                        "must go on as text/csv; charset=utf-8; header=present as the checkpoint"
                                + " says, was to be application/x-ndjson");
    }

    @Test
    void file_finished_before_a_crash_is_recognized() throws IOException {
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        byte[] state = writer.snapshot();
        writer.finish();
        writer.abandon();
        Object before = Files.getLastModifiedTime(target);
        try (FileSinkWriter<Row> second = open(state)) {
            assertThat(second.snapshot()).isEqualTo(state);
            second.finish();
        }
        assertThat(Files.getLastModifiedTime(target)).isEqualTo(before);
        assertThat(left()).containsExactly("out.csv");
    }

    @Test
    void file_finished_after_the_last_snapshot_is_written_once_more() throws IOException {
        sink = sink.failIfExists();
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        byte[] state = writer.snapshot();
        write(writer, BOB);
        writer.finish();
        writer.abandon();
        try (FileSinkWriter<Row> second = open(state)) {
            write(second, BOB);
            second.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n2,Bob\n");
        assertThat(left()).containsExactly("out.csv");
    }

    @Test
    void existing_file_is_refused_at_open_and_at_finish() throws IOException {
        sink = sink.failIfExists();
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        byte[] state = writer.snapshot();
        Files.writeString(target, "of someone else");
        assertThatThrownBy(writer::finish)
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("out.csv")
                .hasMessageContaining("must not exist as failIfExists() is set");
        writer.close();
        assertThatThrownBy(() -> open(state)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(this::open).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(target).hasContent("of someone else");
    }

    @Test
    void second_writer_of_a_file_is_refused() throws IOException {
        try (FileSinkWriter<Row> writer = open()) {
            write(writer, ADA);
            assertThatThrownBy(this::open)
                    .isInstanceOf(IOException.class)
                    .hasMessageEndingWith(
                            "must be written by one run at a time, was locked by another");
            writer.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n");
    }

    @Test
    void directory_must_exist_and_target_must_not_be_one() throws IOException {
        sink = FileSink.of(directory.resolve("none/out.csv"), CSV);
        assertThatThrownBy(this::open).hasMessageContaining("must exist, was not found");
        Files.createDirectory(target);
        sink = FileSink.of(target, CSV);
        assertThatThrownBy(this::open).hasMessageContaining("must be a file to write");
    }

    @Test
    void full_disk_ends_the_writer_and_leaves_what_the_last_state_covers() throws IOException {
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        byte[] state = writer.snapshot();
        write(writer, BOB);
        disk.writesFail = true;
        TestRow large = TestRow.of(NAMES, "3", "x".repeat(5_000));
        WriteFailure failure = write(writer, large).failure(0).orElseThrow();
        assertThat(failure.action()).isEqualTo(Action.ABORT);
        assertThat(failure.kind()).isEqualTo("file failed");
        assertThat(failure.detail()).contains(target.toString(), "No space left on device");
        disk.writesFail = false;
        assertThatThrownBy(writer::snapshot).hasMessageContaining("No space left on device");
        assertThatThrownBy(writer::finish).hasMessageContaining("No space left on device");
        assertThat(write(writer, large).failure(0).orElseThrow().action()).isEqualTo(Action.ABORT);
        writer.close();
        assertThat(target).doesNotExist();
        try (FileSinkWriter<Row> second = open(state)) {
            assertThat(directory.resolve(".out.csv.ingest4j.partial")).hasSize(14);
            write(second, BOB);
            second.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n2,Bob\n");
    }

    @Test
    void run_on_a_full_disk_ends_and_goes_on_when_there_is_room() throws IOException {
        Path source = directory.resolve("in.csv");
        Files.writeString(source, "id,name\n1,Ada\n2,Bob\n3,Cyd\n4,Dan\n5,Eve\n");
        Path letters = directory.resolve("failed.ndjson");
        CheckpointStore store = CheckpointStores.directory(directory.resolve("state"));
        disk.writesLeft = 3;
        IngestReport full = copy(source, store, letters).start().await();

        assertThat(full.state()).isEqualTo(RunState.FAILED);
        assertThat(full.failure().orElseThrow())
                .hasMessageContaining("No space left on device")
                .hasMessageContaining(target.toString());
        assertThat(full.ledger().deadLettered()).isZero();
        assertThat(full.ledger().retries()).isZero();
        assertThat(letters).doesNotExist();
        assertThat(target).doesNotExist();

        disk.writesLeft = Integer.MAX_VALUE;
        IngestReport report = copy(source, store, letters).run();
        assertThat(report.state()).isEqualTo(RunState.COMPLETED);
        assertThat(report.runs()).isEqualTo(2);
        assertThat(report.ledger().delivered()).isEqualTo(5);
        assertThat(target).hasSameTextualContentAs(source);
        assertThat(letters).doesNotExist();
    }

    private IngestJob copy(Path source, CheckpointStore store, Path letters) {
        return Ingest.from(Csv.withHeader().read(FileSource.of(source)))
                .name("copy")
                .checkpoint(store)
                .deadLetters(DeadLetters.appendTo(letters))
                .retry(RetryPolicy.exponential(Duration.ofMillis(1), Duration.ofMillis(1)))
                .to(context -> sink.open(context, disk));
    }

    @Test
    void failed_force_ends_the_writer_for_good() throws IOException {
        FileSinkWriter<Row> writer = open();
        write(writer, ADA);
        byte[] state = writer.snapshot();
        write(writer, BOB);
        disk.forceFails = true;
        assertThatThrownBy(writer::snapshot).hasMessage("Input/output error");
        disk.forceFails = false;
        assertThatThrownBy(writer::snapshot)
                .hasMessageEndingWith("what the disk holds after: Input/output error");
        assertThatThrownBy(writer::finish).hasMessageContaining("Input/output error");
        assertThat(write(writer, BOB).failure(0).orElseThrow().action()).isEqualTo(Action.ABORT);
        writer.close();
        assertThat(target).doesNotExist();
        try (FileSinkWriter<Row> second = open(state)) {
            write(second, BOB);
            second.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n2,Bob\n");
    }

    @Test
    void cancelled_write_is_not_in_the_file() throws Exception {
        try (FileSinkWriter<Row> writer = open()) {
            write(writer, ADA);
            disk.gate = new CountDownLatch(1);
            CompletableFuture<?> snapshot =
                    CompletableFuture.runAsync(() -> snapshot(writer)); // keeps the thread busy
            disk.atGate.await();
            boolean cancelled =
                    writer.write(TestBatch.of((Row) BOB)).toCompletableFuture().cancel(true);
            disk.gate.countDown();
            assertThat(cancelled).isTrue();
            snapshot.join();
            write(writer, BOB);
            writer.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n2,Bob\n");
    }

    private static void snapshot(FileSinkWriter<Row> writer) {
        try {
            writer.snapshot();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void batch_whose_result_came_too_late_is_not_written_twice() throws IOException {
        try (FileSinkWriter<Row> writer = open()) {
            TestBatch<Row> batch = TestBatch.of(ADA);
            writer.write(batch).toCompletableFuture().join();
            writer.write(batch).toCompletableFuture().join();
            writer.finish();
        }
        assertThat(target).hasContent("id,name\n1,Ada\n");
    }

    @Test
    void write_after_close_fails() throws IOException {
        FileSinkWriter<Row> writer = open();
        writer.close();
        assertThatThrownBy(() -> write(writer, ADA)).hasMessageContaining("was closed");
        assertThatThrownBy(writer::snapshot).hasMessageContaining("must be open, was closed");
    }

    @Test
    void interrupts_of_the_calling_thread_do_no_harm() throws Exception {
        FileSinkWriter<Row> writer = sink.open(TestBatch.context(), Disk.REAL);
        Thread caller = Thread.currentThread();
        CountDownLatch stop = new CountDownLatch(1);
        Thread storm =
                new Thread(
                        () -> {
                            while (stop.getCount() > 0) {
                                caller.interrupt();
                                Thread.onSpinWait();
                            }
                        });
        storm.start();
        StringBuilder expected = new StringBuilder("id,name\n");
        try {
            for (int i = 0; i < 500; i++) {
                assertThat(write(writer, ADA).isDelivered()).isTrue();
                expected.append("1,Ada\n");
                if (i % 50 == 0) {
                    writer.snapshot();
                }
            }
            writer.finish();
            writer.close();
        } finally {
            stop.countDown();
            while (storm.isAlive()) {
                Thread.onSpinWait();
            }
            Thread.interrupted();
        }
        assertThat(target).hasContent(expected.toString());
    }

    @Test
    void no_thread_is_left_behind() throws Exception {
        Path named = directory.resolve("thread-check.csv");
        try (StatefulRecordWriter<Row> writer =
                FileSink.<Row>of(named, CSV).open(TestBatch.context(), Disk.REAL)) {
            writer.snapshot();
            assertThat(threads("ingest4j-file-thread-check.csv"))
                    .allMatch(Thread::isDaemon)
                    .isNotEmpty();
        }
        for (Thread thread : threads("ingest4j-file-thread-check.csv")) {
            thread.join(10_000);
        }
        assertThat(threads("ingest4j-file-thread-check.csv")).isEmpty();
    }

    private static List<Thread> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .toList();
    }

    @Test
    void sink_can_be_sent_and_names_its_file() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(sink);
        Object sent =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        assertThat(sent).hasToString(target + " as text/csv; charset=utf-8; header=present");
        assertThat(FileSink.<Row>of(target, Json.lines()).maxBatchSize())
                .isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void run_copies_a_file() throws IOException {
        Path source = directory.resolve("in.csv");
        Files.writeString(source, "id,name\n1,Ada\n2,\"B,b\"\n3,Cyd\n");
        RunState state =
                Ingest.from(Csv.withHeader().read(FileSource.of(source)))
                        .batchSize(2)
                        .to(sink)
                        .run()
                        .state();
        assertThat(state).isEqualTo(RunState.COMPLETED);
        assertThat(target).hasSameTextualContentAs(source);
    }
}
