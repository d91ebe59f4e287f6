package io.ingest4j.examples.service;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.core.schedule.PriorityScheduler;
import java.io.PrintStream;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Plays an example: five ids, and, four seconds later, four that are more urgent. */
public final class Demo {

    private static final int SECONDS = 5;
    private static final int LATER = 4;

    private Demo() {}

    /**
     * Plays the example on a scheduler of its own and returns when everything is processed.
     *
     * @param period the time that stands for five seconds; about twice as long it takes
     * @param out gets one line per dispatch
     */
    public static void play(Duration period, PrintStream out) {
        try (PriorityScheduler<BigInteger> scheduler =
                PriorityScheduler.<BigInteger>calling(id -> CompletableFuture.completedFuture(true))
                        .name("demo")
                        .batchSize(3)
                        .period(period)
                        .listener(new Printer(period, out))
                        .start()) {
            String medium = scheduler.submit(submission(1, 5, Priority.MEDIUM));
            CompletableFuture.runAsync(
                            () -> {},
                            CompletableFuture.delayedExecutor(
                                    period.toNanos() * LATER / SECONDS, TimeUnit.NANOSECONDS))
                    .join();
            String high = scheduler.submit(submission(6, 9, Priority.HIGH));
            scheduler.completion(medium).toCompletableFuture().join();
            scheduler.completion(high).toCompletableFuture().join();
        }
    }

    private static Submission<BigInteger> submission(int from, int to, Priority priority) {
        return Submission.of(
                IntStream.rangeClosed(from, to).mapToObj(BigInteger::valueOf).toList(), priority);
    }

    private static final class Printer implements ScheduleListener<BigInteger> {

        private final Duration period;
        private final PrintStream out;
        private boolean isStarted;
        private long start;

        Printer(Duration period, PrintStream out) {
            this.period = period;
            this.out = out;
        }

        @Override
        public void onDispatch(Instant time, List<ScheduledItem<BigInteger>> items) {
            long now = System.nanoTime();
            if (!isStarted) {
                isStarted = true;
                start = now;
            }
            long seconds = Math.round((double) (now - start) * SECONDS / period.toNanos());
            out.println("T" + seconds + " " + items.stream().map(ScheduledItem::item).toList());
        }
    }
}
