package io.ingest4j.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection on which somebody has waited too long. A socket's own time-out begins again
 * with every byte, so a server that sends its heads, chunk sizes or errors in drops would hold a
 * reader for ever.
 *
 * <p>A timer outlasts the wait it was set for, so that the next read needs none of its own. One
 * thread waits, any may close.
 */
final class Deadline {

    private final Runnable close;
    private @Nullable CompletableFuture<Void> timer;
    private long timerNanos;
    private long dueNanos;
    private long limitNanos;
    private boolean waiting;
    private boolean over;

    Deadline(Runnable close) {
        this.close = close;
    }

    /** Begins to wait, or begins anew with another limit. */
    synchronized void start(long limit) {
        limitNanos = limit;
        dueNanos = System.nanoTime() + limit;
        waiting = true;
        if (timer == null || timerNanos - dueNanos > 0) {
            set(limit);
        }
    }

    /** Ends the wait. */
    synchronized void stop() {
        waiting = false;
    }

    /** Ends the wait and lets go of the connection. */
    synchronized void cancel() {
        waiting = false;
        dropTimer();
    }

    private synchronized void dropTimer() {
        if (timer != null) {
            timer.complete(null);
            timer = null;
        }
    }

    /** Tells whether the connection was closed because a wait took too long. */
    synchronized boolean isOver() {
        return over;
    }

    /** The limit of the last wait. */
    synchronized Duration limit() {
        return Duration.ofNanos(limitNanos);
    }

    private synchronized void set(long nanos) {
        dropTimer();
        timerNanos = System.nanoTime() + nanos;
        CompletableFuture<Void> next = new CompletableFuture<>();
        timer = next;
        next.orTimeout(nanos, TimeUnit.NANOSECONDS)
                .exceptionally(
                        timeout -> {
                            check(next);
                            return null;
                        });
    }

    private void check(CompletableFuture<Void> fired) {
        synchronized (this) {
            if (timer != fired) {
                return;
            }
            timer = null;
            if (!waiting) {
                return;
            }
            long left = dueNanos - System.nanoTime();
            if (left > 0) {
                set(left);
                return;
            }
            over = true;
        }
        close.run();
    }
}
