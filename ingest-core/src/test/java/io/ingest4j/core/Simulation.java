package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestListener;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RunState;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.limit.RateLimiters;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One whole run on virtual time, everything about it drawn from a seed: source, sink, faults, limit,
 * settings and stops. Checks while it runs and at the end; the trace tells whether two are the same.
 */
final class Simulation {

    private static final long MILLI = 1_000_000;
    private static final int MOST_STEPS = 2_000_000;

    final SplittableRandom random;
    final SimulatedTime time;
    final SimulatedSource source;
    final SimulatedSink sink;
    final Job<Long, Long> job;
    final RunLoop<Long, Long> loop;
    final Set<Long> deadLetters = new HashSet<>();
    final boolean stateful;
    final int limit;
    final boolean limited;
    long trace;
    boolean stopAsked;

    private final Mailbox mailbox = new Mailbox();
    private final long skipEvery;
    private final double letterFailure;
    private int lettersClosed;
    private int lettersOpened;

    Simulation(long seed) {
        random = new SplittableRandom(seed);
        time =
                new SimulatedTime(
                        random.nextInt(3) == 0
                                ? Long.MAX_VALUE - random.nextLong(2_000 * MILLI)
                                : random.nextLong());
        boolean harsh = random.nextInt(3) == 0;
        source =
                new SimulatedSource(
                        random.split(),
                        1 + random.nextInt(4),
                        random.nextInt(60),
                        1 + random.nextInt(4_000),
                        random.nextInt(3) == 0 ? 0.05 : 0,
                        harsh && random.nextInt(3) == 0 ? 0.02 : 0);
        stateful = random.nextInt(6) == 0;
        long maxLatency = 1 + random.nextLong(50 * MILLI);
        Duration lateArrival = Duration.ofNanos(maxLatency);
        Duration period = Duration.ofMillis(1 + random.nextInt(300));
        boolean costPerRecord = random.nextInt(4) == 0;
        int batchSize = 1 + random.nextInt(random.nextBoolean() ? 3 : 20);
        limit = (costPerRecord ? batchSize : 1) + random.nextInt(20);
        limited = random.nextInt(4) > 0;
        sink =
                new SimulatedSink(
                        time,
                        random.split(),
                        faults(harsh),
                        random.nextInt(3) * random.nextDouble() * 0.4,
                        maxLatency,
                        lateArrival,
                        period,
                        stateful,
                        costPerRecord);
        RateLimiter limiter =
                limited
                        ? RateLimiters.per(limit, period).lateArrival(lateArrival)
                        : RateLimiters.unlimited();
        skipEvery = random.nextInt(3) == 0 ? 2 + random.nextLong(5) : Long.MAX_VALUE;
        letterFailure = harsh ? 0.05 * random.nextInt(2) : 0;
        boolean withLetters = random.nextInt(4) > 0;
        job =
                new Job<>(
                        "simulation",
                        source,
                        this::transform,
                        sink,
                        withLetters ? this::openLetters : null,
                        batchSize,
                        limiter,
                        costPerRecord,
                        1 + random.nextInt(8),
                        1 + random.nextInt(3),
                        64 << 10,
                        RetryPolicy.exponential(
                                        Duration.ofMillis(1 + random.nextInt(20)),
                                        Duration.ofMillis(100))
                                .maxAttempts(1 + random.nextInt(12)),
                        Duration.ofNanos(maxLatency / 2 + 1 + random.nextLong(3 * maxLatency)),
                        Duration.ofMillis(random.nextInt(300)),
                        Duration.ofMillis(10 + random.nextInt(200)),
                        Resumption.NONE,
                        PauseRules.STANDARD,
                        List.of(new Traced()));
        SplittableRandom lanes = random.split();
        loop =
                new RunLoop<>(
                        job,
                        new Surroundings(
                                time,
                                () -> Instant.EPOCH.plusNanos(time.elapsed()),
                                random.split(),
                                name -> time.openLane(lanes, 5 * MILLI)),
                        mailbox);
        planInterventions();
    }

    private List<SimulatedSink.Fault> faults(boolean harsh) {
        List<SimulatedSink.Fault> chosen = new ArrayList<>();
        for (SimulatedSink.Fault fault : SimulatedSink.Fault.values()) {
            boolean breaksTheRun = fault.compareTo(SimulatedSink.Fault.NULL_STAGE) >= 0;
            boolean possible = !stateful || fault != SimulatedSink.Fault.SOME_RECORDS;
            boolean allowed = possible && (!breaksTheRun || (harsh && random.nextInt(4) == 0));
            if (allowed && random.nextBoolean()) {
                chosen.add(fault);
            }
        }
        return chosen;
    }

    private Object transform(Object record) {
        return (Long) record % skipEvery == skipEvery - 1 ? null : record;
    }

    private RecordWriter<DeadLetter> openLetters(WriterContext context) {
        lettersOpened++;
        return new RecordWriter<>() {
            @Override
            public CompletionStage<WriteResult> write(RecordBatch<? extends DeadLetter> batch) {
                if (random.nextDouble() < letterFailure) {
                    return CompletableFuture.failedFuture(new IOException("no letters today"));
                }
                CompletableFuture<WriteResult> stage = new CompletableFuture<>();
                time.in(
                        random.nextLong(3 * MILLI),
                        () -> {
                            for (int i = 0; i < batch.size(); i++) {
                                if (!deadLetters.add(batch.record(i).position().offset())) {
                                    throw new AssertionError(
                                            "the same letter twice: " + batch.record(i));
                                }
                            }
                            stage.complete(WriteResult.delivered());
                        });
                return stage;
            }

            @Override
            public void close() {
                lettersClosed++;
            }
        };
    }

