package io.ingest4j.examples.server;

import java.time.Duration;

/**
 * A strict sliding window: the log of all requests of the last period, so that every window that could
 * be laid over them is looked at, not only those that begin on the second. A request is admitted if at
 * most {@code limit} requests arrived in the period that ends with it, itself included. Those that were
 * refused count too, so a client is admitted always only if {@link #maxPerWindow} is within the limit.
 *
 * <p>A window holds the time of its end and not that of its start. Arrivals may be reported somewhat out
 * of order, as they are when several threads read from sockets: the counts are exact as long as none
 * comes more than a period late. Not thread-safe.
 */
final class SlidingWindow {

    private final long limit;
    private final long periodNanos;

    /** Ascending, in a ring; two periods of it, for those who come late. */
    private long[] arrivals = new long[1024];

    private int first;
    private int size;
    private long maxPerWindow;

    SlidingWindow(long limit, Duration period) {
        this.limit = limit;
        periodNanos = period.toNanos();
    }

    /**
     * Logs a request.
     *
     * @param arrivalNanos when it arrived
     * @return 0 if it is admitted, else in how many nanoseconds another would be
     */
    long arrive(long arrivalNanos) {
        forgetBefore(arrivalNanos - 2 * periodNanos);
        int index = insert(arrivalNanos);
        long count = countUpTo(index);
        long excess = count - limit;
        for (int later = index; later < size; later++) {
            maxPerWindow = Math.max(maxPerWindow, countUpTo(later));
        }
        if (excess <= 0) {
            return 0;
        }
        long leaving = at(index - (int) limit + 1);
        return leaving + periodNanos - arrivalNanos;
    }

    /** The largest number of requests in any window so far. */
    long maxPerWindow() {
        return maxPerWindow;
    }

    private long at(int index) {
        return arrivals[(first + index) & (arrivals.length - 1)];
    }

    private void forgetBefore(long nanos) {
        while (size > 0 && at(0) - nanos < 0) {
            first = (first + 1) & (arrivals.length - 1);
            size--;
        }
    }

    private int insert(long arrivalNanos) {
        if (size == arrivals.length) {
            grow();
        }
        int index = size++;
        while (index > 0 && at(index - 1) - arrivalNanos > 0) {
            set(index, at(index - 1));
            index--;
        }
        set(index, arrivalNanos);
        return index;
    }

    private void set(int index, long value) {
        arrivals[(first + index) & (arrivals.length - 1)] = value;
    }

    private void grow() {
        long[] larger = new long[2 * arrivals.length];
        for (int i = 0; i < size; i++) {
            larger[i] = at(i);
        }
        arrivals = larger;
        first = 0;
    }

    /** How many arrived in the period that ends with the request at the index. */
    private int countUpTo(int index) {
        long start = at(index) - periodNanos;
        int low = 0;
        int high = index;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (at(middle) - start > 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return index - low + 1;
    }
}
