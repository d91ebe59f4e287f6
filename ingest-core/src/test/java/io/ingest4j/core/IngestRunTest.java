package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestListener;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Position;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RunState;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.limit.RateLimiters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** The loop on real threads: what the simulation can't show. */
@Timeout(60)
class IngestRunTest {

    private final List<Long> received = Collections.synchronizedList(new ArrayList<>());
    private final List<DeadLetter> letters = Collections.synchronizedList(new ArrayList<>());

    private static SimulatedSource numbers(int count) {
        return new SimulatedSource(new SplittableRandom(1), 1, count, 100, 0, 0);
    }

    private RecordSink<Long> sink(Function<Long, WriteResult> answers) {
        return context ->
                new Writer<>(
                        batch -> {
                            WriteResult last = WriteResult.delivered();
                            for (int i = 0; i < batch.size(); i++) {
                                last = answers.apply(batch.record(i));
                                if (last.isDelivered()) {
                                    received.add(batch.record(i));
                                }
                            }
                            return CompletableFuture.completedFuture(last);
                        });
    }

    private RecordSink<Long> accepting() {
        return sink(record -> WriteResult.delivered());
    }

    private RecordSink<DeadLetter> letterSink() {
        return context ->
                new Writer<>(
                        batch -> {
                            for (int i = 0; i < batch.size(); i++) {
                                letters.add(batch.record(i));
                            }
                            return CompletableFuture.completedFuture(WriteResult.delivered());
                        });
    }

    private record Writer<T>(
            Function<RecordBatch<? extends T>, CompletionStage<WriteResult>> answers)
            implements RecordWriter<T> {

        @Override
        public CompletionStage<WriteResult> write(RecordBatch<? extends T> batch) {
            return answers.apply(batch);
        }

        @Override
        public void close() {}
    }

    private static WriteResult failure(Action action, String kind) {
        return WriteResult.failed(
                new WriteFailure(action, kind, "detail"), io.ingest4j.api.PermitOutcome.ANSWERED);
    }

    @Test
    void delivers_every_record_and_accounts_for_it() {
        IngestReport report = Ingest.from(numbers(10_000)).batchSize(7).to(accepting()).run();

        assertThat(report.state()).isEqualTo(RunState.COMPLETED);
        assertThat(received)
                .containsExactlyInAnyOrderElementsOf(LongStream.range(0, 10_000).boxed().toList());
        assertThat(report.ledger().delivered()).isEqualTo(10_000);
        assertThat(report.ledger().pending()).isZero();
    }

    @Test
    void requests_are_those_of_the_run_and_in_every_form_of_the_report() {
        AtomicLong puts = new AtomicLong(5); // made before
        RecordSink<Long> accepting = accepting();
        RecordSink<Long> counting =
                new RecordSink<>() {
                    @Override
                    public RecordWriter<Long> open(WriterContext context) throws IOException {
                        puts.addAndGet(3);
                        return accepting.open(context);
                    }

                    @Override
                    public Map<String, Long> requests() {
                        return Map.of("put", puts.get(), "head", 1L);
                    }
                };

        IngestReport report = Ingest.from(numbers(10)).to(counting).run();

        assertThat(report.ledger().requests()).isEqualTo(Map.of("put", 3L));
        assertThat(report.toJson()).contains("\"requests\":{\"put\":3}");
        assertThat(report.toString()).contains("requests    put 3");
    }

    @Test
    void mappers_and_filters_apply_in_order_and_count_what_they_leave_out() {
        List<String> texts = Collections.synchronizedList(new ArrayList<>());
        IngestReport report =
                Ingest.from(numbers(10))
                        .filter(number -> number % 2 == 0)
                        .map(number -> "n" + number)
                        .filter(text -> !text.equals("n4"))
                        .to(
                                (RecordSink<String>)
                                        context ->
                                                new Writer<>(
                                                        batch -> {
                                                            texts.add(batch.record(0));
                                                            return CompletableFuture
                                                                    .completedFuture(
                                                                            WriteResult
                                                                                    .delivered());
                                                        }))
                        .run();

        assertThat(texts).containsExactlyInAnyOrder("n0", "n2", "n6", "n8");
        assertThat(report.ledger().skipped()).isEqualTo(6);
    }

