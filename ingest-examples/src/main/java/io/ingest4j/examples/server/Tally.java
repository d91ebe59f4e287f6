package io.ingest4j.examples.server;

import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * Counts requests and records, one bit for each record that is to come. The bits may lie in a file, which
 * outlasts the process. Safe for use by several threads.
 */
final class Tally {

    private final long expected;
    private final LongBuffer received;
    private final SlidingWindow window;
    private long requests;
    private long rejected;
    private long records;
    private long unique;
    private long corrupted;

    private Tally(long expected, long limit, Duration period, LongBuffer received) {
        this.expected = expected;
        this.received = received;
        for (int i = 0; i < received.limit(); i++) {
            unique += Long.bitCount(received.get(i));
        }
        records = unique;
        window = new SlidingWindow(limit, period);
    }

    /** Counts from nothing. */
    static Tally forgetful(long expected, long limit, Duration period) {
        return new Tally(expected, limit, period, LongBuffer.allocate(words(expected)));
    }

    /** Counts on from what the file says, which is made if there is none. */
    static Tally remembering(Path file, long expected, long limit, Duration period)
            throws IOException {
        return new Tally(expected, limit, period, map(file, words(expected)));
    }

    private static int words(long expected) {
        return Math.toIntExact((expected >> 6) + 1);
    }

    private static LongBuffer map(Path file, int words) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            return channel.map(MapMode.READ_WRITE, 0, (long) words * Long.BYTES).asLongBuffer();
        }
    }

    /** Counts a request; returns 0 if it is admitted, else after how many nanoseconds to come again. */
    synchronized long arrive(long arrivalNanos) {
        requests++;
        long wait = window.arrive(arrivalNanos);
        if (wait > 0) {
            rejected++;
        }
        return wait;
    }

    synchronized void add(CustomerCheck checked) {
        records += checked.good() + checked.corrupted();
        corrupted += checked.corrupted();
        long[] ids = checked.ids();
        for (int i = 0; i < checked.good(); i++) {
            int word = (int) (ids[i] >> 6);
            long bit = 1L << ids[i];
            long before = received.get(word);
            if ((before & bit) == 0) {
                received.put(word, before | bit);
                unique++;
            }
        }
    }

    synchronized Counts counts() {
        long duplicates = records - unique - corrupted;
        return new Counts(
                requests,
                rejected,
                records,
                unique,
                expected - unique,
                duplicates,
                corrupted,
                window.maxPerWindow());
    }
}
