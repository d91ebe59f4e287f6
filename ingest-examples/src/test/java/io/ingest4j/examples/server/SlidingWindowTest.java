package io.ingest4j.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlidingWindowTest {

    private static final long PERIOD = 1_000;
    private static final int LIMIT = 20;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void answersAndMaximum_areThoseOfCountingEveryWindow(long seed) {
        Random random = new Random(seed);
        SlidingWindow window = new SlidingWindow(LIMIT, Duration.ofNanos(PERIOD));
        List<Long> arrivals = new ArrayList<>();
        // Times of System.nanoTime may be negative, and pass from the largest to the smallest long.
        long now = seed % 2 == 0 ? Long.MAX_VALUE - 20_000 : -20_000;
        long start = now;
        long[] mean = {10, 50, 60, 200};
        for (int i = 0; i < 2_000; i++) {
            now += random.nextLong(2 * mean[i / 500]);
            long arrival = i == 0 ? now : now - random.nextLong(i % 7 == 0 ? 100 : 1);
            long wait = window.arrive(arrival);
            arrivals.add(arrival - start);
            assertThat(wait > 0).isEqualTo(inWindowOf(arrival - start, arrivals) > LIMIT);
            assertThat(window.maxPerWindow()).as("after %d", i).isEqualTo(largestWindow(arrivals));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 20})
    void comingAgainWhenTold_isAdmitted(int limit) {
        SlidingWindow window = new SlidingWindow(limit, Duration.ofNanos(PERIOD));
        for (int i = 0; i < limit; i++) {
            assertThat(window.arrive(10L * i)).isZero();
        }
        long refused = 10L * limit;
        long wait = window.arrive(refused);
        // The refused one counts too, so with a limit of 1 it is the one to wait for.
        assertThat(wait).isEqualTo(limit == 1 ? PERIOD : PERIOD + 10 - refused);
        assertThat(window.arrive(refused + wait)).isZero();
    }

    private static long inWindowOf(long end, List<Long> arrivals) {
        return arrivals.stream().filter(t -> t <= end && t > end - PERIOD).count();
    }

    /** Only windows that end with one of the latest arrivals can have changed, but all are counted. */
    private static long largestWindow(List<Long> arrivals) {
        long[] sorted = arrivals.stream().mapToLong(Long::longValue).sorted().toArray();
        long largest = 0;
        int first = 0;
        for (int last = 0; last < sorted.length; last++) {
            while (sorted[first] <= sorted[last] - PERIOD) {
                first++;
            }
            largest = Math.max(largest, last - first + 1);
        }
        return largest;
    }
}
