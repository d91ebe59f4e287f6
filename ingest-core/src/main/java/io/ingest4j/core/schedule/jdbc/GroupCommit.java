package io.ingest4j.core.schedule.jdbc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Does together what several threads want at the same time. Who comes first leads: it does what has
 * gathered, its own operation first, while the others wait; then one of those that came meanwhile leads.
 *
 * <p>A leader waits a moment for those that took part the last time and are about to come again, at most
 * a quarter of the time that their work took. Without that, the first to come back would go alone, and
 * every second commit would be for one.
 *
 * <p>An interrupt that came before the work waits until after it. One that comes while a virtual thread
 * leads closes the socket that it waits for, as the JDK has it: then all that it led fail as with any
 * broken connection.
 */
final class GroupCommit<O> {

    private static final int MOST_TOGETHER = 256;
    private static final long LONGEST_GATHERING_NANOS = 2_000_000;

    private enum Part {
        WAITS,
        LEADS,
        DONE
    }

    private static final class Place<O> {
        final O operation;
        final Thread thread = Thread.currentThread();
        volatile Part part = Part.WAITS;

        Place(O operation) {
            this.operation = operation;
        }
    }

    private final Consumer<List<O>> work;
    private final ArrayDeque<Place<O>> waiting = new ArrayDeque<>();
    private boolean led;
    private @Nullable Thread gathering;
    private int lastSize;
    private long lastNanos;

    /** The work must not throw. */
    GroupCommit(Consumer<List<O>> work) {
        this.work = work;
    }

    /** Returns when it is done; not before, even if the thread is interrupted. */
    void run(O operation) {
        Place<O> place = new Place<>(operation);
        Thread leader = null;
        synchronized (this) {
            waiting.add(place);
            if (!led) {
                led = true;
                place.part = Part.LEADS;
            } else if (waiting.size() >= lastSize) {
                leader = gathering;
            }
        }
        LockSupport.unpark(leader);
        // A driver may give up its connection when the thread that waits for it is interrupted.
        boolean interrupted = Thread.interrupted();
        while (place.part == Part.WAITS) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (place.part == Part.LEADS) {
            interrupted |= gather();
            lead();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether the thread was interrupted meanwhile. */
    private boolean gather() {
        long longest;
        synchronized (this) {
            if (waiting.size() >= lastSize) {
                return false;
            }
            gathering = Thread.currentThread();
            longest = Math.min(LONGEST_GATHERING_NANOS, lastNanos / 4);
        }
        boolean interrupted = false;
        long since = System.nanoTime();
        long left = longest;
        while (left > 0 && !isGathered()) {
            LockSupport.parkNanos(this, left);
            interrupted |= Thread.interrupted();
            left = longest - (System.nanoTime() - since);
        }
        synchronized (this) {
            gathering = null;
        }
        return interrupted;
    }

    private synchronized boolean isGathered() {
        return waiting.size() >= lastSize;
    }

    private void lead() {
        List<Place<O>> some = new ArrayList<>();
        synchronized (this) {
            while (!waiting.isEmpty() && some.size() < MOST_TOGETHER) {
                some.add(waiting.remove());
            }
        }
        long since = System.nanoTime();
        try {
            work.accept(some.stream().map(place -> place.operation).toList());
        } finally {
            handOver(some, System.nanoTime() - since);
        }
    }

    private void handOver(List<Place<O>> some, long nanos) {
        Place<O> next;
        synchronized (this) {
            lastSize = some.size();
            lastNanos = nanos;
            next = waiting.peek();
            if (next == null) {
                led = false;
            } else {
                next.part = Part.LEADS;
            }
        }
        Thread self = Thread.currentThread();
        for (Place<O> place : some) {
            place.part = Part.DONE;
            // The leader's own permit would be left over for whatever it waits for next.
            if (place.thread != self) {
                LockSupport.unpark(place.thread);
            }
        }
        if (next != null) {
            LockSupport.unpark(next.thread);
        }
    }
}
