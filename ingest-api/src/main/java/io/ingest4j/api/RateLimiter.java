package io.ingest4j.api;

import java.time.Duration;

/**
 * Hands out permits to send, so many in a period. One object is one limit: whatever shares the
 * object shares the limit.
 *
 * <p>Everything rests on two calls that never block: {@link #reserve} and, for each cost that was
 * granted, exactly one {@link #close}. Times are readings of one {@link System#nanoTime()}-like
 * clock; a reading that is a little older than one given before is allowed. Implementations are safe
 * for use by several threads.
 *
 * @since 0.1
 */
public interface RateLimiter {

    /** What {@link #reserve} returns when it granted. */
    long GRANTED = 0;

    /** The key to give when a limiter has no need of keys. */
    String NO_KEY = "";

    /** What a limiter promises, for every window of its period wherever it begins. */
    enum Guarantee {
        /**
         * The receiver sees no more than the limit, whatever the jitter on the way: a permit comes
         * back one period after the answer.
         */
        AT_SERVER,
        /**
         * No more than the limit is begun: a permit comes back one period after it was granted. On
         * the way attempts may bunch up, and the receiver may see more.
         */
        AT_START,
        /** Nothing is promised. */
        NONE
    }

    /**
     * Takes permits now or says how long to wait. Does not queue: who waited asks again.
     *
     * @param cost how many permits, at least 1
     * @param key what the permits are for, such as a host or a tenant, to limiters that limit each
     *     key apart; else {@link #NO_KEY}
     * @param nowNanos the clock's reading
     * @return {@link #GRANTED}, or else the nanoseconds, at least 1, before which asking again is
     *     in vain; {@link Long#MAX_VALUE} if only a {@link #close} can change the answer
     * @throws IllegalArgumentException if the cost is less than 1, or more than is ever granted
     */
    long reserve(long cost, String key, long nowNanos);

    /**
     * Gives back what was granted, once per grant, with the outcome.
     *
     * @param cost as granted
     * @param key as granted
     * @param outcome what became of the attempt
     * @param nowNanos the clock's reading, taken after the outcome was known
     */
    void close(long cost, String key, PermitOutcome outcome, long nowNanos);

    /**
     * Grants nothing for a while, for everyone: what a receiver asks for with Retry-After. Never
     * shortens a longer pause. Does nothing by default.
     *
     * @param pause how long, not negative
     * @param nowNanos the clock's reading
     */
    default void pause(Duration pause, long nowNanos) {}

    /**
     * Describes what has been granted lately, for a process that continues this one's work and has to
     * keep the same limit. A limiter whose periods are short needs none: it is resumed with all permits
     * taken. One with long periods, such as a million a day, describes what is spent of them.
     *
     * <p>Each run that shares this limiter keeps a description of its own in its checkpoint. All describe
     * the same permits, so a description should say which limiter it is of and which of two is the later
     * one: {@link #resume} must not count the same permits twice.
     *
     * @param ahead how many further permits may be granted to the caller before its next snapshot; they
     *     count as spent. Not negative
     * @param nowNanos the clock's reading
     * @return printable ASCII without white space, for {@link #resume}; empty, the default, if none is
     *     needed
     */
    default String snapshot(long ahead, long nowNanos) {
        return "";
    }

    /**
     * Takes the permits that an earlier process may have used, whose work is continued. Called by each run
     * that continues, before it asks for a permit; by one with nothing left to do it is not called. Other
     * runs may share this limiter and use it already, so
     *
     * <ul>
     *   <li>permits that this process granted are this object's to know: they are neither taken again nor
     *       kept away for longer, and the object's own snapshot tells it nothing;
     *   <li>what one earlier process has spent is counted once, however often it is told;
     *   <li>a limiter that can't tell what was spent takes all its permits at the first call, if it has
     *       granted none before, and nothing at any later one.
     * </ul>
     *
     * <p>Does nothing by default.
     *
     * @param snapshot what {@link #snapshot} last returned there; empty if nothing is known. It may be of
     *     other limiters, where the run had others
     * @param age how long ago that was, at least; not negative
     * @param nowNanos the clock's reading when the run began, which may be older than one given before
     * @throws IllegalArgumentException if the snapshot is not what a limiter wrote, or the age is
     *     negative
     */
    default void resume(String snapshot, Duration age, long nowNanos) {}

    /**
     * Returns what this limiter promises.
     *
     * @return {@link Guarantee#NONE} by default
     */
    default Guarantee guarantee() {
        return Guarantee.NONE;
    }

    /**
     * Returns the most that is ever granted at a time.
     *
     * @return permits, at least 1; {@link Long#MAX_VALUE}, the default, if there is no such limit
     */
    default long maxCost() {
        return Long.MAX_VALUE;
    }

    /**
     * Returns the highest rate that can last, for estimates.
     *
     * @param latency how long an attempt takes from grant to close
     * @return permits per second; {@link Double#POSITIVE_INFINITY}, the default, if there is no limit
     *     or none is known
     */
    default double permitsPerSecond(Duration latency) {
        return Double.POSITIVE_INFINITY;
    }
}
