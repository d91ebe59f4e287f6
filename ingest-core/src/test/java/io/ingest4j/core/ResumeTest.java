package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestListener;
import io.ingest4j.api.InvalidCheckpointException;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.csv.CsvFormat;
import io.ingest4j.core.file.DeadLetters;
import io.ingest4j.core.file.FileSink;
import io.ingest4j.core.file.FileSource;
import io.ingest4j.core.json.Json;
import io.ingest4j.core.limit.RateLimiters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Jobs of several runs, on real threads, files and stores. */
class ResumeTest {

    private static final int RECORDS = 2_000;

    @TempDir Path directory;
    private Path file;
    private CheckpointStore store;
    private final List<String> received = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void prepare() throws IOException {
        file = directory.resolve("numbers.csv");
        write("v1");
        store = CheckpointStores.directory(directory.resolve("state"));
    }

    private void write(String content) throws IOException {
        StringBuilder csv = new StringBuilder("id,text\r\n");
        for (int i = 0; i < RECORDS; i++) {
            csv.append(i).append(",\"").append(content).append(", ").append(i % 7).append("\"\r\n");
        }
        Files.writeString(file, csv);
    }

    private Ingest<Row> numbers() {
        return numbers(Csv.withHeader());
    }

    private Ingest<Row> numbers(CsvFormat format) {
        return Ingest.from(FileSource.of(file).as(format)).name("numbers").checkpoint(store);
    }

    /** Answers as told for each record. */
    private RecordSink<Row> sink(Function<String, WriteResult> answer) {
        return context ->
                new RecordWriter<>() {
                    @Override
                    public CompletionStage<WriteResult> write(RecordBatch<? extends Row> batch) {
                        String id = batch.record(0).get(0);
                        WriteResult result = answer.apply(id);
                        if (result.isDelivered()) {
                            for (int i = 0; i < batch.size(); i++) {
                                received.add(batch.record(i).get(0));
                            }
                        }
                        return CompletableFuture.completedFuture(result);
                    }

                    @Override
                    public void close() {}
                };
    }

    private RecordSink<Row> accepting() {
        return sink(id -> WriteResult.delivered());
    }

    /** Refuses everything once so many records are received. */
    private RecordSink<Row> acceptingUpTo(int records) {
        return sink(
                id ->
                        received.size() < records
                                ? WriteResult.delivered()
                                : failure(Action.ABORT, "HTTP 401"));
    }

    private static WriteResult failure(Action action, String kind) {
        return WriteResult.failed(
                new WriteFailure(action, kind, "on purpose"), PermitOutcome.ANSWERED);
    }

    @Test
    void a_run_that_failed_is_continued_and_reports_on_the_whole_job() {
        IngestReport first = numbers().to(acceptingUpTo(700)).start().await();
        assertThat(first.state()).isEqualTo(RunState.FAILED);
        long delivered = first.ledger().delivered();
        List<Progress> starts = new ArrayList<>();

        IngestReport second =
                numbers()
                        .listener(
                                new IngestListener() {
                                    @Override
                                    public void onStart(Progress progress) {
                                        starts.add(progress);
                                    }
                                })
                        .to(accepting())
                        .run();

        assertThat(second.state()).isEqualTo(RunState.COMPLETED);
        assertThat(second.runs()).isEqualTo(2);
        assertThat(second.ledger().delivered()).isEqualTo(RECORDS);
        assertThat(second.ledger().read()).isEqualTo(RECORDS);
        assertThat(received).hasSize(RECORDS).doesNotHaveDuplicates();
        assertThat(starts).singleElement().extracting(Progress::done).isEqualTo(delivered);
        assertThat(starts.get(0).readBytes()).isPositive();
        assertThat(second.toString()).contains("2 runs together");
    }

    @Test
    void a_completed_job_has_nothing_left_to_do_until_it_starts_over() {
        numbers().to(accepting()).run();

        IngestReport again = numbers().to(accepting()).run();
        assertThat(again.state()).isEqualTo(RunState.COMPLETED);
        assertThat(again.ledger().delivered()).isEqualTo(RECORDS);
        assertThat(received).hasSize(RECORDS);

        IngestReport over = numbers().startOver().to(accepting()).run();
        assertThat(over.runs()).isEqualTo(1);
        assertThat(received).hasSize(2 * RECORDS);
    }

