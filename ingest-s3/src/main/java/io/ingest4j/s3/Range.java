package io.ingest4j.s3;

/**
 * A stretch of an object on its way into a buffer. One worker fills it; others read it after the
 * stream has published it.
 */
final class Range {

    private final long start;
    private final int length;
    private final byte[] buffer;
    private final Cancellation cancellation = new Cancellation();
    private int filled;

    Range(long start, int length, byte[] buffer) {
        this.start = start;
        this.length = length;
        this.buffer = buffer;
    }

    long start() {
        return start;
    }

    int length() {
        return length;
    }

    byte[] buffer() {
        return buffer;
    }

    /** Ends what is being done to fill the range. */
    Cancellation cancellation() {
        return cancellation;
    }

    int filled() {
        return filled;
    }

    void filled(int bytes) {
        filled = bytes;
    }

    boolean isFull() {
        return filled == length;
    }
}
