package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/**
 * Asks somebody else. What was granted is gone: closing does nothing. Only what a composite could not use
 * is kept, and used before anybody is asked again.
 */
final class AdaptedLimiter implements RateLimiter {

    private final LongPredicate tryAcquire;
    private final long askAgainNanos;
    private final PauseGate gate = new PauseGate();
    private final AtomicLong kept = new AtomicLong();

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
        long left = kept.get() == 0 ? 0 : kept.getAndSet(0);
        if (left >= cost) {
            keep(left - cost);
            return GRANTED;
        }
        boolean granted = false;
        try {
            granted = tryAcquire.test(cost - left);
        } finally {
            if (!granted) {
                keep(left);
            }
        }
        return granted ? GRANTED : askAgainNanos;
    }

    /** Leaves what was granted and not used to who asks next: nobody takes it back. */
    void keep(long cost) {
        if (cost > 0) {
            kept.addAndGet(cost);
        }
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