    @Test
    void a_source_that_changed_is_refused_and_both_versions_are_named() throws IOException {
        numbers().to(acceptingUpTo(10)).start().await();
        Checkpoint kept = latest();
        write("another version");

        IngestReport report = numbers().to(accepting()).start().await();

        assertThat(report.state()).isEqualTo(RunState.FAILED);
        assertThat(report.failure())
                .containsInstanceOf(SourceChangedException.class)
                .get()
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith(
                        file
                                + " must stay at version "
                                + kept.splits().get(0).split().version()
                                + " until the job is completed, was ")
                .endsWith(
                        " when it was to go on; startOver() begins the job at the start of what is"
                                + " there now");
        assertThat(latest()).isEqualTo(kept);
    }

    /** Leaves record 3 undone among done ones. */
    private void leaveAHole(CsvFormat format) throws IOException {
        StringBuilder csv = new StringBuilder("id,text\n");
        for (int i = 0; i < 20; i++) {
            csv.append(i).append(i == 5 ? ",x\n# a,remark\n" : ",x\n");
        }
        Files.writeString(file, csv);
        StopSignal stop = StopSignal.create();
        IngestReport first =
                numbers(format)
                        .batchSize(1)
                        .maxInFlight(1)
                        .retry(RetryPolicy.exponential(Duration.ofHours(1), Duration.ofHours(1)))
                        .stopSignal(stop)
                        .to(
                                sink(
                                        id -> {
                                            if (id.equals("10")) {
                                                stop.stop();
                                            }
                                            return id.equals("3")
                                                    ? failure(Action.RETRY, "HTTP 503")
                                                    : WriteResult.delivered();
                                        }))
                        .start()
                        .await();
        assertThat(first.state()).isEqualTo(RunState.STOPPED);
        assertThat(received).contains("10").doesNotContain("3");
    }

