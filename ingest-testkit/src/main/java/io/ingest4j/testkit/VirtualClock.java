package io.ingest4j.testkit;

import io.ingest4j.spi.Ticker;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A clock that goes only when told to, and runs what was planned for each instant on its way: what
 * takes a day happens in a moment, and always in the same order.
 *
 * <p>Its readings may overflow, as a real clock's may. Safe for reading by several threads; planning
 * and advancing is for one.
 */
public final class VirtualClock implements Ticker {

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::atElapsed).thenComparingLong(Event::number));
    private final long origin;
    private volatile long elapsed;
    private long planned;

    /** Starts at zero. */
    public VirtualClock() {
        this(0);
    }

    /**
     * Starts anywhere.
     *
     * @param originNanos the first reading
     */
    public VirtualClock(long originNanos) {
        origin = originNanos;
    }

    @Override
    public long nanos() {
        return origin + elapsed;
    }

    /**
     * Returns how long it has been going.
     *
     * @return nanoseconds since the first reading, which don't overflow
     */
    public long elapsedNanos() {
        return elapsed;
    }

    /**
     * Plans something.
     *
     * @param delayNanos in how long, at least 0
     * @param action runs when the clock gets there, after what was planned before for that instant
     */
    public void after(long delayNanos, Runnable action) {
        if (delayNanos < 0) {
            throw new IllegalArgumentException("delayNanos must be >= 0, was " + delayNanos);
        }
        events.add(new Event(Math.addExact(elapsed, delayNanos), planned++, action));
    }

    /**
     * Goes on, and runs what is planned until then.
     *
     * @param nanos how long, at least 0
     */
    public void advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("nanos must be >= 0, was " + nanos);
        }
        long end = Math.addExact(elapsed, nanos);
        for (Event next = events.peek(); next != null && next.atElapsed() <= end; ) {
            events.remove();
            elapsed = next.atElapsed();
            next.action().run();
            next = events.peek();
        }
        elapsed = end;
    }

    /** Goes on until nothing is planned any more. */
    public void advanceToEnd() {
        for (Event next = events.peek(); next != null; next = events.peek()) {
            advance(next.atElapsed() - elapsed);
        }
    }

    private record Event(long atElapsed, long number, Runnable action) {}
}
