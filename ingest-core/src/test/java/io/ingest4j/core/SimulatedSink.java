package io.ingest4j.core;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.testkit.WindowChecker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** A receiver that fails in every way there is, and remembers what reached it and when. */
final class SimulatedSink implements RecordSink<Long> {

    private static final long serialVersionUID = 1;

    /** The ways to fail; what a run draws from. */
    enum Fault {
        THROWS_RETRYABLE,
        UNAVAILABLE,
        THROTTLED,
        CLOSED_WITHOUT_ANSWER,
        REFUSED_UNSENT,
        SOME_RECORDS,
        REJECTED,
        NEVER_ANSWERS,
        ANSWERS_TWICE,
        THROWS,
        NULL_STAGE,
        NULL_RESULT,
        WRONG_SIZE,
        ABORTS
    }

    private final transient SimulatedTime time;
    private final transient RandomGenerator random;
    transient List<Fault> faults;
    private final double faultRate;
    private final long maxLatency;
    private final long lateArrival;
    private final boolean stateful;
    private final boolean costPerRecord;

    final transient WindowChecker arrivals;
    final transient WindowChecker budgetArrivals;
    final Map<Long, Integer> acknowledged = new HashMap<>();
    final Map<Long, Integer> sent = new HashMap<>();
    final List<Long> order = new ArrayList<>();

    /** What was sent by the process that lives now. */
    final Set<Long> sentNow = new HashSet<>();

    /** What nobody may send again. */
    Predicate<Long> settled = record -> false;

    /** Nobody listens until then. */
    long goneUntil;

    /** What was gathered is there no more. */
    boolean vanished;

    /** The permits that all attempts together should have cost. */
    long cost;

    int underWay;
    int mostUnderWay;
    int opened;
    int closed;
    int finished;
    boolean broken;

    SimulatedSink(
            SimulatedTime time,
            RandomGenerator random,
            List<Fault> faults,
            double faultRate,
            long maxLatency,
            Duration lateArrival,
            Duration period,
            Duration budgetPeriod,
            boolean stateful,
            boolean costPerRecord) {
        this.time = time;
        this.random = random;
        this.faults = faults;
        this.faultRate = faultRate;
        this.maxLatency = maxLatency;
        this.lateArrival = lateArrival.toNanos();
        this.stateful = stateful;
        this.costPerRecord = costPerRecord;
        arrivals = WindowChecker.of(period);
        budgetArrivals = WindowChecker.of(budgetPeriod);
    }

    /** The process dies; what was sent is still on its way. */
    void crash() {
        underWay = 0;
        mostUnderWay = 0;
        closed = opened;
        sentNow.clear();
    }

    @Override
    public RecordWriter<Long> open(WriterContext context) throws IOException {
        if (isGone()) {
            throw new IOException("nobody listens");
        }
        int kept = context.state().map(state -> ByteBuffer.wrap(state).getInt()).orElse(0);
        if (stateful && kept > order.size()) {
            throw new IOException("what was gathered is gone");
        }
        opened++;
        if (!stateful) {
            return new Writer();
        }
        order.subList(kept, order.size()).clear();
        return new Gatherer();
    }

    /** What was gathered is deleted while nobody looks. */
    void vanish() {
        vanished = true;
        order.clear();
    }

    private boolean isGone() {
        return time.elapsed() < goneUntil;
    }

    private class Writer implements RecordWriter<Long> {

