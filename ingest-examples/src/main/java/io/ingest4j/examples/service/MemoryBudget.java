package io.ingest4j.examples.service;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of the heap that all requests together may hold while they are read and answered. Small
 * bodies are free while they don't wait for their client, since no more of those are at work than there
 * are threads. Other small requests have a reserve of their own, a quarter more, so that large ones don't
 * lock them out.
 * Safe for use by several threads.
 */
final class MemoryBudget {

    /** What a body holds for free while it doesn't wait for its client. */
    static final long FREE_BYTES = 64 << 10;

    private static final long MIN_BYTES = 4 << 20;

    private final long maxBytes;
    private final long reservedBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    MemoryBudget(long maxBytes) {
        this.maxBytes = maxBytes;
        reservedBytes = maxBytes / 4;
    }

    /** An eighth of the heap, so that it can fill up without harm to all else. */
    static MemoryBudget ofHeap() {
        return new MemoryBudget(Math.max(MIN_BYTES, Runtime.getRuntime().maxMemory() / 8));
    }

    /** What one request holds of the budget; 0 bytes at first. */
    Share share() {
        return new Share();
    }

    long maxBytes() {
        return maxBytes;
    }

    long usedBytes() {
        return usedBytes.get();
    }

    /** A part of the budget. */
    final class Share {

        private long heldBytes;
        private boolean isClosed;

        /**
         * Makes the share as large as given, or leaves it as it is.
         *
         * @return whether there was room, and the share is not closed
         */
        synchronized boolean resize(long bytes) {
            long more = bytes - heldBytes;
            if (isClosed) {
                return false;
            }
            long most = bytes > FREE_BYTES ? maxBytes : maxBytes + reservedBytes;
            while (true) {
                long used = usedBytes.get();
                if (more > 0 && used + more > most) {
                    return false;
                }
                // Never more, not even for a moment, in which others would be refused.
                if (usedBytes.compareAndSet(used, used + more)) {
                    heldBytes = bytes;
                    return true;
                }
            }
        }

        /** Gives all of it back. */
        synchronized void close() {
            isClosed = true;
            usedBytes.addAndGet(-heldBytes);
            heldBytes = 0;
        }
    }
}
