package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.spi.Ticker;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What {@link RateLimiters#acquire} got: to be closed with the outcome of the attempt, on whatever
 * thread. Only the first close counts, so that try-with-resources is safe:
 *
 * <pre>{@code
 * try (Permit permit = RateLimiters.acquire(limiter)) {
 *     send(request);
 *     permit.close(PermitOutcome.ANSWERED);
 * } // otherwise UNANSWERED
 * }</pre>
 *
 * <p>Safe for use by several threads.
 *
 * @since 0.1
 */
public final class Permit implements AutoCloseable {

    private final RateLimiter limiter;
    private final long cost;
    private final String key;
    private final Ticker ticker;
    private final AtomicBoolean closed = new AtomicBoolean();

    Permit(RateLimiter limiter, long cost, String key, Ticker ticker) {
        this.limiter = limiter;
        this.cost = cost;
        this.key = key;
        this.ticker = ticker;
    }

    /**
     * Returns what was paid.
     *
     * @return how many permits this stands for, at least 1
     */
    public long cost() {
        return cost;
    }

    /**
     * Gives back with the outcome, which must be known by now. Does nothing the second time.
     *
     * @param outcome what became of the attempt
     */
    public void close(PermitOutcome outcome) {
        if (closed.compareAndSet(false, true)) {
            limiter.close(cost, key, outcome, ticker.nanos());
        }
    }

    /** Gives back as {@link PermitOutcome#UNANSWERED}: the outcome that is safe to assume. */
    @Override
    public void close() {
        close(PermitOutcome.UNANSWERED);
    }
}
