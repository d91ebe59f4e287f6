package io.ingest4j.benchmarks;

import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.Submission;
import io.ingest4j.core.schedule.PriorityScheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

/** What it costs to submit three items to a scheduler in memory where others wait already. In nanoseconds. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g", "-XX:+UseParallelGC"})
public class SubmitBenchmark {

    private static final int SUBMISSIONS = 50_000;
    private static final List<Long> ITEMS = List.of(1_001L, 1_002L, 1_003L);

    /** Items that wait before. */
    @Param({"0", "1000000", "10000000"})
    public int queued;

    private PriorityBatchScheduler<Long> scheduler;

    /** Fills the queue; nothing but its first items is ever dispatched. */
    @Setup
    public void fill() {
        scheduler =
                PriorityScheduler.<Long>calling(item -> new CompletableFuture<>())
                        .maxInFlight(3)
                        .maxQueued(Long.MAX_VALUE / 2)
                        .stopTimeout(Duration.ZERO)
                        .start();
        submit(queued / ITEMS.size());
    }

    /** Submits. */
    @Benchmark
    @OperationsPerInvocation(SUBMISSIONS)
    public void submit() {
        submit(SUBMISSIONS);
    }

    private void submit(int submissions) {
        Priority[] priorities = Priority.values();
        for (int i = 0; i < submissions; i++) {
            scheduler.submit(Submission.of(ITEMS, priorities[i % priorities.length]));
        }
    }

    /** Ends the scheduler. */
    @TearDown
    public void close() {
        scheduler.close();
    }
}