        @Override
        public CompletionStage<WriteResult> write(RecordBatch<? extends Long> batch) {
            if (closed == opened) {
                throw new AssertionError("write after close");
            }
            for (int i = 0; i < batch.size(); i++) {
                if (settled.test(batch.record(i))) {
                    throw new AssertionError(
                            batch.record(i) + " was done before the last checkpoint");
                }
                sentNow.add(batch.record(i));
            }
            cost += costPerRecord ? batch.size() : 1;
            if (isGone()) {
                return fail(batch, Fault.REFUSED_UNSENT);
            }
            if (faults.isEmpty() || random.nextDouble() >= faultRate) {
                return answer(batch, List.of(), true);
            }
            return fail(batch, faults.get(random.nextInt(faults.size())));
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private final class Gatherer extends Writer implements StatefulRecordWriter<Long> {

        @Override
        public byte[] snapshot() {
            if (underWay > 0) {
                throw new AssertionError("snapshot while writing");
            }
            return ByteBuffer.allocate(Integer.BYTES).putInt(order.size()).array();
        }

        @Override
        public void finish() {
            finished++;
        }
    }

    private CompletionStage<WriteResult> fail(RecordBatch<? extends Long> batch, Fault fault) {
        return switch (fault) {
            case THROWS_RETRYABLE -> CompletableFuture.failedFuture(new IOException("on purpose"));
            case UNAVAILABLE -> answer(batch, always(batch.size(), Action.RETRY), true);
            case THROTTLED ->
                    later(
                            batch,
                            true,
                            failed(Action.RETRY, PermitOutcome.ANSWERED)
                                    .withRetryAfter(Duration.ofMillis(1 + random.nextInt(200))));
            case CLOSED_WITHOUT_ANSWER -> {
                long took = random.nextLong(maxLatency + 1);
                // No attempt is cancelled in the first half of the latency, so it is closed no
                // earlier.
                arriveWithin(batch, Math.min(took, maxLatency / 2) + lateArrival);
                yield ends(took, failed(Action.RETRY, PermitOutcome.UNANSWERED));
            }
            case REFUSED_UNSENT ->
                    ends(
                            random.nextLong(maxLatency + 1),
                            failed(Action.RETRY, PermitOutcome.NOT_SENT));
            case SOME_RECORDS -> answer(batch, some(batch), true);
            case REJECTED -> answer(batch, always(batch.size(), Action.DEAD_LETTER), true);
            case NEVER_ANSWERS -> {
                arriveWithin(batch, maxLatency);
                if (stateful && random.nextBoolean()) {
                    for (int i = 0; i < batch.size(); i++) {
                        order.add(batch.record(i));
                    }
                }
                yield hang();
            }
            case ANSWERS_TWICE -> answer(batch, List.of(), false);
            case THROWS -> throw new IllegalStateException("on purpose");
            case NULL_STAGE -> null;
            case NULL_RESULT -> ends(0, null);
            case WRONG_SIZE -> {
                broken = true;
                yield ends(0, WriteResult.perRecord(always(batch.size() + 1, Action.RETRY)));
            }
            case ABORTS -> {
                CompletionStage<WriteResult> stage =
                        answer(batch, always(batch.size(), Action.ABORT), true);
                // Unless the attempt was given up before.
                stage.thenRun(() -> broken = true);
                yield stage;
            }
        };
    }

    private static WriteResult failed(Action action, PermitOutcome outcome) {
        return WriteResult.failed(
                new WriteFailure(action, "fault " + action, "on purpose"), outcome);
    }

    private static List<Optional<WriteFailure>> always(int records, Action action) {
        List<Optional<WriteFailure>> failures = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            failures.add(Optional.of(new WriteFailure(action, "fault " + action, "on purpose")));
        }
        return failures;
    }

    private List<Optional<WriteFailure>> some(RecordBatch<? extends Long> batch) {
        List<Optional<WriteFailure>> failures = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            Action action = random.nextBoolean() ? Action.RETRY : Action.DEAD_LETTER;
            failures.add(
                    random.nextInt(3) > 0
                            ? Optional.empty()
                            : Optional.of(
                                    new WriteFailure(
                                            action, "record fault " + action, "on purpose")));
        }
        return failures;
    }

    /** The receiver counts the request at some instant before its answer arrives. */
    private CompletionStage<WriteResult> answer(
            RecordBatch<? extends Long> batch,
            List<Optional<WriteFailure>> failures,
            boolean once) {
        for (int i = 0; i < batch.size(); i++) {
            long record = batch.record(i);
            sent.merge(record, 1, Integer::sum);
            if (failures.isEmpty() || failures.get(i).isEmpty()) {
                acknowledged.merge(record, 1, Integer::sum);
                order.add(record);
            }
        }
        WriteResult result =
                failures.isEmpty() ? WriteResult.delivered() : WriteResult.perRecord(failures);
        return later(batch, once, result);
    }

    private CompletionStage<WriteResult> later(
            RecordBatch<? extends Long> batch, boolean once, WriteResult result) {
        long took = random.nextLong(maxLatency + 1);
        arriveWithin(batch, took);
        CompletableFuture<WriteResult> stage = ends(took, result);
        if (!once) {
            time.in(took, () -> stage.completeExceptionally(new IOException("a second answer")));
        }
        return stage;
    }

    private void arriveWithin(RecordBatch<? extends Long> batch, long nanos) {
        long at = time.nanos() + random.nextLong(nanos + 1);
        int cost = costPerRecord ? batch.size() : 1;
        arrivals.saw(at, cost);
        budgetArrivals.saw(at, cost);
    }

    private CompletableFuture<WriteResult> ends(long nanos, WriteResult result) {
        CompletableFuture<WriteResult> stage = hang();
        time.in(nanos, () -> stage.complete(result));
        return stage;
    }

    private CompletableFuture<WriteResult> hang() {
        CompletableFuture<WriteResult> stage = new CompletableFuture<>();
        underWay++;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        stage.whenComplete((result, failure) -> underWay--);
        return stage;
    }
}
