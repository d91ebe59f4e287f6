package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.Row;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.FileSource;
import io.ingest4j.core.loop.Mailbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is held in memory for records that are given up, counted by the source and the sink. */
@Timeout(60)
class MemoryBoundTest {

    private static final long MOST = 1 << 20;
    private static final int RECORD = 1_000;
    private static final int RECORDS = 8_000;

    private final SimulatedTime time = new SimulatedTime(0);
    private final SplittableRandom random = new SplittableRandom(1);
    private long held;
    private long peak;
    private long letterPeak;
    private long letterBytes;
    private int letters;

    private void hold(long bytes) {
        held += bytes;
        peak = Math.max(peak, held);
    }

    /** The batch's memory, and what a source copies of bad records. */
    private final class Batch implements SourceBatch<String> {

        private final SourceSplit split;
        private final int from;
        private final int to;
        private final List<RejectedRecord> rejected = new ArrayList<>();

        Batch(SourceSplit split, int from, int to, boolean bad) {
            this.split = split;
            this.from = from;
            this.to = to;
            for (int i = from; bad && i < to; i++) {
                rejected.add(new RejectedRecord(at(i), ByteBuffer.allocate(RECORD), "bad"));
            }
            hold(bytes());
        }

        private long bytes() {
            return (long) (to - from + rejected.size()) * RECORD;
        }

        private Position at(int record) {
            return new Position(split.id(), record, (long) record * RECORD, "");
        }

        @Override
        public SourceSplit split() {
            return split;
        }

        @Override
        public int size() {
            return to - from - rejected.size();
        }

        @Override
        public String record(int index) {
            return "record " + (from + index);
        }

        @Override
        public Position position(int index) {
            return at(from + index);
        }

        @Override
        public ByteBuffer raw(int index) {
            return ByteBuffer.allocate(RECORD);
        }

        @Override
        public long sizeBytes() {
            return (long) (to - from) * RECORD;
        }

        @Override
        public List<RejectedRecord> rejected() {
            return rejected;
        }

        @Override
        public Position end() {
            return at(to);
        }

        @Override
        public void release() {
            hold(-bytes());
        }
    }

    /** Fills each read as far as it may. */
    private final class Source implements RecordSource<String> {

        private static final long serialVersionUID = 1;

        private final boolean bad;

        Source(boolean bad) {
            this.bad = bad;
        }

        @Override
        public List<SourceSplit> splits(int wanted) {
            return List.of(new SourceSplit("0", "s", "v", 0, (long) RECORDS * RECORD, ""));
        }

        @Override
        public RecordReader<String> open(SourceSplit split, Position from) {
            return new RecordReader<>() {
                private int next;

                @Override
                public Optional<SourceBatch<String>> read(int maxRecords, long maxBytes) {
                    int most = (int) Math.max(1, Math.min(maxRecords, maxBytes / RECORD));
                    int to = Math.min(RECORDS, next + most);
                    Batch batch = new Batch(split, next, to, bad);
                    next = to;
                    return batch.to == batch.from ? Optional.empty() : Optional.of(batch);
                }

                @Override
                public Position position() {
                    return split.startPosition();
                }

                @Override
                public void wakeup() {}

                @Override
                public void close() {}
            };
        }
    }

    /** Slower than the source. */
    private RecordWriter<DeadLetter> slowLetters(WriterContext context) {
        return new RecordWriter<>() {
            @Override
            public CompletionStage<WriteResult> write(RecordBatch<? extends DeadLetter> batch) {
                CompletableFuture<WriteResult> stage = new CompletableFuture<>();
                long bytes = 0;
                for (int i = 0; i < batch.size(); i++) {
                    bytes += batch.record(i).raw().remaining();
                }
                long sum = bytes;
                letters += batch.size();
                holdLetters(sum);
                time.in(
                        Duration.ofMillis(50).toNanos(),
                        () -> {
                            holdLetters(-sum);
                            stage.complete(WriteResult.delivered());
                        });
                return stage;
            }

            @Override
            public void close() {}
        };
    }

    private void holdLetters(long bytes) {
        hold(bytes);
        letterBytes += bytes;
        letterPeak = Math.max(letterPeak, letterBytes);
    }

    private static RecordWriter<String> refusing(WriterContext context) {
        return new RecordWriter<>() {
            @Override
            public CompletionStage<WriteResult> write(RecordBatch<? extends String> batch) {
                return CompletableFuture.completedFuture(
                        WriteResult.failed(
                                new WriteFailure(Action.DEAD_LETTER, "HTTP 400", ""),
                                PermitOutcome.ANSWERED));
            }

            @Override
            public void close() {}
        };
    }

    private void run(boolean bad) {
        Job<?, ?> job =
                Ingest.from(new Source(bad))
                        .name("job")
                        .batchSize(10)
                        .maxInFlight(100)
                        .maxBufferedBytes(MOST)
                        .maxDeadLetterShare(1)
                        .deadLetters(this::slowLetters)
                        .to(MemoryBoundTest::refusing)
                        .toJob();
        RunLoop<?, ?> loop =
                new RunLoop<>(
                        job,
                        new Surroundings(
                                time,
                                () -> Instant.EPOCH,
                                random,
                                name -> time.openLane(random, 0)),
                        new Mailbox());
        loop.start();
        while (!loop.hasEnded()) {
            long wait = loop.step();
            if (!loop.hasEnded() && wait > 0) {
                time.advance(wait);
            }
        }
        assertThat(loop.report().state()).isEqualTo(RunState.COMPLETED);
        assertThat(loop.report().ledger().deadLettered()).isEqualTo(RECORDS);
        assertThat(letters).isEqualTo(RECORDS);
        assertThat(held).isZero();
    }

    @Test
    void one_large_record_does_not_make_the_later_requests_small(@TempDir Path directory)
            throws IOException {
        String small = "1,x\n".repeat(20_000);
        String large = "2," + "x".repeat(900_000) + "\n";
        Path plain = Files.writeString(directory.resolve("plain.csv"), small + small);
        Path mixed = Files.writeString(directory.resolve("mixed.csv"), small + large + small);
        assertThat(requests(mixed)).isLessThan(requests(plain) * 11 / 10);
    }

    /** Counts the requests of up to 1,000 records that a small buffer makes of a file. */
    private static long requests(Path file) {
        RecordSink<Row> accepting =
                context ->
                        new RecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends Row> batch) {
                                return CompletableFuture.completedFuture(WriteResult.delivered());
                            }

                            @Override
                            public void close() {}
                        };
        return Ingest.from(FileSource.of(file).as(Csv.withoutHeader()))
                .batchSize(1_000)
                .maxBufferedBytes(64 << 10)
                .to(accepting)
                .run()
                .ledger()
                .attempts();
    }

    @Test
    void source_of_bad_records_only_stays_within_the_setting() {
        run(true);

        assertThat(peak).isBetween(MOST / 2, MOST + MOST / 16);
    }

    @Test
    void sink_that_refuses_all_records_stays_within_the_setting() {
        run(false);

        assertThat(peak).isBetween(MOST / 2, MOST + MOST / 16);
        assertThat(letterPeak).isBetween(MOST / 32, MOST / 16);
    }
}
