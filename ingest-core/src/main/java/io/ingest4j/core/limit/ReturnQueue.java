package io.ingest4j.core.limit;

/**
 * Permits that come back later, in the order in which they do. Instants that lie closer together
 * than the slack share an entry and come back with the latest of them, never earlier than told; so
 * there are no more entries than slacks in the time that permits stay away. Not safe for use by
 * several threads.
 */
final class ReturnQueue {

    private static final int SMALLEST = 16;

    private long[] instants = new long[SMALLEST];
    private long[] counts = new long[SMALLEST];
    private int head;
    private int size;
    private long slackNanos;

    void slack(long nanos) {
        slackNanos = nanos;
    }

    int size() {
        return size;
    }

    long instant(int index) {
        return instants[slot(index)];
    }

    long count(int index) {
        return counts[slot(index)];
    }

    /** Adds permits that come back at that instant, or with the latest before them. */
    void add(long instant, long count) {
        if (size > 0 && instant - instant(size - 1) <= 0) {
            counts[slot(size - 1)] += count;
            return;
        }
        if (size == instants.length) {
            grow();
        }
        int tail = slot(size);
        instants[tail] = instant + slackNanos;
        counts[tail] = count;
        size++;
    }

    /** Takes out what has come back by that instant. */
    long takeUntil(long at) {
        long taken = 0;
        while (size > 0 && instants[head] - at <= 0) {
            taken += counts[head];
            head = slot(1);
            size--;
        }
        return taken;
    }

    long takeAll() {
        long taken = 0;
        for (int i = 0; i < size; i++) {
            taken += count(i);
        }
        size = 0;
        return taken;
    }

    private int slot(int index) {
        return (head + index) & (instants.length - 1);
    }

    private void grow() {
        long[] moreInstants = new long[2 * size];
        long[] moreCounts = new long[2 * size];
        for (int i = 0; i < size; i++) {
            moreInstants[i] = instant(i);
            moreCounts[i] = count(i);
        }
        instants = moreInstants;
        counts = moreCounts;
        head = 0;
    }
}
