package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import java.time.Duration;
import java.util.function.LongPredicate;

/** Asks somebody else. What was granted is gone: closing does nothing. */
final class AdaptedLimiter implements RateLimiter {

    private final LongPredicate tryAcquire;
    private final long askAgainNanos;
    private final PauseGate gate = new PauseGate();

    AdaptedLimiter(LongPredicate tryAcquire, Duration askAgain) {
        this.tryAcquire = tryAcquire;
        PacedSettings.requireSpan("askAgain", askAgain, Duration.ofNanos(1));
        askAgainNanos = askAgain.toNanos();
    }

    @Override
    public long reserve(long cost, String key, long nowNanos) {
        RateLimiters.requireCost(cost);
        long pause = gate.waitNanos(nowNanos);
        if (pause > 0) {
            return pause;
        }
        return tryAcquire.test(cost) ? GRANTED : askAgainNanos;
    }

    @Override
    public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
        RateLimiters.requireCost(cost);
    }

    @Override
    public void pause(Duration pause, long nowNanos) {
        gate.pause(pause, nowNanos);
    }
}
