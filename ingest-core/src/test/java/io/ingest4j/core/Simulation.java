package io.ingest4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestListener;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.RunState;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.core.loop.Mailbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/**
 * One whole job on virtual time, everything about it drawn from a seed: source, sink, faults, limit,
 * settings and stops; and, if it keeps checkpoints, crashes at any instant, after which another process
 * goes on. Checks while it runs and at the end; the trace tells whether two are the same.
 */
final class Simulation {

    private static final long MILLI = 1_000_000;
    private static final Duration BUDGET_PERIOD = Duration.ofSeconds(70);
    private static final int MOST_STEPS = 2_000_000;

    /** From the last life on nothing fails and nobody crashes, so the job must come to its end. */
    private static final int LIVES = 12;

    final SplittableRandom random;
    final SimulatedTime time;
    final SimulatedSource source;
    final SimulatedSink sink;
    final SimulatedStore store;
    final boolean resumes;
    final Set<Long> deadLetters = new HashSet<>();
    final boolean stateful;
    long trace;
    int crashes;
    private final Neighbour neighbour;

    /** What a quota of somebody else's was asked for, if the limit is composed with one. */
    private long quotaSpent;

    private final boolean withQuota;
    private int lives = 1;
    private final Map<RunState, Integer> ends = new EnumMap<>(RunState.class);

    private final Job<Long, Long> first;
    private final int limit;
    private final boolean limited;

    /** So many in a period that is too long to be sat out; 0 for any number. */
    private final int budget;

    private final Duration period;
    private final Duration lateArrival;
    private final long skipEvery;
    private final long letterDelay;
    private double letterFailure;
    private Set<Long> lettersNow = new HashSet<>();

