package io.ingest4j.http;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to send a batch, from the queue to its result. Interrupting the thread that sends it is
 * what closes its connection, at a deadline and when cancelled.
 */
final class Attempt extends CompletableFuture<WriteResult> {

    /** What is done on a sender's thread; ends early when interrupted. */
    interface Work {
        WriteResult send(LiveClient client) throws InterruptedException;
    }

    private final Work work;
    private final Clients clients;
    private final long timeoutNanos;

    private @Nullable Thread thread;
    private @Nullable LiveClient client;
    private String interruption = "interrupted";
    private long startNanos;

    Attempt(Work work, Clients clients, long timeoutNanos) {
        this.work = work;
        this.clients = clients;
        this.timeoutNanos = timeoutNanos;
    }

    /** Sends, on the calling thread, unless cancelled before. */
    void run() {
        LiveClient with;
        try {
            with = clients.enter();
        } catch (HttpWriter.NoSslContextException e) {
            complete(withoutClient(Action.ABORT, String.valueOf(e.getMessage())));
            return;
        } catch (RuntimeException e) {
            complete(withoutClient(Action.RETRY, e.toString()));
            return;
        } catch (Error e) {
            completeExceptionally(e);
            return;
        }
        try {
            if (begin(with)) {
                complete(send(with));
            }
        } catch (Throwable e) {
            completeExceptionally(e);
        } finally {
            with.leave();
        }
    }

    private static WriteResult withoutClient(Action action, String detail) {
        return WriteResult.failed(
                new WriteFailure(action, "no client", detail), PermitOutcome.NOT_SENT);
    }

    private WriteResult send(LiveClient with) {
        try {
            return work.send(with);
        } catch (InterruptedException e) {
            return interrupted();
        } finally {
            end();
        }
    }

    private synchronized boolean begin(LiveClient with) {
        if (isDone()) {
            return false;
        }
        client = with;
        startNanos = System.nanoTime();
        thread = Thread.currentThread();
        return true;
    }

    /** From here on no interrupt meant for this attempt can hit the thread. */
    private synchronized void end() {
        thread = null;
        Thread.interrupted();
    }

    private synchronized WriteResult interrupted() {
        return WriteResult.failed(
                new WriteFailure(Action.RETRY, interruption, ""), PermitOutcome.UNANSWERED);
    }

    /**
     * Interrupts the attempt if its time is up or its client has died.
     *
     * @return the nanoseconds that are left to it, at most its whole time
     */
    synchronized long check(long nowNanos) {
        // It may have begun after the caller looked at the clock.
        long leftNanos = timeoutNanos - Math.max(0, nowNanos - startNanos);
        if (thread == null || client == null) {
            return timeoutNanos;
        }
        if (leftNanos <= 0) {
            interruption = "timeout";
            thread.interrupt();
            return timeoutNanos;
        }
        if (client.isDead()) {
            interruption = "client died";
            thread.interrupt();
        }
        return leftNanos;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        synchronized (this) {
            if (thread != null) {
                thread.interrupt();
            }
        }
        return cancelled;
    }
}
