package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.spi.Ticker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Asks until it is granted or cancelled, each time on the scheduler. */
final class AsyncAcquire implements Runnable {

    private final RateLimiter limiter;
    private final long cost;
    private final String key;
    private final Ticker ticker;
    private final ScheduledExecutorService scheduler;
    private final CompletableFuture<Permit> result = new CompletableFuture<>();

    AsyncAcquire(
            RateLimiter limiter,
            long cost,
            String key,
            Ticker ticker,
            ScheduledExecutorService scheduler) {
        this.limiter = limiter;
        this.cost = cost;
        this.key = key;
        this.ticker = ticker;
        this.scheduler = scheduler;
    }

    CompletableFuture<Permit> result() {
        return result;
    }

    @Override
    @SuppressWarnings(
            "FutureReturnValueIgnored") // it is this that runs, and it reports to the result
    public void run() {
        if (result.isDone()) {
            return;
        }
        try {
            long wait = limiter.reserve(cost, key, ticker.nanos());
            if (wait == RateLimiter.GRANTED) {
                grant(new Permit(limiter, cost, key, ticker));
            } else {
                scheduler.schedule(this, RateLimiters.sleepNanos(wait), TimeUnit.NANOSECONDS);
            }
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    private void grant(Permit permit) {
        if (!result.complete(permit)) {
            permit.close(PermitOutcome.NOT_SENT);
        }
    }
}