    @Test
    void a_failing_mapper_makes_a_dead_letter_of_its_record_only() {
        IngestReport report =
                Ingest.from(numbers(5))
                        .map(
                                number -> {
                                    if (number == 3) {
                                        throw new IllegalStateException("three");
                                    }
                                    return number;
                                })
                        .deadLetters(letterSink())
                        .to(accepting())
                        .run();

        assertThat(received).containsExactlyInAnyOrder(0L, 1L, 2L, 4L);
        assertThat(letters)
                .singleElement()
                .satisfies(
                        letter -> {
                            assertThat(letter.position().offset()).isEqualTo(3);
                            assertThat(letter.attempts()).isZero();
                            assertThat(letter.failure().toString())
                                    .contains("IllegalStateException", "three");
                            assertThat(
                                            StandardCharsets.US_ASCII
                                                    .decode(letter.raw().duplicate())
                                                    .toString())
                                    .isEqualTo("3");
                        });
        assertThat(report.errors())
                .singleElement()
                .satisfies(error -> assertThat(error.count()).isEqualTo(1));
    }

    @Test
    void a_record_that_is_given_up_fails_a_run_without_dead_letters() {
        IngestJob job =
                Ingest.from(numbers(5))
                        .to(
                                sink(
                                        number ->
                                                number == 2
                                                        ? failure(Action.DEAD_LETTER, "HTTP 400")
                                                        : WriteResult.delivered()));

        assertThatThrownBy(job::run)
                .isInstanceOf(RunFailedException.class)
                .hasCauseInstanceOf(BadRecordException.class)
                .hasMessageContaining("sim://source, record 2 at offset 2")
                .hasMessageContaining("HTTP 400: detail")
                .hasMessageContaining("deadLetters(...)")
                .satisfies(
                        e -> {
                            IngestReport report = ((RunFailedException) e).report();
                            assertThat(report.state()).isEqualTo(RunState.FAILED);
                            assertThat(report.ledger().pending()).isPositive();
                            assertThat(report.places().get(0).done().offset())
                                    .isLessThanOrEqualTo(2);
                        });
    }

