package io.ingest4j.core.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.Row;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs that are killed at any place, power lost, and continued: the file is the one of a run that
 * nothing happened to.
 */
@Timeout(300)
class FileSinkCrashTest {

    private static final int SEEDS = 400;

    @TempDir private Path directory;

    private static RecordEncoder<Row> encoder(String format) {
        return format.equals("csv") ? Csv.withHeader().encoder() : Json.lines().withKey("key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"csv", "ndjson"})
    void killed_and_continued_file_is_that_of_an_undisturbed_run(String format) throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            Life life = new Life(seed, encoder(format), new FaultyDisk());
            assertThat(life.live()).as("seed %d", seed).isEqualTo(life.expected());
        }
    }

    /** Shows that the property can fail. */
    @Test
    void file_that_is_not_cut_to_the_checkpoint_is_another() throws IOException {
        int wrong = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            FaultyDisk naive =
                    new FaultyDisk() {
                        @Override
                        void truncate(FileChannel channel, long length) {}
                    };
            Life life = new Life(seed, encoder("csv"), naive);
            wrong += Arrays.equals(life.live(), life.expected()) ? 0 : 1;
        }
        assertThat(wrong).isGreaterThan(SEEDS / 10);
    }

    private final class Life {

        private final SplittableRandom random;
        private final RecordEncoder<Row> encoder;
        private final FaultyDisk disk;
        private final List<Row> rows = new ArrayList<>();
        private final Path target;
        private final Path partial;
        private byte[] state = {};
        private int stateAt;
        private long stateLength;
        private boolean failIfExists;

        Life(long seed, RecordEncoder<Row> encoder, FaultyDisk disk) throws IOException {
            random = new SplittableRandom(seed);
            this.encoder = encoder;
            this.disk = disk;
            int count = random.nextInt(60);
            List<String> names = List.of("id", "text");
            for (int i = 0; i < count; i++) {
                String text = "\"ä,\n".repeat(random.nextInt(6)) + i;
                rows.add(TestRow.of(names, Integer.toString(i), text));
            }
            target = directory.resolve("out");
            partial = directory.resolve(".out.ingest4j.partial");
            Files.deleteIfExists(partial);
            Files.deleteIfExists(target);
            switch (random.nextInt(4)) {
                case 0 -> Files.writeString(target, "old\n".repeat(random.nextInt(100)));
                case 1 -> failIfExists = true;
                default -> {}
            }
        }

        byte[] expected() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            if (!rows.isEmpty()) {
                encoder.encode(new TestBatch<>(rows, 0), bytes);
            }
            return bytes.toByteArray();
        }

        byte[] live() throws IOException {
            boolean done = false;
            for (int life = 0; !done && life < 20; life++) {
                FileSink<Row> sink = FileSink.of(target, encoder);
                FileSinkWriter<Row> writer =
                        (failIfExists ? sink.failIfExists() : sink)
                                .open(TestBatch.context(state), disk);
                boolean mayDie = life < 6;
                done = write(writer, mayDie) && finish(writer, mayDie);
                if (done) {
                    writer.close();
                } else {
                    writer.abandon();
                    losePower();
                    done = failIfExists && state.length == 0 && Files.exists(target);
                }
            }
            if (!done) {
                return new byte[] {-1};
            }
            assertThat(partial).doesNotExist();
            return Files.readAllBytes(target);
        }

        /** Returns false if killed. */
        private boolean write(FileSinkWriter<Row> writer, boolean mayDie) throws IOException {
            int at = stateAt;
            while (at < rows.size()) {
                switch (random.nextInt(10)) {
                    case 0 -> snapshot(writer, at);
                    case 1 -> {
                        if (mayDie) {
                            return false;
                        }
                    }
                    default -> {
                        int to = Math.min(rows.size(), at + 1 + random.nextInt(7));
                        if (!write(writer, at, to, mayDie)) {
                            return false;
                        }
                        at = to;
                    }
                }
            }
            if (random.nextBoolean()) {
                snapshot(writer, at);
            }
            return true;
        }

        /** Returns false if the disk was full, which ends the run. */
        private boolean write(FileSinkWriter<Row> writer, int from, int to, boolean mayDie) {
            disk.writesFail = mayDie && random.nextInt(8) == 0;
            Optional<WriteFailure> failure =
                    writer.write(new TestBatch<>(rows.subList(from, to), from))
                            .toCompletableFuture()
                            .join()
                            .failure(0);
            disk.writesFail = false;
            failure.ifPresent(
                    full -> {
                        assertThat(full.action()).isEqualTo(Action.ABORT);
                        assertThat(full.detail()).contains("No space left");
                    });
            return failure.isEmpty();
        }

        private void snapshot(FileSinkWriter<Row> writer, int at) throws IOException {
            state = writer.snapshot();
            stateAt = at;
            stateLength = FileState.decode(state).length();
        }

        private boolean finish(FileSinkWriter<Row> writer, boolean mayDie) throws IOException {
            disk.moveFails = mayDie && random.nextInt(3) == 0;
            try {
                writer.finish();
            } catch (IOException e) {
                return false;
            } finally {
                disk.moveFails = false;
            }
            return !mayDie || random.nextInt(3) > 0;
        }

        /** What was forced stays; what was not may be anything. */
        private void losePower() throws IOException {
            if (!Files.exists(partial)) {
                return;
            }
            if (state.length == 0 && random.nextInt(4) == 0) {
                Files.delete(partial);
                return;
            }
            try (FileChannel file = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                switch (random.nextInt(4)) {
                    case 0 -> {
                        byte[] torn = new byte[random.nextInt(3_000)];
                        random.nextBytes(torn);
                        file.write(ByteBuffer.wrap(torn), file.size());
                    }
                    case 1 ->
                            file.truncate(
                                    random.nextLong(
                                            stateLength, Math.max(stateLength, file.size()) + 1));
                    case 2 -> {
                        int length = (int) (file.size() - stateLength);
                        file.write(ByteBuffer.wrap(new byte[length]), stateLength);
                    }
                    default -> {}
                }
            }
        }
    }
}
