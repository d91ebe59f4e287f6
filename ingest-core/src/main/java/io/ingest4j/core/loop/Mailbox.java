package io.ingest4j.core.loop;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** How other threads reach the loop: they post events, the loop's thread takes them in order. */
public final class Mailbox {

    private final Queue<Runnable> events = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Thread waiting;

    /**
     * Adds an event. May be called from any thread.
     *
     * @param event runs on the loop's thread
     */
    public void post(Runnable event) {
        events.add(event);
        Thread sleeper = waiting;
        if (sleeper != null) {
            LockSupport.unpark(sleeper);
        }
    }

    /**
     * Takes the oldest event.
     *
     * @return the event, or null if there is none
     */
    public @Nullable Runnable poll() {
        return events.poll();
    }

    /**
     * Tells whether there is no event.
     *
     * @return true if there is none now
     */
    public boolean isEmpty() {
        return events.isEmpty();
    }

    /**
     * Waits until there is an event or the time is over. What else wakes the thread doesn't end the wait:
     * an interrupt, which a mapper or listener may have left, or a permit of {@link LockSupport}, which
     * other users of the thread leave behind.
     *
     * @param nanos the longest wait
     */
    public void await(long nanos) {
        waiting = Thread.currentThread();
        long since = System.nanoTime();
        long left = nanos;
        Thread.interrupted(); // or nothing would wait
        while (left > 0 && events.isEmpty()) {
            LockSupport.parkNanos(this, left);
            Thread.interrupted();
            left = nanos - (System.nanoTime() - since);
        }
        waiting = null;
    }
}