    @Test
    void retries_until_it_succeeds_and_gives_up_after_the_last_attempt() {
        List<Long> failedOnce = Collections.synchronizedList(new ArrayList<>());
        IngestReport report =
                Ingest.from(numbers(4))
                        .retry(
                                RetryPolicy.exponential(Duration.ofNanos(1), Duration.ofNanos(1))
                                        .maxAttempts(3))
                        .deadLetters(letterSink())
                        .to(
                                sink(
                                        number -> {
                                            if (number == 1 && !failedOnce.contains(number)) {
                                                failedOnce.add(number);
                                                return failure(Action.RETRY, "HTTP 503");
                                            }
                                            return number == 2
                                                    ? failure(Action.RETRY, "HTTP 500")
                                                    : WriteResult.delivered();
                                        }))
                        .run();

        assertThat(report.ledger().delivered()).isEqualTo(3);
        assertThat(report.ledger().retries()).isEqualTo(3);
        assertThat(letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter.attempts()).isEqualTo(3));
        assertThat(report.errors())
                .extracting(IngestReport.ErrorCount::kind, IngestReport.ErrorCount::count)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("HTTP 503", 1L),
                        org.assertj.core.groups.Tuple.tuple("HTTP 500", 3L));
    }

    @Test
    void stop_reads_no_more_waits_for_what_is_in_flight_and_says_where()
            throws InterruptedException {
        CountDownLatch inFlight = new CountDownLatch(2);
        List<CompletableFuture<WriteResult>> answers =
                Collections.synchronizedList(new ArrayList<>());
        IngestRun run =
                Ingest.from(numbers(1_000))
                        .maxInFlight(2)
                        .to(
                                (RecordSink<Long>)
                                        context ->
                                                new Writer<>(
                                                        batch -> {
                                                            CompletableFuture<WriteResult> answer =
                                                                    new CompletableFuture<>();
                                                            answers.add(answer);
                                                            inFlight.countDown();
                                                            return answer;
                                                        }))
                        .start();
        inFlight.await();
        run.stop();
        assertThat(run.isEnded()).isFalse();
        answers.forEach(answer -> answer.complete(WriteResult.delivered()));

        IngestReport report = run.await();
        assertThat(report.state()).isEqualTo(RunState.STOPPED);
        assertThat(report.ledger().delivered()).isEqualTo(answers.size());
        assertThat(report.places().get(0).done().recordNumber()).isEqualTo(answers.size());
        assertThat(report.toString()).contains("STOPPED", "done up to", "sim://source");
    }

    @Test
    void an_interrupt_of_the_waiting_thread_stops_the_run() throws InterruptedException {
        CountDownLatch sent = new CountDownLatch(1);
        List<IngestReport> reports = Collections.synchronizedList(new ArrayList<>());
        List<Boolean> interrupted = Collections.synchronizedList(new ArrayList<>());
        IngestJob job =
                Ingest.from(numbers(10_000))
                        .rateLimit(RateLimiters.per(1, Duration.ofHours(1)))
                        .to(
                                sink(
                                        number -> {
                                            sent.countDown();
                                            return WriteResult.delivered();
                                        }));
        Thread waiting =
                new Thread(
                        () -> {
                            reports.add(job.run());
                            interrupted.add(Thread.interrupted());
                        });
        waiting.start();
        sent.await();
        waiting.interrupt();
        waiting.join();

        assertThat(reports)
                .singleElement()
                .satisfies(r -> assertThat(r.state()).isEqualTo(RunState.STOPPED));
        assertThat(interrupted).containsExactly(true);
    }

    @Test
    void a_stop_that_was_asked_for_before_the_start_sends_nothing_and_loses_nothing() {
        StopSignal stop = StopSignal.create();
        CheckpointStore store = CheckpointStores.inMemory();
        IngestJob job = Ingest.from(numbers(10)).name("early").to(accepting()).checkpoint(store);
        stop.stop();

        IngestReport stopped = job.stopSignal(stop).run();

        assertThat(stopped.state()).isEqualTo(RunState.STOPPED);
        assertThat(stopped.ledger().attempts()).isZero();
        assertThat(received).isEmpty();
        assertThat(job.stopSignal(StopSignal.create()).run().state()).isEqualTo(RunState.COMPLETED);
        assertThat(received).hasSize(10);
    }

    @Test
    void a_stop_signal_stops_all_runs_that_have_it_and_forgets_those_that_ended()
            throws InterruptedException {
        StopSignal stop = StopSignal.create();
        Ingest.from(numbers(3)).stopSignal(stop).to(accepting()).run();
        assertThat(stop.runs()).isZero();

        CountDownLatch sent = new CountDownLatch(2);
        List<IngestRun> runs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            runs.add(
                    Ingest.from(numbers(10_000))
                            .stopSignal(stop)
                            .rateLimit(RateLimiters.per(1, Duration.ofHours(1)))
                            .to(
                                    sink(
                                            number -> {
                                                sent.countDown();
                                                return WriteResult.delivered();
                                            }))
                            .start());
        }
        sent.await();
        assertThat(stop.runs()).isEqualTo(2);
        stop.stop();

        assertThat(runs)
                .allSatisfy(run -> assertThat(run.await().state()).isEqualTo(RunState.STOPPED));
        assertThat(stop.isGiven()).isTrue();
        assertThat(stop.runs()).isZero();
    }

    @Test
    void the_log_tells_job_state_and_counts_in_the_message() {
        Logger logger = (Logger) LoggerFactory.getLogger(RunLoop.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        try {
            CheckpointStore store = CheckpointStores.inMemory();
            IngestJob job =
                    Ingest.from(numbers(2_000))
                            .name("logged")
                            .to(
                                    sink(
                                            number ->
                                                    number % 200 == 0
                                                            ? failure(
                                                                    Action.DEAD_LETTER, "HTTP 400")
                                                            : WriteResult.delivered()))
                            .checkpoint(store);
            job.deadLetters(letterSink()).run();
            job.run();
            Ingest.from(numbers(1))
                    .name("broken")
                    .to(sink(number -> failure(Action.ABORT, "HTTP 401")))
                    .start()
                    .await();
        } finally {
            logger.setAdditive(true);
            logger.setLevel(null);
            logger.detachAppender(log);
        }
        String ledger = "read 2,000 = delivered 1,990 + dead-lettered 10 + skipped 0 + pending 0";
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .contains("job logged: run starts", "job logged: run ended COMPLETED, " + ledger)
                .anyMatch(
                        line ->
                                line.startsWith("job logged: nothing to do, completed on 2")
                                        && line.endsWith("the source has not changed since"))
                .anyMatch(
                        line ->
                                line.matches(
                                        "job broken: run ended FAILED, read 1 = .*HTTP 401.*"));
    }

    @Test
    void a_source_that_can_not_be_opened_fails_the_run_with_its_reason() {
        SimulatedSource broken = new SimulatedSource(new SplittableRandom(1), 1, 10, 1, 0, 1);

        assertThatThrownBy(() -> Ingest.from(broken).name("job-7").to(accepting()).run())
                .isInstanceOf(RunFailedException.class)
                .hasCauseInstanceOf(IOException.class)
                .hasMessageContaining("job-7 failed")
                .hasMessageContaining("planning failed");
    }

    @Test
    void a_listener_that_throws_errors_changes_nothing_and_is_logged_once() {
        IngestListener rude =
                new IngestListener() {
                    @Override
                    public void onStart(Progress progress) {
                        throw new AssertionError("start");
                    }

                    @Override
                    public void onEnd(RunState state, Progress progress) {
                        throw new AssertionError("end");
                    }
                };
        Logger logger = (Logger) LoggerFactory.getLogger(Audience.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.WARN);
        logger.setAdditive(false);
        try {
            assertThat(Ingest.from(numbers(3)).listener(rude).to(accepting()).run().state())
                    .isEqualTo(RunState.COMPLETED);
        } finally {
            logger.setAdditive(true);
            logger.setLevel(null);
            logger.detachAppender(log);
        }
        assertThat(log.list)
                .filteredOn(
                        event -> event.getFormattedMessage().contains(rude.getClass().getName()))
                .hasSize(1);
    }

    @Test
    void a_sink_that_throws_an_error_fails_the_run_and_ends_it() {
        IngestJob job =
                Ingest.from(numbers(3))
                        .to(
                                sink(
                                        number -> {
                                            throw new StackOverflowError("on purpose");
                                        }));

        IngestReport report = job.start().await();
        assertThat(report.state()).isEqualTo(RunState.FAILED);
        assertThat(report.failure().orElseThrow())
                .hasMessageContaining("StackOverflowError: on purpose");
    }

    @Test
    void a_cost_that_the_limiter_never_grants_is_refused_before_the_run() {
        IngestJob job =
                Ingest.from(numbers(10))
                        .batchSize(10)
                        .costPerRecord()
                        .rateLimit(RateLimiters.perSecond(5))
                        .to(accepting());

        assertThatThrownBy(job::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("batchSize must be <= 5 where each record costs a permit");
    }

    @Test
    void the_permits_of_a_run_that_broke_come_back_to_those_who_share_the_limiter() {
        RateLimiter shared = RateLimiters.per(1, Duration.ofNanos(1)).lateArrival(Duration.ZERO);
        IngestJob broken =
                Ingest.from(numbers(10))
                        .map(
                                number -> {
                                    if (number == 1) {
                                        throw new StackOverflowError("on purpose");
                                    }
                                    return number;
                                })
                        .rateLimit(shared)
                        .to(
                                (RecordSink<Long>)
                                        context ->
                                                new Writer<>(batch -> new CompletableFuture<>()));
        assertThat(broken.start().await().failure()).containsInstanceOf(StackOverflowError.class);

        Ingest.from(numbers(3)).rateLimit(shared).to(accepting()).run();

        assertThat(received).hasSize(3);
    }

    @Test
    void a_permit_is_asked_for_at_a_time_after_the_mappers_ran() {
        AtomicLong mapped = new AtomicLong(System.nanoTime());
        AtomicInteger early = new AtomicInteger();
        RateLimiter spy =
                new RateLimiter() {
                    @Override
                    public long reserve(long cost, String key, long nowNanos) {
                        early.addAndGet(nowNanos - mapped.get() < 0 ? 1 : 0);
                        return GRANTED;
                    }

                    @Override
                    public void close(long cost, String key, PermitOutcome outcome, long now) {}
                };

        Ingest.from(numbers(100))
                .map(
                        number -> {
                            mapped.set(System.nanoTime());
                            return number;
                        })
                .batchSize(1)
                .rateLimit(spy)
                .to(accepting())
                .run();

        assertThat(received).hasSize(100);
        assertThat(early).hasValue(0);
    }

    @Test
    void a_receiver_that_refuses_everything_is_reported_once() {
        IngestJob job =
                Ingest.from(numbers(5_000))
                        .batchSize(1_000)
                        .to(sink(number -> failure(Action.ABORT, "HTTP 401")));

        IngestReport report = job.start().await();
        assertThat(report.failure().orElseThrow())
                .hasMessageContaining("HTTP 401")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSizeLessThanOrEqualTo(10));
    }

    @Test
    void a_dead_letter_sink_that_never_answers_is_cancelled_and_fails_the_run() {
        CompletableFuture<WriteResult> never = new CompletableFuture<>();
        IngestJob job =
                Ingest.from(numbers(1))
                        .attemptTimeout(Duration.ofMillis(1))
                        .deadLetters(context -> new Writer<>(batch -> never))
                        .to(sink(number -> failure(Action.DEAD_LETTER, "HTTP 400")));

        assertThatThrownBy(job::run)
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("the dead-letter sink must take every record")
                .hasMessageContaining("no result after")
                .hasMessageContaining("HTTP 400");
        assertThat(never).isCancelled();
    }

    @Test
    void a_result_that_comes_as_its_deadline_passes_counts() {
        AtomicInteger attempts = new AtomicInteger();
        IngestReport report =
                Ingest.from(numbers(1))
                        .attemptTimeout(Duration.ofMillis(1))
                        .retry(RetryPolicy.none())
                        .to(
                                (RecordSink<Long>)
                                        context ->
                                                new Writer<>(
                                                        batch -> {
                                                            attempts.incrementAndGet();
                                                            return new DoneWhenCancelled();
                                                        }))
                        .run();

        assertThat(report.ledger().delivered()).isEqualTo(1);
        assertThat(attempts).hasValue(1);
        assertThat(report.errors()).isEmpty();
    }

    private static final class DoneWhenCancelled extends CompletableFuture<WriteResult> {

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            complete(WriteResult.delivered());
            return super.cancel(mayInterruptIfRunning);
        }
    }

    @Test
    void letters_that_the_dead_letter_sink_took_are_done_though_it_refused_others() {
        List<DeadLetter> told = Collections.synchronizedList(new ArrayList<>());
        IngestListener listener =
                new IngestListener() {
                    @Override
                    public void onDeadLetter(DeadLetter letter) {
                        told.add(letter);
                    }
                };
        WriteResult half =
                WriteResult.perRecord(
                        List.of(
                                Optional.empty(),
                                Optional.of(
                                        new WriteFailure(Action.RETRY, "disk full", "no room"))));
        IngestReport report =
                Ingest.from(numbers(2))
                        .batchSize(2)
                        .listener(listener)
                        .deadLetters(context -> new Writer<>(batch -> take(batch.size(), half)))
                        .to(sink(number -> failure(Action.DEAD_LETTER, "HTTP 400")))
                        .start()
                        .await();

        assertThat(report.state()).isEqualTo(RunState.FAILED);
        assertThat(report.ledger().deadLettered()).isEqualTo(1);
        assertThat(told).singleElement().satisfies(l -> assertThat(l.position().offset()).isZero());
        assertThat(report.failure().orElseThrow())
                .hasMessageContaining("disk full")
                .hasMessageContaining("record 1 at offset 1");
    }

    private static CompletionStage<WriteResult> take(int size, WriteResult ofTwo) {
        return CompletableFuture.completedFuture(size == 2 ? ofTwo : WriteResult.delivered());
    }

    @Test
    void what_the_dead_letter_sink_threw_is_the_cause() {
        IllegalStateException thrown = new IllegalStateException("disk full");
        IngestReport report =
                Ingest.from(numbers(1))
                        .deadLetters(
                                context ->
                                        new Writer<>(
                                                batch -> {
                                                    throw thrown;
                                                }))
                        .to(sink(number -> failure(Action.DEAD_LETTER, "HTTP 400")))
                        .start()
                        .await();

        assertThat(report.failure().orElseThrow())
                .hasCause(thrown)
                .hasMessageContaining("IllegalStateException: disk full");
    }

    @Test
    void a_stopped_run_does_not_wait_for_letters_beyond_its_deadline() throws Exception {
        CompletableFuture<WriteResult> never = new CompletableFuture<>();
        CountDownLatch handed = new CountDownLatch(1);
        IngestRun run =
                Ingest.from(numbers(1))
                        .stopTimeout(Duration.ofMillis(1))
                        .deadLetters(
                                context ->
                                        new Writer<>(
                                                batch -> {
                                                    handed.countDown();
                                                    return never;
                                                }))
                        .to(sink(number -> failure(Action.DEAD_LETTER, "HTTP 400")))
                        .start();
        handed.await();
        run.stop();

        IngestReport report = run.await();
        assertThat(report.state()).isEqualTo(RunState.STOPPED);
        assertThat(report.ledger().pending()).isEqualTo(1);
        assertThat(never).isCancelled();
    }

    @Test
    void less_is_asked_for_once_a_batch_weighs_more_than_expected() {
        SimulatedSource heavy =
                new SimulatedSource(new SplittableRandom(7), 1, 50_000, 1_000, 0, 0);
        heavy.weight = 9;
        Ingest.from(heavy).batchSize(1_000).maxBufferedBytes(4 << 20).to(accepting()).run();

        List<Long> asked = heavy.askedBytes;
        assertThat(received).hasSize(50_000);
        assertThat(asked.get(0)).isEqualTo((1 << 20) / 4);
        assertThat(asked.get(asked.size() - 1)).isEqualTo((1 << 20) / 9);
        assertThat(Collections.min(asked)).isEqualTo((1 << 20) / 9);
    }

    @Test
    void as_many_splits_are_read_at_a_time_as_there_are_readers() {
        Gathering source = new Gathering(8);

        IngestReport report =
                Ingest.from(source).readers(8).maxBufferedBytes(64 << 10).to(accepting()).run();

        assertThat(source.together).as("reads that met all others").hasValue(8);
        assertThat(report.ledger().delivered()).isEqualTo(8 * 100);
    }

    /** Each reader's first read waits until so many readers read. */
    private static final class Gathering implements RecordSource<Long> {
        private static final long serialVersionUID = 1;
        private final SimulatedSource source;
        private final transient CountDownLatch reading;
        final AtomicInteger together = new AtomicInteger();

        Gathering(int splits) {
            source = new SimulatedSource(new SplittableRandom(1), splits, 100, 50, 0, 0);
            reading = new CountDownLatch(splits);
        }

        @Override
        public List<SourceSplit> splits(int wanted) throws IOException {
            return source.splits(wanted);
        }

        @Override
        public RecordReader<Long> open(SourceSplit split, Position from) throws IOException {
            RecordReader<Long> reader;
            synchronized (source) {
                reader = source.open(split, from);
            }
            AtomicBoolean waited = new AtomicBoolean();
            return new RecordReader<>() {
                @Override
                public Optional<SourceBatch<Long>> read(int maxRecords, long maxBytes)
                        throws IOException {
                    reading.countDown();
                    if (!waited.getAndSet(true) && meetsOthers()) {
                        together.incrementAndGet();
                    }
                    synchronized (source) {
                        return reader.read(maxRecords, maxBytes);
                    }
                }

                @Override
                public Position position() {
                    return reader.position();
                }

                @Override
                public void wakeup() {
                    reader.wakeup();
                }

                @Override
                public void close() throws IOException {
                    synchronized (source) {
                        reader.close();
                    }
                }
            };
        }

        private boolean meetsOthers() {
            try {
                return reading.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void a_dead_letter_sink_gets_no_more_letters_at_a_time_than_it_takes() {
        List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
        RecordSink<DeadLetter> ones =
                new RecordSink<>() {
                    @Override
                    public RecordWriter<DeadLetter> open(WriterContext context) {
                        return new Writer<>(
                                batch -> {
                                    sizes.add(batch.size());
                                    return CompletableFuture.completedFuture(
                                            WriteResult.delivered());
                                });
                    }

                    @Override
                    public int maxBatchSize() {
                        return 2;
                    }
                };

        IngestReport report =
                Ingest.from(numbers(5))
                        .batchSize(5)
                        .deadLetters(ones)
                        .to(sink(number -> failure(Action.DEAD_LETTER, "HTTP 400")))
                        .run();

        assertThat(report.ledger().deadLettered()).isEqualTo(5);
        assertThat(sizes).allMatch(size -> size <= 2);
    }

    @Test
    void threads_end_with_the_run() {
        Ingest.from(numbers(100)).name("threads-end").to(accepting()).run();

        org.awaitility.Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(Thread.getAllStackTraces().keySet())
                                        .extracting(Thread::getName)
                                        .noneMatch(
                                                name -> name.startsWith("ingest4j-threads-end")));
    }

    @Test
    void the_plan_tells_the_floor_in_time_and_the_concurrency_that_it_needs() throws IOException {
        IngestPlan plan =
                Ingest.from(numbers(10_000))
                        .batchSize(10)
                        .maxInFlight(1_000)
                        .rateLimit(RateLimiters.perSecond(100))
                        .to(accepting())
                        .plan(Duration.ofMillis(200));

        assertThat(plan.estimatedRecords()).isEqualTo(10_000);
        assertThat(plan.recordsPerSecond()).isBetween(830.0, 834.0);
        assertThat(plan.neededInFlight()).isEqualTo(17);
        assertThat(plan.shortest()).isBetween(Duration.ofSeconds(11), Duration.ofSeconds(13));
        assertThat(plan.toString()).contains("10,000", "AT_SERVER");
        assertThat(received).isEmpty();
    }

    @Test
    void the_report_is_valid_json_with_every_figure() {
        String json = Ingest.from(numbers(10)).to(accepting()).run().toJson();

        assertThat(json)
                .startsWith("{\"job\":\"ingest\",\"state\":\"COMPLETED\"")
                .contains(
                        "\"records\":{\"read\":10,\"delivered\":10,\"deadLettered\":0,\"skipped\":0,\"pending\":0}")
                .contains(
                        "\"attempts\":10",
                        "\"averagePerSecond\":",
                        "\"meanLatencySeconds\":",
                        "\"errors\":[]")
                .contains("\"doneUpTo\":[{\"source\":\"sim://source\",\"version\":\"v1\"");
    }
}
