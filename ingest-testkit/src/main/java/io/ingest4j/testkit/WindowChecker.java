package io.ingest4j.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Remembers when something happened and counts, the plain way, how much of it the fullest window
 * saw. A window holds the instant it begins at, not the one it ends at. Safe for use by several
 * threads.
 */
public final class WindowChecker {

    private final long periodNanos;
    private final List<Event> events = new ArrayList<>();
    private long first;

    private WindowChecker(Duration period) {
        periodNanos = period.toNanos();
    }

    /**
     * Makes a checker that has seen nothing.
     *
     * @param period how long a window is
     * @return a checker for sliding windows of that length
     */
    public static WindowChecker of(Duration period) {
        return new WindowChecker(period);
    }

    /**
     * Remembers.
     *
     * @param nanos when, within 146 years of any other; the clock may overflow and need not be in order
     * @param cost how much
     */
    public synchronized void saw(long nanos, long cost) {
        if (events.isEmpty()) {
            first = nanos;
        }
        events.add(new Event(nanos - first, cost));
    }

    /**
     * Counts all.
     *
     * @return the sum of the costs
     */
    public synchronized long total() {
        return events.stream().mapToLong(Event::cost).sum();
    }

    /**
     * Looks at the window that begins at each event; no other window holds more.
     *
     * @return the sum of the costs in the fullest window, 0 if nothing happened
     */
    public synchronized long fullest() {
        List<Event> inOrder = new ArrayList<>(events);
        inOrder.sort(Comparator.comparingLong(Event::nanos));
        long fullest = 0;
        long sum = 0;
        int end = 0;
        for (Event start : inOrder) {
            while (end < inOrder.size() && inOrder.get(end).nanos() - start.nanos() < periodNanos) {
                sum += inOrder.get(end++).cost();
            }
            fullest = Math.max(fullest, sum);
            sum -= start.cost();
        }
        return fullest;
    }

    /**
     * Fails if any window saw more than allowed.
     *
     * @param limit the most allowed
     */
    public void assertAtMost(long limit) {
        long fullest = fullest();
        if (fullest > limit) {
            throw new AssertionError(
                    "no window of %d ns may see more than %d, one saw %d"
                            .formatted(periodNanos, limit, fullest));
        }
    }

    private record Event(long nanos, long cost) {}
}