    @Test
    void other_settings_are_refused_where_records_are_done_out_of_order() throws IOException {
        leaveAHole(Csv.withHeader());

        IngestReport second =
                numbers(Csv.withHeader().comment('#').charset(StandardCharsets.ISO_8859_1))
                        .to(accepting())
                        .start()
                        .await();

        assertThat(second.failure())
                .get()
                .asInstanceOf(InstanceOfAssertFactories.THROWABLE)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        "charset was the default, is ISO-8859-1; comment was the default, is U+0023;")
                .hasMessageContaining("startOver()");
    }

    @Test
    void other_settings_are_told_where_all_is_done_in_order() throws IOException {
        Files.writeString(file, "id,text\n1,x\n# a,remark\n2,x\n");
        numbers().batchSize(1).maxInFlight(1).to(acceptingUpTo(1)).start().await();
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(Opening.class);
        logger.addAppender(log);
        logger.setLevel(Level.WARN);
        try {
            for (int run = 0; run < 2; run++) { // it goes on, and then it is completed
                numbers(Csv.withHeader().comment('#')).to(accepting()).run();
            }
        } finally {
            logger.detachAppender(log);
            logger.setLevel(null);
        }
        assertThat(received).containsExactly("1", "2");
        assertThat(log.list)
                .filteredOn(event -> event.getLevel() == Level.WARN)
                .extracting(ILoggingEvent::getFormattedMessage)
                .satisfiesExactly(
                        first ->
                                assertThat(first)
                                        .contains(
                                                "comment was the default, is U+0023; what it did"),
                        second -> assertThat(second).contains("is U+0023; it is completed"));
    }

    @Test
    void a_completed_job_begins_anew_when_its_source_has_changed() throws IOException {
        numbers().to(accepting()).run();
        write("another version");

        IngestReport report = numbers().to(accepting()).run();

        assertThat(report.ledger().delivered()).isEqualTo(RECORDS);
        assertThat(received).hasSize(2 * RECORDS);
    }

    @Test
    void a_second_run_is_refused_while_the_first_lives() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CompletableFuture<WriteResult> held = new CompletableFuture<>();
        RecordSink<Row> holding =
                context ->
                        new RecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends Row> batch) {
                                reached.countDown();
                                return held.copy();
                            }

                            @Override
                            public void close() {}
                        };
        IngestRun first = numbers().to(holding).start();
        assertThat(reached.await(1, TimeUnit.MINUTES)).isTrue();

        IngestReport second = numbers().to(accepting()).start().await();
        assertThat(second.state()).isEqualTo(RunState.FAILED);
        assertThat(second.failure())
                .containsInstanceOf(CheckpointException.class)
                .get()
                .extracting(Throwable::getMessage)
                .asString()
                .contains("numbers", "another run");

        held.complete(WriteResult.delivered());
        first.stop();
        assertThat(first.await().state()).isEqualTo(RunState.STOPPED);
    }

    @Test
    void a_torn_checkpoint_is_named_and_starting_over_is_the_way_out() throws IOException {
        numbers().to(acceptingUpTo(10)).start().await();
        Path kept = directory.resolve("state").resolve("numbers.checkpoint");
        byte[] form = Files.readAllBytes(kept);
        Files.write(kept, java.util.Arrays.copyOf(form, form.length - 1));

        IngestReport report = numbers().to(accepting()).start().await();
        assertThat(report.failure())
                .containsInstanceOf(InvalidCheckpointException.class)
                .get()
                .extracting(Throwable::getMessage)
                .asString()
                .contains("numbers.checkpoint")
                .endsWith("; startOver() begins the job at the start of its source");
        assertThat(received).hasSizeLessThan(RECORDS);

        numbers().startOver().to(accepting()).run();
        assertThat(latest().completed()).isTrue();
    }

    /** The disk may be back a minute later, with a checkpoint that says what was sent. */
    @Test
    void starting_over_is_no_way_out_of_a_checkpoint_that_can_not_be_read() throws IOException {
        numbers().to(acceptingUpTo(10)).start().await();
        Path kept = directory.resolve("state").resolve("numbers.checkpoint");
        Files.delete(kept);
        Files.createSymbolicLink(kept, kept.getFileName());

        for (Ingest<Row> job : List.of(numbers(), numbers().startOver())) {
            IngestReport report = job.to(accepting()).start().await();
            assertThat(report.failure())
                    .get()
                    .extracting(Throwable::getMessage)
                    .asString()
                    .startsWith("the checkpoint of job 'numbers' can't be read from " + kept)
                    .doesNotContain("startOver()");
        }
        assertThat(received).hasSize(10);
    }

    @Test
    void a_store_that_fails_ends_the_run() {
        CheckpointStore failing =
                job ->
                        new CheckpointStore.Lease() {
                            private int saves;

                            @Override
                            public Optional<Checkpoint> latest() {
                                return Optional.empty();
                            }

                            @Override
                            public void save(Checkpoint checkpoint) {
                                if (saves++ > 0) {
                                    throw new CheckpointException("no space left", null);
                                }
                            }

                            @Override
                            public void clear() {}

                            @Override
                            public void close() {}
                        };

        IngestReport report =
                numbers()
                        .checkpoint(failing)
                        .maxUncheckpointed(100)
                        .to(accepting())
                        .start()
                        .await();

        assertThat(report.state()).isEqualTo(RunState.FAILED);
        assertThat(report.failure())
                .get()
                .extracting(Throwable::getMessage)
                .isEqualTo("no space left");
        assertThat(received).hasSizeLessThanOrEqualTo(100);
    }

    @Test
    void too_many_dead_letters_pause_the_run_and_it_goes_on_later() {
        RecordSink<DeadLetter> letters = DeadLetters.appendTo(directory.resolve("failed.ndjson"));
        IngestReport paused =
                numbers()
                        .deadLetters(letters)
                        .maxInFlight(4)
                        .to(sink(id -> failure(Action.DEAD_LETTER, "HTTP 400")))
                        .run();

        assertThat(paused.state()).isEqualTo(RunState.PAUSED);
        assertThat(paused.pauseReason()).get().asString().contains("maxDeadLetterShare 0.5");
        assertThat(paused.toJson()).contains("\"pauseReason\":\"dead letters must be");
        assertThat(paused.ledger().deadLettered()).isBetween(1_000L, 1_100L);

        IngestReport later = numbers().deadLetters(letters).to(accepting()).run();
        assertThat(later.state()).isEqualTo(RunState.COMPLETED);
        assertThat(later.ledger().delivered() + later.ledger().deadLettered()).isEqualTo(RECORDS);
    }

    @Test
    void a_count_of_dead_letters_pauses_too() {
        IngestReport paused =
                numbers()
                        .deadLetters(DeadLetters.appendTo(directory.resolve("failed.ndjson")))
                        .maxDeadLetters(3)
                        .maxInFlight(1)
                        .to(sink(id -> failure(Action.DEAD_LETTER, "HTTP 400")))
                        .run();

        assertThat(paused.state()).isEqualTo(RunState.PAUSED);
        assertThat(paused.pauseReason()).get().asString().contains("maxDeadLetters 3, were 4");
    }

    @Test
    void a_quota_that_is_used_up_pauses_the_run_instead_of_sleeping() {
        WriteResult tomorrow =
                failure(Action.RETRY, "HTTP 429").withRetryAfter(Duration.ofHours(20));
        IngestReport paused =
                numbers()
                        .rateLimit(RateLimiters.unlimited())
                        .maxRetryAfter(Duration.ofMinutes(5))
                        .to(sink(id -> received.size() < 5 ? WriteResult.delivered() : tomorrow))
                        .run();

        assertThat(paused.state()).isEqualTo(RunState.PAUSED);
        assertThat(paused.pauseReason())
                .get()
                .asString()
                .contains("maxRetryAfter 300 s", "72000 s");
        IngestReport later = numbers().to(accepting()).run();
        assertThat(later.ledger().delivered()).isEqualTo(RECORDS);
        assertThat(received).doesNotHaveDuplicates();
    }

    @Test
    void a_limit_is_kept_by_the_run_that_goes_on() {
        numbers().rateLimit(RateLimiters.perSecond(5_000)).to(acceptingUpTo(10)).start().await();
        PermitCounter limiter = new PermitCounter();

        numbers().rateLimit(limiter).to(accepting()).run();

        assertThat(limiter.resumed).isEqualTo(1);
    }

    @Test
    void a_run_with_nothing_left_to_do_leaves_the_limiter_alone() {
        numbers().to(accepting()).run();
        PermitCounter limiter = new PermitCounter();

        IngestReport second = numbers().rateLimit(limiter).to(accepting()).run();

        assertThat(second.state()).isEqualTo(RunState.COMPLETED);
        assertThat(limiter.resumed).isZero();
    }

    /** Grants all, and notes that it was told of what may be out. */
    private static final class PermitCounter implements io.ingest4j.api.RateLimiter {
        int resumed;
        boolean granted;

        @Override
        public long reserve(long cost, String key, long nowNanos) {
            granted = true;
            return GRANTED;
        }

        @Override
        public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {}

        @Override
        public void resume(String snapshot, Duration age, long nowNanos) {
            assertThat(granted).isFalse();
            resumed++;
        }
    }

    @Test
    void gathered_files_are_those_of_one_undisturbed_run() throws IOException {
        Path whole = directory.resolve("whole.csv");
        Path broken = directory.resolve("broken.csv");
        Path lines = directory.resolve("broken.ndjson");
        Ingest.from(FileSource.of(file).as(Csv.withHeader()))
                .to(FileSink.of(whole, Csv.withHeader().encoder()))
                .run();

        stopAndGoOn("csv", FileSink.of(broken, Csv.withHeader().encoder()));
        stopAndGoOn("ndjson", FileSink.of(lines, Json.lines()));

        assertThat(broken).hasSameBinaryContentAs(whole);
        assertThat(Files.readAllLines(lines)).hasSize(RECORDS);
        assertThat(directory).isDirectoryNotContaining("glob:**partial");
    }

    /** Every run is stopped after the first few of its records. */
    private void stopAndGoOn(String name, RecordSink<Row> sink) {
        int runs = 0;
        RunState state = RunState.STOPPED;
        while (state != RunState.COMPLETED) {
            int[] seen = {0};
            IngestRun[] run = new IngestRun[1];
            CountDownLatch started = new CountDownLatch(1);
            run[0] =
                    numbers()
                            .name(name)
                            .checkpointInterval(Duration.ofMillis(1))
                            .batchSize(7)
                            .filter(
                                    row -> {
                                        if (++seen[0] == 500) {
                                            await(started);
                                            run[0].stop();
                                        }
                                        return true;
                                    })
                            .to(sink)
                            .start();
            started.countDown();
            state = run[0].await().orThrow().state();
            runs++;
        }
        assertThat(runs).isBetween(2, 10);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void another_kind_of_sink_is_refused() {
        numbers().to(acceptingUpTo(10)).start().await();
        FileSink<Row> file = FileSink.of(directory.resolve("x.csv"), Csv.withHeader().encoder());
        RecordSink<Row> withoutIdentity = file::open;

        IngestReport report = numbers().to(withoutIdentity).start().await();

        assertThat(report.failure())
                .containsInstanceOf(CheckpointException.class)
                .get()
                .extracting(Throwable::getMessage)
                .asString()
                .contains("must be continued with the sink that it began with");
    }

    @Test
    void a_gathering_sink_is_not_left_for_another_either() {
        Path target = directory.resolve("x.csv");
        FileSink<Row> file = FileSink.of(target, Csv.withHeader().encoder());
        stopAfter(213, file::open); // without an identity, which would tell them apart before

        IngestReport report = numbers().to(accepting()).start().await();

        assertThat(report.failure())
                .containsInstanceOf(CheckpointException.class)
                .get()
                .extracting(Throwable::getMessage)
                .asString()
                .contains("sink that it began with, which gathered records");
        assertThat(received).isEmpty();
    }

    private void stopAfter(int records, RecordSink<Row> sink) {
        int[] seen = {0};
        numbers()
                .filter(
                        row -> {
                            if (++seen[0] > records) {
                                throw new IllegalStateException("enough");
                            }
                            return true;
                        })
                .to(sink)
                .start()
                .await();
    }

    @Test
    void a_mapper_that_always_fails_gives_up_few_records_before_the_run_pauses() {
        IngestReport paused =
                numbers()
                        .deadLetters(DeadLetters.appendTo(directory.resolve("failed.ndjson")))
                        .maxDeadLetters(10)
                        .map(
                                row -> {
                                    if (Integer.parseInt(row.get("id")) >= 50) {
                                        throw new IllegalStateException("on purpose");
                                    }
                                    return row;
                                })
                        .to(accepting())
                        .run();

        assertThat(paused.state()).isEqualTo(RunState.PAUSED);
        assertThat(paused.ledger().deadLettered()).isEqualTo(11);
    }

    @Test
    void a_run_that_starts_over_a_torn_checkpoint_takes_all_permits_as_spent() throws IOException {
        numbers().to(acceptingUpTo(10)).start().await();
        Files.writeString(directory.resolve("state").resolve("numbers.checkpoint"), "torn");
        PermitCounter limiter = new PermitCounter();

        numbers().startOver().rateLimit(limiter).to(accepting()).run();

        assertThat(limiter.resumed).isEqualTo(1);
    }

    /** A store that waits, loses its lease, and counts renewals. */
    private static final class WaitingStore implements CheckpointStore {
        final CountDownLatch acquiring = new CountDownLatch(1);
        final CountDownLatch acquired = new CountDownLatch(1);
        final CountDownLatch renewed = new CountDownLatch(1);
        volatile boolean held = true;

        @Override
        public Lease acquire(String job) {
            acquiring.countDown();
            await(acquired);
            return new Lease() {
                @Override
                public Optional<Checkpoint> latest() {
                    return Optional.empty();
                }

                @Override
                public void save(Checkpoint checkpoint) {}

                @Override
                public void renew() {
                    held = true;
                    renewed.countDown();
                }

                @Override
                public boolean isHeld() {
                    return held;
                }

                @Override
                public void clear() {}

                @Override
                public void close() {}
            };
        }
    }

    @Test
    void a_run_that_is_stopped_while_it_waits_for_its_job_reads_nothing() throws Exception {
        WaitingStore waiting = new WaitingStore();
        Files.delete(file); // planning would fail
        IngestRun run = numbers().checkpoint(waiting).to(accepting()).start();
        assertThat(waiting.acquiring.await(1, TimeUnit.MINUTES)).isTrue();

        run.stop();
        waiting.acquired.countDown();

        assertThat(run.await().state()).isEqualTo(RunState.STOPPED);
    }

    @Test
    void nothing_is_sent_while_the_lease_may_be_lost_and_it_is_renewed() throws Exception {
        WaitingStore waiting = new WaitingStore();
        waiting.held = false;
        waiting.acquired.countDown();

        IngestReport report = numbers().checkpoint(waiting).to(accepting()).run();

        assertThat(waiting.renewed.getCount()).isZero();
        assertThat(report.ledger().delivered()).isEqualTo(RECORDS);
    }

    @Test
    void what_hangs_on_the_end_may_wait_for_it() {
        IngestRun run = numbers().to(accepting()).start();

        RunState state =
                run.completion()
                        .thenApply(report -> run.isEnded() ? run.await().state() : report.state())
                        .toCompletableFuture()
                        .join();

        assertThat(state).isEqualTo(RunState.COMPLETED);
        assertThat(run.isEnded()).isTrue();
    }

    @Test
    void a_mapper_that_leaves_its_thread_interrupted_does_no_harm() {
        IngestReport report =
                numbers()
                        .filter(
                                row -> {
                                    Thread.currentThread().interrupt();
                                    return true;
                                })
                        .to(accepting())
                        .run();

        assertThat(report.ledger().delivered()).isEqualTo(RECORDS);
        assertThat(latest().completed()).isTrue();
    }

    @Test
    void a_gathering_sink_gets_nothing_while_a_record_is_being_given_up() {
        CompletableFuture<WriteResult> letter = new CompletableFuture<>();
        List<Integer> writesWhileWaiting = new ArrayList<>();
        int[] writes = {0};
        RecordSink<Row> gathering =
                context ->
                        new StatefulRecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends Row> batch) {
                                return CompletableFuture.completedFuture(
                                        writes[0]++ == 0
                                                ? failure(Action.DEAD_LETTER, "refused")
                                                : WriteResult.delivered());
                            }

                            @Override
                            public byte[] snapshot() {
                                return new byte[] {1};
                            }

                            @Override
                            public void finish() {}

                            @Override
                            public void close() {}
                        };
        RecordSink<DeadLetter> slow =
                context ->
                        new RecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends DeadLetter> batch) {
                                return letter;
                            }

                            @Override
                            public void close() {}
                        };
        IngestReport report =
                numbers()
                        .deadLetters(slow)
                        .progressInterval(Duration.ofMillis(1))
                        .listener(
                                new IngestListener() {
                                    @Override
                                    public void onProgress(Progress progress) {
                                        // Once in each turn of the loop, before it sends.
                                        if (writes[0] > 0 && writesWhileWaiting.size() < 5) {
                                            writesWhileWaiting.add(writes[0]);
                                        } else if (writes[0] > 0) {
                                            letter.complete(WriteResult.delivered());
                                        }
                                    }
                                })
                        .to(gathering)
                        .run();

        assertThat(writesWhileWaiting).containsOnly(1);
        assertThat(report.ledger().delivered()).isEqualTo(RECORDS - 1);
    }

    @Test
    void a_gathering_sink_is_asked_for_its_state_at_intervals_only() {
        int[] snapshots = {0};
        RecordSink<Row> gathering =
                context ->
                        new StatefulRecordWriter<>() {
                            @Override
                            public CompletionStage<WriteResult> write(
                                    RecordBatch<? extends Row> batch) {
                                return CompletableFuture.completedFuture(WriteResult.delivered());
                            }

                            @Override
                            public byte[] snapshot() {
                                snapshots[0]++;
                                return new byte[] {1};
                            }

                            @Override
                            public void finish() {}

                            @Override
                            public void close() {}
                        };

        IngestReport report =
                numbers()
                        .maxUncheckpointed(2)
                        .checkpointInterval(Duration.ofHours(1))
                        .to(gathering)
                        .run();

        assertThat(report.ledger().delivered()).isEqualTo(RECORDS);
        assertThat(snapshots[0]).isEqualTo(2); // before the first record and at the end
    }

    @Test
    void settings_are_checked() {
        assertThatThrownBy(() -> numbers().maxUncheckpointed(0))
                .hasMessage("maxUncheckpointed must be >= 1, was 0");
        assertThatThrownBy(
                        () -> numbers().batchSize(10).maxUncheckpointed(9).to(accepting()).start())
                .hasMessage("maxUncheckpointed must be >= batchSize 10, was 9");
        assertThatThrownBy(() -> numbers().checkpointInterval(Duration.ZERO))
                .hasMessageContaining("checkpointInterval must be > 0");
        assertThatThrownBy(() -> numbers().maxDeadLetterShare(1.5))
                .hasMessage("maxDeadLetterShare must be from 0 to 1, was 1.5");
        assertThatThrownBy(
                        () ->
                                Ingest.from(FileSource.of(file).as(Csv.withHeader()))
                                        .startOver()
                                        .to(accepting())
                                        .start())
                .hasMessage("startOver() must be used with checkpoint(...), was used without");
    }

    private Checkpoint latest() {
        try (CheckpointStore.Lease lease = store.acquire("numbers")) {
            return lease.latest().orElseThrow();
        }
    }
}
