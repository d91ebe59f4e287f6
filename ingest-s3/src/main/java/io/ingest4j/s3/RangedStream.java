package io.ingest4j.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one pinned object. Workers fetch ranges ahead of the reader, each whole into one of a
 * fixed number of buffers, so that a reader that pauses holds no connection and memory is bounded.
 * Read by one thread, closed by any.
 */
final class RangedStream extends InputStream {

    private static final AtomicLong STREAMS = new AtomicLong();

    /** A range and what has become of it. */
    private static final class Ahead {
        final Range range;
        boolean done;
        @Nullable Throwable failure;

        Ahead(Range range) {
            this.range = range;
        }
    }

    private final RangeFetcher fetcher;
    private final SharedClient.Lease lease;
    private final String name;
    private final long length;
    private final int rangeBytes;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Ahead> ahead = new ArrayDeque<>();
    private final ArrayDeque<byte[]> free = new ArrayDeque<>();
    private int buffersToMake;
    private int running;
    private long next;
    private boolean broken;
    private @Nullable Throwable death;
    private volatile boolean closed;

    private @Nullable Range current;
    private int at;
    private long position;

    private RangedStream(
            RangeFetcher fetcher,
            SharedClient.Lease lease,
            Pin pin,
            long offset,
            ReadOptions options) {
        this.fetcher = fetcher;
        this.lease = lease;
        name = pin.name();
        length = pin.length();
        next = offset;
        position = offset;
        rangeBytes = (int) Math.min(options.rangeBytes(), length - offset);
        buffersToMake = options.prefetch() + 1;
    }

    /** Opens at an offset less than the length and waits for the first range. */
    static RangedStream open(
            RangeFetcher fetcher,
            SharedClient.Lease lease,
            Pin pin,
            long offset,
            ReadOptions options)
            throws IOException {
        RangedStream stream = new RangedStream(fetcher, lease, pin, offset, options);
        try {
            long ranges = (pin.length() - offset + stream.rangeBytes - 1) / stream.rangeBytes;
            stream.start((int) Math.min(Math.max(1, options.prefetch()), ranges));
            stream.awaitFirst();
            return stream;
        } catch (IOException | RuntimeException | Error e) {
            stream.close();
            throw e;
        }
    }

    private void start(int count) {
        String prefix = "ingest4j-s3-" + STREAMS.incrementAndGet() + '-';
        lock.lock();
        try {
            for (int i = 1; i <= count; i++) {
                Thread worker = new Thread(this::work, prefix + i);
                worker.setDaemon(true);
                worker.start();
                running++;
            }
        } finally {
            if (running == 0) {
                lease.close();
            }
            lock.unlock();
        }
    }

    private void work() {
        try {
            for (Ahead mine = claim(); mine != null; mine = claim()) {
                Throwable failure = null;
                try {
                    fetcher.fetch(mine.range);
                } catch (Throwable e) {
                    failure = e;
                }
                publish(mine, failure);
            }
            leave(null);
        } catch (Throwable e) { // no memory for a buffer
            leave(e);
        }
    }

    /** Takes the next range once there is a buffer for it; null when there is nothing left to do. */
    private @Nullable Ahead claim() {
        lock.lock();
        try {
            while (!closed && !broken && next < length && free.isEmpty() && buffersToMake == 0) {
                changed.awaitUninterruptibly();
            }
            if (closed || broken || next == length) {
                return null;
            }
            byte[] buffer = free.poll();
            if (buffer == null) {
                buffer = new byte[rangeBytes];
                buffersToMake--;
            }
            Ahead mine =
                    new Ahead(new Range(next, (int) Math.min(rangeBytes, length - next), buffer));
            next += mine.range.length();
            ahead.add(mine);
            return mine;
        } finally {
            lock.unlock();
        }
    }

    private void publish(Ahead mine, @Nullable Throwable failure) {
        lock.lock();
        try {
            mine.done = true;
            mine.failure = failure;
            broken |= failure != null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void leave(@Nullable Throwable reason) {
        lock.lock();
        try {
            if (reason != null) {
                death = reason;
            }
            changed.signalAll();
            if (--running == 0) {
                lease.close();
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitFirst() throws IOException {
        lock.lock();
        try {
            awaitHead();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the first range ahead is whole; returns it, or null at the end of the object. */
    private @Nullable Ahead awaitHead() throws IOException {
        while (true) {
            requireOpen();
            Ahead head = ahead.peek();
            if (head == null && next == length) {
                return null;
            }
            if (head != null && head.done) {
                rethrow(head);
                return head;
            }
            if (head == null && running == 0) {
                throw new IOException("reading " + name + " has failed before", death);
            }
            try {
                changed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (IOException)
                        new InterruptedIOException("reading " + name + " was interrupted")
                                .initCause(e);
            }
        }
    }

    private void rethrow(Ahead head) throws IOException {
        Throwable failure = head.failure;
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure != null) {
            throw new IOException(
                    "reading " + name + " at offset " + head.range.start() + " failed", failure);
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("the stream of " + name + " is closed");
        }
    }

    /** Returns a range with bytes to read, or null at the end. */
    private @Nullable Range range() throws IOException {
        Range mine = current;
        if (mine != null && at < mine.length()) {
            requireOpen();
            return mine;
        }
        lock.lock();
        try {
            if (mine != null) {
                free.push(mine.buffer());
                current = null;
                changed.signalAll();
            }
            Ahead head = awaitHead();
            if (head == null) {
                return null;
            }
            ahead.remove();
            at = 0;
            current = head.range;
            return head.range;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        Range range = range();
        if (range == null) {
            return -1;
        }
        position++;
        return range.buffer()[at++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        if (count == 0) {
            return 0;
        }
        Range range = range();
        if (range == null) {
            return -1;
        }
        int moved = Math.min(count, range.length() - at);
        System.arraycopy(range.buffer(), at, target, offset, moved);
        at += moved;
        position += moved;
        return moved;
    }

    /**
     * Never 0 before the end, because readers such as {@link java.util.zip.GZIPInputStream} take 0
     * between two members for the end.
     */
    @Override
    public int available() throws IOException {
        requireOpen();
        int here = current == null ? 0 : current.length() - at;
        return here == 0 && position < length ? 1 : here;
    }

    /** Breaks off what is under way; workers end as soon as their request has noticed. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            free.clear();
            ahead.forEach(a -> a.range.cancellation().cancel());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