    // Of the process that lives now
    private Job<Long, Long> job;
    private RunLoop<Long, Long> loop;
    private Mailbox mailbox = new Mailbox();
    private boolean stopAsked;
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
                        1 + random.nextInt(random.nextInt(4) == 0 ? 12 : 4),
                        random.nextInt(60),
                        1 + random.nextInt(4_000),
                        random.nextInt(3) == 0 ? 0.05 : 0,
                        harsh && random.nextInt(3) == 0 ? 0.02 : 0);
        source.version = random.nextInt(8) == 0 ? "" : "v1";
        stateful = random.nextInt(6) == 0;
        resumes = random.nextInt(3) > 0;
        store = new SimulatedStore(random.split(), harsh && random.nextInt(3) == 0 ? 0.05 : 0);
        long maxLatency = 1 + random.nextLong(50 * MILLI);
        lateArrival = Duration.ofNanos(maxLatency);
        period = Duration.ofMillis(1 + random.nextInt(300));
        boolean costPerRecord = random.nextInt(4) == 0;
        int batchSize = 1 + random.nextInt(random.nextBoolean() ? 3 : 20);
        limit = (costPerRecord ? batchSize : 1) + random.nextInt(20);
        limited = random.nextInt(4) > 0;
        budget = random.nextInt(30) == 0 ? limit + random.nextInt(300) : 0;
        withQuota = limited && random.nextInt(6) == 0;
        neighbour = new Neighbour(random.split(), limited && random.nextInt(3) == 0);
        sink =
                new SimulatedSink(
                        time,
                        random.split(),
                        faults(harsh),
                        random.nextInt(3) * random.nextDouble() * 0.4,
                        maxLatency,
                        lateArrival,
                        period,
                        BUDGET_PERIOD,
                        stateful,
                        costPerRecord);
        skipEvery = random.nextInt(3) == 0 ? 2 + random.nextLong(5) : Long.MAX_VALUE;
        letterDelay = (1 + random.nextInt(40)) * MILLI;
        letterFailure = harsh ? 0.05 * random.nextInt(2) : 0;
        boolean withLetters = random.nextInt(4) > 0;
        first =
                new Job<>(
                        "simulation",
                        source,
                        this::transform,
                        sink,
                        withLetters ? this::openLetters : null,
                        batchSize,
                        limiter(),
                        costPerRecord,
                        1 + random.nextInt(8),
                        1 + random.nextInt(random.nextInt(4) == 0 ? 8 : 3),
                        64 << 10,
                        RetryPolicy.exponential(
                                        Duration.ofMillis(1 + random.nextInt(20)),
                                        Duration.ofMillis(100))
                                .maxAttempts(1 + random.nextInt(12)),
                        Duration.ofNanos(maxLatency / 2 + 1 + random.nextLong(3 * maxLatency)),
                        Duration.ofMillis(random.nextInt(300)),
                        Duration.ofMillis(10 + random.nextInt(200)),
                        resumes ? resumption(batchSize) : Resumption.NONE,
                        pauseRules(),
                        List.of(new Traced()));
        job = first;
        loop = newLoop();
    }

    private Resumption resumption(int batchSize) {
        return new Resumption(
                store,
                Duration.ofMillis(1 + random.nextInt(100)),
                batchSize + random.nextInt(60),
                false,
                "source",
                "sink");
    }

    private PauseRules pauseRules() {
        return new PauseRules(
                random.nextInt(4) == 0 ? 5 : Long.MAX_VALUE,
                1,
                Duration.ofMillis(random.nextInt(4) == 0 ? 150 : 1_000_000));
    }

    private RateLimiter limiter() {
        if (!limited) {
            return RateLimiters.unlimited();
        }
        RateLimiter shortTerm = RateLimiters.per(limit, period).lateArrival(lateArrival);
        RateLimiter all =
                budget == 0
                        ? shortTerm
                        : RateLimiters.all(
                                shortTerm,
                                RateLimiters.per(budget, BUDGET_PERIOD)
                                        .lateArrival(lateArrival)
                                        .catchUp(BUDGET_PERIOD));
        return withQuota ? RateLimiters.all(quota(), moody(), all) : all;
    }

    private RateLimiter quota() {
        return RateLimiters.adapt(
                cost -> {
                    quotaSpent += cost;
                    return true;
                });
    }

    private RateLimiter moody() {
        SplittableRandom moods = random.split();
        return RateLimiters.adapt(cost -> moods.nextBoolean());
    }

    private RunLoop<Long, Long> newLoop() {
        SplittableRandom lanes = random.split();
        return new RunLoop<>(
                job,
                new Surroundings(
                        time,
                        () -> Instant.EPOCH.plusNanos(time.elapsed()),
                        random.split(),
                        name -> time.openLane(lanes, 5 * MILLI)),
                mailbox);
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
        Set<Long> mine = lettersNow;
        Predicate<Long> settled = sink.settled;
        return new RecordWriter<>() {
            @Override
            public CompletionStage<WriteResult> write(RecordBatch<? extends DeadLetter> batch) {
                if (random.nextDouble() < letterFailure) {
                    return CompletableFuture.failedFuture(new IOException("no letters today"));
                }
                CompletableFuture<WriteResult> stage = new CompletableFuture<>();
                time.in(
                        random.nextLong(letterDelay),
                        () -> {
                            for (int i = 0; i < batch.size(); i++) {
                                long record = batch.record(i).position().offset();
                                deadLetters.add(record);
                                if (!mine.add(record) || settled.test(record)) {
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

    /** Another job of the process, which shares the limiter and has a checkpoint of its own. */
    private final class Neighbour {
        private static final int AHEAD = 3;

        private final SplittableRandom random;
        private final boolean exists;
        private String snapshot = "";
        private long savedAt = -1;
        private int grantedSince;
        private long granted;
        private long grantedInAll;

        Neighbour(SplittableRandom random, boolean exists) {
            this.random = random;
            this.exists = exists;
        }

        void begin() {
            if (exists) {
                granted = 0;
                if (savedAt >= 0) {
                    resume();
                }
                save();
                planNext(job.limiter(), loop);
            }
        }

        private void resume() {
            Duration age = Duration.ofNanos(time.elapsed() - savedAt);
            job.limiter().resume(snapshot, age, time.nanos());
        }

        private void save() {
            snapshot = job.limiter().snapshot(AHEAD, time.nanos());
            savedAt = time.elapsed();
            grantedSince = 0;
        }

        private void planNext(RateLimiter limiter, RunLoop<Long, Long> living) {
            time.in(
                    random.nextLong(20 * MILLI),
                    () -> {
                        if (!living.hasEnded()) {
                            act(limiter);
                            planNext(limiter, living);
                        }
                    });
        }

        private void act(RateLimiter limiter) {
            switch (random.nextInt(5)) {
                case 0 -> resume();
                case 1 -> startAnother(limiter);
                case 2 -> save();
                default -> send(limiter);
            }
        }

        /** A run that starts takes nothing from those that use the limiter. */
        private void startAnother(RateLimiter limiter) {
            long most = limiter.maxCost();
            long before = withQuota ? 0 : limiter.reserve(most, RateLimiter.NO_KEY, time.nanos());
            if (before == RateLimiter.GRANTED && !withQuota) {
                limiter.close(most, RateLimiter.NO_KEY, PermitOutcome.NOT_SENT, time.nanos());
            }
            limiter.resume("", Duration.ZERO, time.nanos());
            if (before > 0 && granted > 0) {
                assertThat(limiter.reserve(most, RateLimiter.NO_KEY, time.nanos()))
                        .as("the wait for all permits")
                        .isEqualTo(before);
            }
        }

        private void send(RateLimiter limiter) {
            boolean allowed = snapshot.isEmpty() || grantedSince < AHEAD;
            if (allowed && limiter.reserve(1, RateLimiter.NO_KEY, time.nanos()) == 0) {
                grantedSince++;
                granted++;
                grantedInAll++;
                long took = random.nextLong(lateArrival.toNanos() + 1);
                long at = time.nanos() + random.nextLong(took + 1);
                sink.arrivals.saw(at, 1);
                sink.budgetArrivals.saw(at, 1);
                time.in(
                        took,
                        () ->
                                limiter.close(
                                        1,
                                        RateLimiter.NO_KEY,
                                        PermitOutcome.ANSWERED,
                                        time.nanos()));
            }
        }
    }

    private void planInterventions() {
        if (random.nextInt(6) == 0) {
            time.in(
                    random.nextLong(200 * MILLI),
                    () -> sink.goneUntil = time.elapsed() + random.nextLong(400 * MILLI));
        }
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

    /** Runs the job to its end, or once if it keeps no checkpoints. */
    IngestReport run() {
        for (int life = 1; ; life++) {
            boolean last = !resumes || life == LIVES;
            if (resumes && last) {
                heal();
            } else {
                planInterventions();
            }
            Optional<IngestReport> report = live(last ? Integer.MAX_VALUE : crashStep());
            if (report.isPresent()
                    && !sink.vanished
                    && (last || report.get().state() == RunState.COMPLETED)) {
                return report.get();
            }
            if (report.isPresent() && sink.vanished) {
                assertThat(report.get().state()).isNotEqualTo(RunState.COMPLETED);
                if (last) {
                    return report.get();
                }
            }
            if (report.isEmpty()) {
                crash();
            }
            if (random.nextInt(20) == 0 && hasGathered()) {
                sink.vanish();
            }
            restart();
        }
    }

    /** Whether the job is to go on with what its sink has gathered. */
    private boolean hasGathered() {
        return stateful
                && store.kept()
                        .filter(kept -> !kept.completed())
                        .map(kept -> Base64.getDecoder().decode(kept.sinkState()))
                        .filter(state -> state.length > 0 && ByteBuffer.wrap(state).getInt() > 0)
                        .isPresent();
    }

    /** How the runs ended that did not crash. */
    Map<RunState, Integer> ends() {
        return ends;
    }

    private void heal() {
        sink.faults = List.of();
        sink.goneUntil = 0;
        source.heal();
        store.failureRate = 0;
        letterFailure = 0;
    }

    private int crashStep() {
        return random.nextInt(4) == 0
                ? Integer.MAX_VALUE
                : 1 + random.nextInt(1 + random.nextInt(150));
    }

    private void crash() {
        crashes++;
        note(time.elapsed());
        Optional<Checkpoint> kept = store.kept();
        long exposed =
                sink.sentNow.stream()
                        .filter(
                                record ->
                                        kept.isEmpty()
                                                || !SimulatedStore.isDone(kept.get(), record))
                        .count();
        if (!stateful) { // such a sink takes back what is in no checkpoint
            assertThat(exposed)
                    .as("records that are sent again")
                    .isLessThanOrEqualTo(job.resumption().maxUncheckpointed());
        }
        time.crash();
        sink.crash();
        store.crash();
    }

    /** Another process continues, which knows nothing but the checkpoint. */
    private void restart() {
        lives++;
        source.restart();
        lettersNow = new HashSet<>();
        sink.sentNow.clear();
        sink.broken = false;
        lettersClosed = 0;
        lettersOpened = 0;
        stopAsked = false;
        mailbox = new Mailbox();
        Optional<Checkpoint> kept = store.kept();
        kept.ifPresent(this::checkTruth);
        sink.settled = record -> kept.isPresent() && SimulatedStore.isDone(kept.get(), record);
        job =
                new Job<>(
                        first.name(),
                        first.source(),
                        first.transform(),
                        first.sink(),
                        first.deadLetters(),
                        first.batchSize(),
                        limiter(),
                        first.costPerRecord(),
                        first.maxInFlight(),
                        first.readers(),
                        first.maxBufferedBytes(),
                        first.retries(),
                        first.attemptTimeout(),
                        first.stopTimeout(),
                        first.progressInterval(),
                        first.resumption(),
                        first.pauseRules(),
                        first.listeners());
        time.advanceTo(time.elapsed() + random.nextLong(20 * MILLI));
        loop = newLoop();
    }

    /** What a checkpoint calls done is done. */
    private void checkTruth(Checkpoint checkpoint) {
        for (long record : LongStream.range(0, source.records()).toArray()) {
            if (SimulatedStore.isDone(checkpoint, record)) {
                assertThat(isDone(record)).as("record %s in %s", record, checkpoint).isTrue();
            }
        }
    }

    private Optional<IngestReport> live(int mostSteps) {
        neighbour.begin();
        loop.start();
        for (int steps = 0; !loop.hasEnded(); steps++) {
            if (steps >= mostSteps) {
                return Optional.empty();
            }
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
        ends.merge(loop.report().state(), 1, Integer::sum);
        return Optional.of(loop.report());
    }

    private void note(long value) {
        trace = trace * 31 + value + time.elapsed();
    }

    private void check() {
        if (loop.bufferedBytes() > job.maxBufferedBytes() + source.maxRecordBytes) {
            throw new AssertionError(loop.bufferedBytes() + " bytes are buffered");
        }
        if (loop.idleReaders() > 0) {
            throw new AssertionError(loop.idleReaders() + " readers are not asked for more");
        }
        if (source.openReaders > (stateful ? 1 : job.readers())) {
            throw new AssertionError(source.openReaders + " readers are open");
        }
        if (loop.letterBytes() > job.maxBufferedBytes() / 16) {
            throw new AssertionError(loop.letterBytes() + " bytes of letters are under way");
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
        assertThat(sink.closed).isEqualTo(sink.opened);
        assertThat(lettersClosed).isEqualTo(lettersOpened);
        if (limited) { // what is adapted promises nothing, but takes nothing from the others'
            assertThat(withQuota ? quotaSpent : 0)
                    .as("a quota pays once for what is sent once")
                    .isLessThanOrEqualTo(
                            sink.cost + neighbour.grantedInAll + (long) lives * job.batchSize());
            sink.arrivals.assertAtMost(limit);
            if (budget > 0) {
                sink.budgetArrivals.assertAtMost(budget);
            }
        }
        switch (report.state()) {
            case COMPLETED -> checkCompleted(ledger);
            case PAUSED -> assertThat(report.pauseReason()).isPresent();
            default ->
                    assertThat(stopAsked || report.failure().isPresent())
                            .as("a reason to end")
                            .isTrue();
        }
        checkPlaces(report);
        settle();
        assertThat(source.openReaders).as("open readers").isZero();
        assertThat(time.openLanes()).as("open lanes").isZero();
        assertThat(store.leases).as("leases").isZero();
    }

    private void checkCompleted(Progress ledger) {
        assertThat(loop.report().failure()).isEmpty();
        assertThat(sink.broken).isFalse();
        assertThat(ledger.read()).isEqualTo(source.records());
        assertThat(ledger.pending()).isZero();
        assertThat(source.releasedBatches).isEqualTo(source.returnedBatches);
        if (!resumes) {
            assertThat(sink.finished).isEqualTo(stateful ? 1 : 0);
            assertThat(ledger.deadLettered()).isEqualTo(deadLetters.size());
        }
        long lost = 0;
        for (long record = 0; record < source.records(); record++) {
            lost += isDone(record) ? 0 : 1;
        }
        assertThat(lost).as("records lost").isZero();
        if (stateful) {
            assertThat(sink.finished).as("finished").isPositive();
            assertThat(sink.order).as("what was gathered").isSorted().doesNotHaveDuplicates();
            assertThat((long) sink.order.size()).isEqualTo(ledger.delivered());
        }
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
        public void onRetry(int records, WriteFailure failure, Duration delay) {
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
