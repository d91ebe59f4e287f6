package io.ingest4j.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Lets any thread end what the reading thread does: connecting, waiting for bytes, pausing. */
final class Lifeline {

    private final CountDownLatch cut = new CountDownLatch(1);
    private final String name;
    private @Nullable QuietConnection connection;

    /** Makes one for what the name names. */
    Lifeline(String name) {
        this.name = name;
    }

    /** Names the connection in use, for which the one before is closed; at once if the line is cut. */
    void hold(QuietConnection inUse) throws IOException {
        drop();
        synchronized (this) {
            if (cut.getCount() > 0) {
                connection = inUse;
                return;
            }
        }
        inUse.close();
        requireWhole();
    }

    /** Closes the connection in use, if any. */
    void drop() {
        QuietConnection dropped;
        synchronized (this) {
            dropped = connection;
            connection = null;
        }
        if (dropped != null) {
            dropped.close();
        }
    }

    void cut() {
        cut.countDown();
        drop();
    }

    void requireWhole() throws IOException {
        if (cut.getCount() == 0) {
            throw new IOException("the stream of " + name + " is closed");
        }
    }

    void pause(long nanos, Surroundings surroundings) throws IOException {
        try {
            surroundings.pause(nanos, cut);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException)
                    new InterruptedIOException("reading " + name + " was interrupted").initCause(e);
        }
        requireWhole();
    }
}
