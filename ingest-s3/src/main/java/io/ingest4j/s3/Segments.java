package io.ingest4j.s3;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The memory that parts are made of, never more than a budget. It is taken piece by piece, so that
 * little data needs little of it, and pieces are used again. Safe for use by several threads.
 */
final class Segments {

    /** With the header of an array 64 KiB, of which no space is lost in the regions of G1. */
    static final int SIZE = (64 << 10) - 16;

    private final long budget;
    private final Deque<byte[]> free = new ArrayDeque<>();
    private long held;
    private long mostHeld;
    private boolean ended;

    Segments(long budget) {
        this.budget = budget;
    }

    /**
     * Waits until so much memory can be had.
     *
     * @throws IOException once {@link #end} was called
     */
    synchronized byte[] take(int bytes) throws IOException {
        boolean interrupted = false;
        try {
            while (!ended) {
                if (bytes == SIZE && !free.isEmpty()) {
                    return free.pop();
                }
                while (held + bytes > budget && !free.isEmpty()) {
                    free.pop();
                    held -= SIZE;
                }
                if (held + bytes <= budget) {
                    held += bytes;
                    mostHeld = Math.max(mostHeld, held);
                    return new byte[bytes];
                }
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        throw new IOException("the upload has ended");
    }

    synchronized void giveBack(List<byte[]> segments) {
        for (byte[] segment : segments) {
            if (segment.length == SIZE && !ended) {
                free.push(segment);
            } else {
                held -= segment.length;
            }
        }
        notifyAll();
    }

    /** Lets nobody wait any more, and keeps nothing. */
    synchronized void end() {
        ended = true;
        held -= (long) free.size() * SIZE;
        free.clear();
        notifyAll();
    }

    /** How many bytes there are now, used or free. */
    synchronized long held() {
        return held;
    }

    /** The most bytes that there ever were, used or free. */
    synchronized long mostHeld() {
        return mostHeld;
    }
}
