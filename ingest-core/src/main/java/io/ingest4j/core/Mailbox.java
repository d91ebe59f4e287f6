package io.ingest4j.core;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** How other threads reach the loop: they post events, the loop's thread takes them in order. */
final class Mailbox {

    private final Queue<Runnable> events = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Thread waiting;

    /** May be called from any thread. */
    void post(Runnable event) {
        events.add(event);
        Thread sleeper = waiting;
        if (sleeper != null) {
            LockSupport.unpark(sleeper);
        }
    }

    @Nullable Runnable poll() {
        return events.poll();
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    /** Waits until there is an event, the time is over, or for no reason. */
    void await(long nanos) {
        waiting = Thread.currentThread();
        Thread.interrupted(); // a mapper or listener may have left it set, and nothing would wait
        if (events.isEmpty()) {
            LockSupport.parkNanos(this, nanos);
        }
        waiting = null;
    }
}
