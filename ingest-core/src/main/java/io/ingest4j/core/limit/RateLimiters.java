package io.ingest4j.core.limit;

import io.ingest4j.api.RateLimiter;
import io.ingest4j.spi.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;

/**
 * Makes limiters, and waits for them.
 *
 * <pre>{@code
 * RateLimiter limiter = RateLimiters.all(
 *         RateLimiters.perSecond(5_000), RateLimiters.per(1_000_000, Duration.ofDays(1)));
 * }</pre>
 *
 * @since 0.1
 */
public final class RateLimiters {

    private static final Duration ASK_AGAIN = Duration.ofMillis(1);

    /** A wait may become shorter meanwhile, and ends without notice when it hangs on a close. */
    private static final long LONGEST_SLEEP_NANOS = Duration.ofMillis(20).toNanos();

    private RateLimiters() {}

    /**
     * Limits to so many permits in any second, paced, {@link RateLimiter.Guarantee#AT_SERVER}.
     *
     * @param permits how many, at least 1
     * @return a limiter with all its permits
     */
    public static PacedRateLimiter perSecond(long permits) {
        return per(permits, Duration.ofSeconds(1));
    }

    /**
     * Limits to so many permits in any period, paced, {@link RateLimiter.Guarantee#AT_SERVER}.
     *
     * @param permits how many, at least 1
     * @param period from 1 ns to 3650 days
     * @return a limiter with all its permits
     */
    public static PacedRateLimiter per(long permits, Duration period) {
        Objects.requireNonNull(period, "period");
        return new PacedRateLimiter(PacedSettings.defaults(permits, period));
    }

    /**
     * Limits nothing, but can be paused.
     *
     * @return a new limiter, which promises nothing
     */
    public static RateLimiter unlimited() {
        return new AdaptedLimiter(cost -> true, ASK_AGAIN);
    }

    /**
     * Grants what all of these grant, or takes nothing. Promises the weakest of their guarantees.
     *
     * <p>Limiters that {@link #perSecond}, {@link #per} and {@link #perKey} made decide at once. They are
     * asked first, so that nobody else is asked in vain while they refuse. Then come those that {@link
     * #adapt} made: what one of them grants while another refuses it keeps, and uses for the next who asks it,
     * so that a quota pays once for what is sent once. A limiter of any other kind is asked last, and may see
     * a permit taken and given back as {@link io.ingest4j.api.PermitOutcome#NOT_SENT} in the same instant;
     * of several such, those that a later process resumes have to be in the same order.
     *
     * @param limiters at least one, none null, all different
     * @return a limiter whose permits cost the same in each; they may be used apart as well
     * @throws IllegalArgumentException if there is none, or one is there twice
     */
    public static RateLimiter all(RateLimiter... limiters) {
        Objects.requireNonNull(limiters, "limiters");
        for (RateLimiter limiter : limiters) {
            Objects.requireNonNull(limiter, "limiters must not hold null");
        }
        return new CompositeLimiter(List.of(limiters));
    }

    /**
     * Limits each key apart, to what the model allows.
     *
     * <p>A key is kept until its limiter is as good as new: all permits back, nothing to pace. While
     * so many keys are kept, a new one is refused.
     *
     * @param model whose settings each key's limiter gets; not used itself
     * @param maxKeys the number of keys at a time, at least 1
     * @return a limiter that uses the key given to {@link RateLimiter#reserve}
     */
    public static RateLimiter perKey(PacedRateLimiter model, int maxKeys) {
        Objects.requireNonNull(model, "model");
        return new KeyedLimiter(model, maxKeys);
    }

    /**
     * Makes a limiter of any that answers at once, asked again each millisecond. What was granted can't be
     * given back, whatever the outcome; within {@link #all} it is kept until it is used.
     *
     * @param tryAcquire takes that many permits or says no, such as {@code guava::tryAcquire}; called by
     *     the threads that reserve. Not null
     * @return a limiter that promises nothing
     */
    public static RateLimiter adapt(IntPredicate tryAcquire) {
        return adapt(tryAcquire, ASK_AGAIN);
    }

    /**
     * Makes a limiter of any that answers at once. What was granted can't be given back, whatever the
     * outcome; within {@link #all} it is kept until it is used.
     *
     * @param tryAcquire takes that many permits or says no, such as {@code guava::tryAcquire}; called by
     *     the threads that reserve. Not null
     * @param askAgain how long to wait after a no, from 1 ns to 3650 days
     * @return a limiter that promises nothing
     * @throws IllegalArgumentException if the time is out of its range
     */
    public static RateLimiter adapt(IntPredicate tryAcquire, Duration askAgain) {
        Objects.requireNonNull(tryAcquire, "tryAcquire");
        return new AdaptedLimiter(cost -> tryAcquire.test(intCost(cost)), askAgain);
    }

    /**
     * Waits for a permit on the clock of this JVM.
     *
     * @param limiter where from
     * @return a permit to be closed
     * @throws InterruptedException if the thread is or was interrupted; nothing is taken then
     */
    public static Permit acquire(RateLimiter limiter) throws InterruptedException {
        return acquire(limiter, 1, RateLimiter.NO_KEY, Ticker.system());
    }

    /**
     * Waits for permits. Who waits doesn't queue: of several threads any may be the next.
     *
     * @param limiter where from
     * @param cost how many, at least 1
     * @param key what for, or {@link RateLimiter#NO_KEY}
     * @param ticker the clock that this limiter is used with
     * @return what was granted, to be closed
     * @throws InterruptedException if the thread is or was interrupted; nothing is taken then
     * @throws IllegalArgumentException if the limiter never grants such a cost
     */
    public static Permit acquire(RateLimiter limiter, long cost, String key, Ticker ticker)
            throws InterruptedException {
        while (!Thread.interrupted()) {
            long wait = limiter.reserve(cost, key, ticker.nanos());
            if (wait == RateLimiter.GRANTED) {
                return new Permit(limiter, cost, key, ticker);
            }
            LockSupport.parkNanos(sleepNanos(wait));
        }
        throw new InterruptedException("interrupted while waiting for a permit");
    }

    /**
     * Waits for permits without a thread.
     *
     * @param limiter where from
     * @param cost how many, at least 1
     * @param key what for, or {@link RateLimiter#NO_KEY}
     * @param ticker the clock that this limiter is used with
     * @param scheduler asks again, and completes the future unless the first answer is a grant
     * @return completes with what was granted, to be closed; or exceptionally with what the limiter or
     *     the scheduler threw. Cancelling it ends the asking
     */
    public static CompletableFuture<Permit> acquireAsync(
            RateLimiter limiter,
            long cost,
            String key,
            Ticker ticker,
            ScheduledExecutorService scheduler) {
        AsyncAcquire acquire = new AsyncAcquire(limiter, cost, key, ticker, scheduler);
        acquire.run();
        return acquire.result();
    }

    static long sleepNanos(long wait) {
        return Math.min(wait, LONGEST_SLEEP_NANOS);
    }

    static void requireCost(long cost) {
        if (cost < 1) {
            throw new IllegalArgumentException("cost must be >= 1, was " + cost);
        }
    }

    private static int intCost(long cost) {
        if (cost > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "cost must be <= " + Integer.MAX_VALUE + ", was " + cost);
        }
        return (int) cost;
    }
}
