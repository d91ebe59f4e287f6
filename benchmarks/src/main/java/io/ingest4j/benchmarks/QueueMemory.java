package io.ingest4j.benchmarks;

import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.Submission;
import io.ingest4j.core.schedule.PriorityScheduler;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

/** How much heap a scheduler's queue in memory takes: {@code QueueMemory <items> <items in a submission>}. */
public final class QueueMemory {

    private QueueMemory() {}

    /**
     * Fills a queue and prints what it takes, items included.
     *
     * @param args the number of items, and of items in a submission
     */
    public static void main(String[] args) {
        int items = Integer.parseInt(args[0]);
        int size = Integer.parseInt(args[1]);
        PriorityBatchScheduler<Long> scheduler =
                PriorityScheduler.<Long>calling(item -> new CompletableFuture<>())
                        .maxInFlight(3)
                        .stopTimeout(Duration.ZERO)
                        .start();
        long before = usedBytes();
        Priority[] priorities = Priority.values();
        for (long first = 1_000; first < 1_000 + items; first += size) {
            scheduler.submit(
                    Submission.of(
                            LongStream.range(first, first + size).boxed().toList(),
                            priorities[(int) (first % priorities.length)]));
        }
        long after = usedBytes();
        System.out.printf(
                "%,d items in submissions of %d: %,d MB, %d bytes an item; %s%n",
                items,
                size,
                (after - before) / 1_000_000,
                (after - before) / items,
                scheduler.statistics());
        scheduler.close();
    }

    private static long usedBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
