package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Grants what all its limiters grant. Paced limiters decide together under their locks, last, so
 * that they never hold a permit in vain; what others granted before a refusal is given back unsent.
 */
final class CompositeLimiter implements RateLimiter {

    private final PacedRateLimiter[] paced;
    private final List<RateLimiter> others = new ArrayList<>();

    CompositeLimiter(List<? extends RateLimiter> limiters) {
        Set<RateLimiter> flat = Collections.newSetFromMap(new IdentityHashMap<>());
        List<PacedRateLimiter> own = new ArrayList<>();
        for (RateLimiter limiter : limiters) {
            flatten(
                    limiter,
                    part -> {
                        if (!flat.add(part)) {
                            throw new IllegalArgumentException(
                                    "limiters must differ, was twice " + part);
                        }
                        if (part instanceof PacedRateLimiter known) {
                            own.add(known);
                        } else {
                            others.add(part);
                        }
                    });
        }
        if (flat.isEmpty()) {
            throw new IllegalArgumentException("limiters must be >= 1, was 0");
        }
        // One order for all composites: two that share limiters never wait for each other's locks.
        own.sort(Comparator.comparingLong(PacedRateLimiter::rank));
        paced = own.toArray(new PacedRateLimiter[0]);
    }

    @Override
    public long reserve(long cost, String key, long nowNanos) {
        RateLimiters.requireCost(cost);
        long wait = 0;
        for (PacedRateLimiter limiter : paced) {
            wait = Math.max(wait, limiter.refusal(cost, nowNanos));
        }
        if (wait > 0) {
            return wait;
        }
        int granted = 0;
        try {
            for (RateLimiter limiter : others) {
                wait = limiter.reserve(cost, key, nowNanos);
                if (wait != GRANTED) {
                    break;
                }
                granted++;
            }
            if (wait == GRANTED) {
                wait = PacedRateLimiter.reserveAll(paced, cost, nowNanos);
            }
        } catch (RuntimeException e) {
            giveBack(granted, cost, key, nowNanos);
            throw e;
        }
        if (wait != GRANTED) {
            giveBack(granted, cost, key, nowNanos);
        }
        return wait;
    }

    @Override
    public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
        each(limiter -> limiter.close(cost, key, outcome, nowNanos));
    }

    @Override
    public void pause(Duration pause, long nowNanos) {
        each(limiter -> limiter.pause(pause, nowNanos));
    }

    @Override
    public String snapshot(long ahead, long nowNanos) {
        List<String> forms = new ArrayList<>();
        each(limiter -> forms.add(limiter.snapshot(ahead, nowNanos)));
        forms.removeIf(String::isEmpty);
        return SpentPermits.join(forms);
    }

    /** Each finds its own part. */
    @Override
    public void resume(String snapshot, Duration age, long nowNanos) {
        each(limiter -> limiter.resume(snapshot, age, nowNanos));
    }

    @Override
    public Guarantee guarantee() {
        Guarantee[] weakest = {Guarantee.AT_SERVER};
        each(limiter -> weakest[0] = weaker(weakest[0], limiter.guarantee()));
        return weakest[0];
    }

    @Override
    public long maxCost() {
        return (long) least(RateLimiter::maxCost);
    }

    @Override
    public double permitsPerSecond(Duration latency) {
        return least(limiter -> limiter.permitsPerSecond(latency));
    }

    private void giveBack(int granted, long cost, String key, long nowNanos) {
        for (RateLimiter limiter : others.subList(0, granted)) {
            limiter.close(cost, key, PermitOutcome.NOT_SENT, nowNanos);
        }
    }

    private double least(ToDoubleFunction<RateLimiter> value) {
        double[] least = {Double.POSITIVE_INFINITY};
        each(limiter -> least[0] = Math.min(least[0], value.applyAsDouble(limiter)));
        return least[0];
    }

    private void each(Consumer<RateLimiter> action) {
        for (RateLimiter limiter : paced) {
            action.accept(limiter);
        }
        others.forEach(action);
    }

    private static void flatten(RateLimiter limiter, Consumer<RateLimiter> action) {
        if (limiter instanceof CompositeLimiter composite) {
            composite.each(action);
        } else {
            action.accept(limiter);
        }
    }

    private static Guarantee weaker(Guarantee a, Guarantee b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
