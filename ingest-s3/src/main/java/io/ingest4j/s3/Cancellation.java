package io.ingest4j.s3;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.Abortable;

/**
 * Lets one thread end what another is doing: a body is broken off, a pause interrupted. A thread
 * that is inside the SDK is never interrupted, because the SDK then reads the rest of the body
 * before it gives up.
 */
final class Cancellation {

    private boolean cancelled;
    private @Nullable Abortable body;
    private @Nullable Thread pausing;

    synchronized boolean isCancelled() {
        return cancelled;
    }

    /** Names the body that is being read; false if it shall not be. */
    synchronized boolean attach(Abortable body) {
        this.body = body;
        return !cancelled;
    }

    synchronized void detach() {
        body = null;
    }

    /** Lets the calling thread be interrupted until {@link #resume()}; false if it shall not pause. */
    synchronized boolean pause() {
        pausing = cancelled ? null : Thread.currentThread();
        return !cancelled;
    }

    /** Ends the pause; true if it was the last. */
    synchronized boolean resume() {
        pausing = null;
        return cancelled;
    }

    /** Breaks off a body if it is still the one being read. */
    synchronized void abort(Abortable late) {
        if (body == late) {
            late.abort();
        }
    }

    synchronized void cancel() {
        cancelled = true;
        if (body != null) {
            body.abort();
        }
        if (pausing != null) {
            pausing.interrupt();
        }
    }
}