    private void planInterventions() {
        if (random.nextInt(5) == 0) {
            time.in(
                    random.nextLong(300 * MILLI),
                    () ->
                            mailbox.post(
                                    () -> {
                                        stopAsked = true;
                                        loop.stop(RunState.STOPPED);
                                    }));
        }
        if (random.nextInt(5) == 0) {
            long at = random.nextLong(200 * MILLI);
            time.in(at, () -> mailbox.post(() -> loop.hold(true)));
            time.in(at + random.nextLong(500 * MILLI), () -> mailbox.post(() -> loop.hold(false)));
        }
    }

    IngestReport run() {
        loop.start();
        for (int steps = 0; !loop.hasEnded(); steps++) {
            if (steps > MOST_STEPS) {
                throw new AssertionError("the run does not end: " + loop.progress());
            }
            long wait = loop.step();
            check();
            if (!loop.hasEnded() && wait > 0) {
                time.advance(wait);
            }
        }
        checkEnd();
        return loop.report();
    }

    private void note(long value) {
        trace = trace * 31 + value + time.elapsed();
    }

    private void check() {
        if (loop.bufferedBytes() > job.maxBufferedBytes() + source.maxRecordBytes) {
            throw new AssertionError(loop.bufferedBytes() + " bytes are buffered");
        }
        if (sink.mostUnderWay > (stateful ? 1 : job.maxInFlight())) {
            throw new AssertionError(sink.mostUnderWay + " requests under way");
        }
        if (loop.pending() != loop.recordsHeld()) {
            throw new AssertionError(
                    loop.pending() + " pending, but " + loop.recordsHeld() + " held");
        }
    }

    private void checkEnd() {
        IngestReport report = loop.report();
        Progress ledger = report.ledger();
        assertThat(ledger.pending()).as("pending = records held").isEqualTo(loop.recordsHeld());
        assertThat(ledger.pending()).isNotNegative();
        assertThat(ledger.delivered()).isLessThanOrEqualTo(sink.acknowledged.size());
        assertThat(ledger.deadLettered()).isLessThanOrEqualTo(deadLetters.size());
        assertThat(sink.opened).isLessThanOrEqualTo(1);
        assertThat(sink.closed).isEqualTo(sink.opened);
        assertThat(lettersClosed).isEqualTo(lettersOpened);
        if (limited && job.limiter().guarantee() == RateLimiter.Guarantee.AT_SERVER) {
            sink.arrivals.assertAtMost(limit);
        }
        if (report.state() == RunState.COMPLETED) {
            checkCompleted(ledger);
        } else {
            assertThat(stopAsked || report.failure().isPresent()).as("a reason to end").isTrue();
        }
        checkPlaces(report);
        settle();
        assertThat(source.openReaders).as("open readers").isZero();
        assertThat(time.openLanes()).as("open lanes").isZero();
    }

    private void checkCompleted(Progress ledger) {
        assertThat(report().failure()).isEmpty();
        assertThat(sink.broken).isFalse();
        assertThat(ledger.read()).isEqualTo(source.records());
        assertThat(ledger.pending()).isZero();
        assertThat(source.releasedBatches).isEqualTo(source.returnedBatches);
        assertThat(sink.finished).isEqualTo(stateful ? 1 : 0);
        assertThat(ledger.deadLettered()).isEqualTo(deadLetters.size());
        long lost = 0;
        for (long record = 0; record < source.records(); record++) {
            lost += isDone(record) ? 0 : 1;
        }
        assertThat(lost).as("records lost").isZero();
        if (stateful) {
            assertThat(sink.order.stream().distinct().toList())
                    .as("order of first deliveries")
                    .isSorted();
        }
    }

    private IngestReport report() {
        return loop.report();
    }

    /** Everything before the reported places is done, or was at some time acknowledged. */
    private void checkPlaces(IngestReport report) {
        for (IngestReport.Place place : report.places()) {
            for (long record = place.split().start(); record < place.done().offset(); record++) {
                assertThat(isDone(record)).as("record %s before %s", record, place).isTrue();
            }
        }
    }

    private boolean isDone(long record) {
        return sink.acknowledged.containsKey(record)
                || deadLetters.contains(record)
                || transform(record) == null;
    }

    /** Lets lanes that were too slow for the stop timeout come to their end. */
    private void settle() {
        for (int i = 0; i < 1_000 && time.openLanes() > 0; i++) {
            time.advance(10 * MILLI);
        }
    }

    private final class Traced implements IngestListener {
        @Override
        public void onProgress(Progress progress) {
            note(progress.read() * 7 + progress.delivered());
        }

        @Override
        public void onRetry(int records, io.ingest4j.api.WriteFailure failure, Duration delay) {
            note(delay.toNanos());
        }

        @Override
        public void onDeadLetter(DeadLetter letter) {
            note(letter.position().offset());
            throw new IllegalStateException("listeners may throw");
        }

        @Override
        public void onEnd(RunState state, Progress progress) {
            note(state.name().length());
        }
    }
}
