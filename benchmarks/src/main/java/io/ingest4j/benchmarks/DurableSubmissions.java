package io.ingest4j.benchmarks;

import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.jdbc.JdbcScheduleStore;
import io.ingest4j.spi.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.sqlite.SQLiteDataSource;

/**
 * Durable submissions per second into a SQLite file, by several clients that each wait for their own to be
 * acknowledged; and how often per second the same disk can be made to keep an appended 4 KiB, which
 * bounds it. Arguments: a directory on the disk that is meant; seconds per round; rounds; clients.
 */
public final class DurableSubmissions {

    private static final int ITEMS = 3;
    private static final int PAGE_BYTES = 4_096;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final double MOST_WANTED = 5_000;
    private static final double SHARE_WANTED = 0.6;

    private DurableSubmissions() {}

    /**
     * Runs the rounds and prints a line for each, and the medians.
     *
     * @param arguments see above; all are optional
     * @throws Exception if a round fails
     */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments.length > 0 ? arguments[0] : ".").toAbsolutePath();
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        int clients = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 16;
        double[] submissions = new double[rounds];
        double[] syncs = new double[rounds];
        submit(directory, 2, clients);
        for (int i = 0; i < rounds; i++) {
            syncs[i] = sync(directory, 2);
            submissions[i] = submit(directory, seconds, clients);
            print("round " + (i + 1), submissions[i], syncs[i], clients);
        }
        print("median", median(submissions), median(syncs), clients);
    }

    private static void print(String what, double submissions, double syncs, int clients) {
        double bar = Math.min(MOST_WANTED, SHARE_WANTED * clients * syncs);
        System.out.printf(
                "%s: %,.0f submissions/s with %d clients, %,.0f syncs/s alone, bar %,.0f: %s%n",
                what, submissions, clients, syncs, bar, submissions >= bar ? "reached" : "missed");
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double sync(Path directory, int seconds) throws IOException {
        Path file = Files.createTempFile(directory, "sync", ".bin");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long since = System.nanoTime();
            long count = 0;
            while (System.nanoTime() - since < seconds * SECOND_NANOS) {
                channel.write(ByteBuffer.allocate(PAGE_BYTES));
                channel.force(false);
                count++;
            }
            return count * (double) SECOND_NANOS / (System.nanoTime() - since);
        } finally {
            Files.delete(file);
        }
    }

    private static double submit(Path directory, int seconds, int clients)
            throws IOException, InterruptedException, ExecutionException {
        Path folder = Files.createTempDirectory(directory, "submissions");
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + folder.resolve("schedule.db"));
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            long since = System.nanoTime();
            long count = 0;
            double rate;
            try (ScheduleQueue<Long> queue = open(source)) {
                List<Future<Long>> ends = new ArrayList<>();
                for (int i = 0; i < clients; i++) {
                    ends.add(threads.submit(() -> client(queue, since + seconds * SECOND_NANOS)));
                }
                for (Future<Long> end : ends) {
                    count += end.get();
                }
                rate = count * (double) SECOND_NANOS / (System.nanoTime() - since);
            }
            requireKept(source, count * ITEMS);
            return rate;
        } finally {
            threads.shutdown();
            delete(folder);
        }
    }

    private static ScheduleQueue<Long> open(SQLiteDataSource source) {
        return JdbcScheduleStore.of(source, ItemForm.longs())
                .open(rules(), Ticker.system(), InstantSource.system());
    }

    /** A queue that is opened again counts what is in the file. */
    private static void requireKept(SQLiteDataSource source, long items) {
        try (ScheduleQueue<Long> queue = open(source)) {
            long kept =
                    queue.statistics().depth().values().stream().mapToLong(Long::longValue).sum();
            if (kept != items) {
                throw new IllegalStateException(
                        items + " items were acknowledged, kept are " + kept);
            }
        }
    }

    private static long client(ScheduleQueue<Long> queue, long until) {
        long count = 0;
        while (System.nanoTime() - until < 0) {
            queue.submit(Submission.of(List.of(count, count + 1, count + 2), Priority.MEDIUM));
            count++;
        }
        return count;
    }

    private static ScheduleRules rules() {
        return new ScheduleRules(
                ITEMS,
                Duration.ofSeconds(5),
                Optional.empty(),
                false,
                Duration.ofMinutes(5),
                Long.MAX_VALUE / 2,
                Duration.ofDays(1),
                Duration.ofSeconds(30));
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.delete(folder);
    }
}
