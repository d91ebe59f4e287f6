package io.ingest4j.benchmarks;

import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.core.schedule.PriorityScheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Items through a scheduler in memory without a period: submitted by one thread, dispatched, processed by a function
 * that does nothing, settled. An invocation ends when all its items have. In items per second.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
public class ScheduleBenchmark {

    private static final int ITEMS = 300_000;
    private static final CompletableFuture<Object> DONE = CompletableFuture.completedFuture("done");

    /** Items in a dispatch, and in a batch. */
    @Param({"3", "100"})
    public int batchSize;

    /** Items in a submission. */
    @Param({"3", "100"})
    public int submissionSize;

    private final Semaphore ended = new Semaphore(0);
    private PriorityBatchScheduler<Long> scheduler;
    private List<Long> items = List.of();

    /** Starts the scheduler. */
    @Setup
    public void start() {
        items = LongStream.range(1_000, 1_000 + submissionSize).boxed().toList();
        scheduler =
                PriorityScheduler.<Long>calling(item -> DONE)
                        .batchSize(batchSize)
                        .period(Duration.ZERO)
                        .idempotencyWindow(Duration.ZERO)
                        .retention(Duration.ZERO)
                        .lease(Duration.ofSeconds(1)) // what has ended is removed four times in it
                        .listener(
                                new ScheduleListener<>() {
                                    @Override
                                    public void onEnd(String id, SubmissionStatus.State state) {
                                        ended.release();
                                    }
                                })
                        .start();
    }

    /**
     * Submits many items and waits for them.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void submitAndDispatch() throws InterruptedException {
        int submissions = ITEMS / submissionSize;
        Priority[] priorities = Priority.values();
        for (int i = 0; i < submissions; i++) {
            scheduler.submit(Submission.of(items, priorities[i % priorities.length]));
        }
        ended.acquire(submissions);
    }

    /** Ends the scheduler. */
    @TearDown
    public void close() {
        scheduler.close();
    }
}
