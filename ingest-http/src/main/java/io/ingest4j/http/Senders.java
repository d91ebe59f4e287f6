package io.ingest4j.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that send one request each at a time, so many at most, and a thread that watches over their
 * deadlines. The thread that went idle last is used first, so there are never more of them than were
 * needed at a time.
 *
 * <p>The client's blocking call on threads of our own is what is fast on every JDK: its asynchronous
 * call ends on an executor that, before JDK 25 and on one or two processors, is a new thread for each
 * request.
 */
final class Senders {

    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final long LONGEST_NAP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SHORTEST_NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final String name = "ingest4j-http-" + NUMBERS.incrementAndGet();
    private final int most;
    private final long timeoutNanos;
    private final List<Sender> all = new CopyOnWriteArrayList<>();
    private final Deque<Sender> idle = new ArrayDeque<>();
    private final Deque<Attempt> waiting = new ArrayDeque<>();
    private final Thread watchdog = new Thread(this::watch, name + "-deadlines");
    private volatile boolean closed;

    /**
     * Starts the watchdog.
     *
     * @param most how many threads at most
     * @param timeoutNanos the time that each attempt has
     */
    Senders(int most, long timeoutNanos) {
        this.most = most;
        this.timeoutNanos = timeoutNanos;
        watchdog.setDaemon(true);
        watchdog.start();
    }

    /** Sends on a thread of its own as soon as one is free; returns at once. */
    void submit(Attempt attempt) {
        Sender free = freeOrQueue(attempt);
        if (free != null) {
            LockSupport.unpark(free);
        }
    }

    private synchronized @Nullable Sender freeOrQueue(Attempt attempt) {
        if (closed) {
            throw new IllegalStateException("writer must be open, was closed");
        }
        Sender free = idle.pollFirst();
        if (free == null && all.size() < most) {
            free = new Sender(name + "-" + (all.size() + 1));
            free.start();
            all.add(free);
        }
        if (free == null) {
            waiting.add(attempt);
        } else {
            free.current = attempt;
        }
        return free;
    }

    private synchronized void next(Sender sender) {
        sender.current = waiting.pollFirst();
        if (sender.current == null) {
            idle.addFirst(sender);
        }
    }

    /** Cancels all attempts and ends all threads. */
    void close() {
        for (Attempt attempt : drained()) {
            attempt.cancel(true);
        }
        LockSupport.unpark(watchdog);
        for (Sender sender : all) {
            sender.end();
        }
        awaitEnd();
    }

    /** Waits for a moment at most: a sender that is inside code of the user may not end at once. */
    private void awaitEnd() {
        long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (Sender sender : all) {
                long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
                if (leftMillis > 0 && sender != Thread.currentThread()) {
                    sender.join(leftMillis);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<Attempt> drained() {
        closed = true;
        List<Attempt> drained = new ArrayList<>(waiting);
        waiting.clear();
        return drained;
    }

    /**
     * All attempts have the same time, so none that begins while this thread naps is due before the
     * nap is over.
     */
    private void watch() {
        while (!closed) {
            long nowNanos = System.nanoTime();
            long napNanos = Math.min(LONGEST_NAP_NANOS, timeoutNanos);
            for (Sender sender : all) {
                Attempt attempt = sender.current;
                if (attempt != null) {
                    napNanos = Math.min(napNanos, attempt.check(nowNanos));
                }
            }
            LockSupport.parkNanos(this, Math.max(napNanos, SHORTEST_NAP_NANOS));
        }
    }

    private final class Sender extends Thread {

        private volatile @Nullable Attempt current;

        Sender(String name) {
            super(name);
            setDaemon(true);
        }

        @Override
        public void run() {
            while (!closed) {
                Attempt attempt = current;
                if (attempt == null) {
                    LockSupport.park(Senders.this);
                } else {
                    attempt.run();
                    next(this);
                }
            }
        }

        void end() {
            Attempt attempt = current;
            if (attempt != null) {
                attempt.cancel(true);
            }
            LockSupport.unpark(this);
        }
    }
}
