package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Gives each key a limiter of its own, and forgets a key only when its limiter is as good as new. */
final class KeyedLimiter implements RateLimiter {

    private final PacedRateLimiter model;
    private final int maxKeys;
    private final PauseGate gate = new PauseGate();
    private final Map<String, PacedRateLimiter> limiters = new HashMap<>();
    private boolean used;
    private boolean resumed;
    private Duration resumedAge = Duration.ZERO;
    private long resumedAt;

    KeyedLimiter(PacedRateLimiter model, int maxKeys) {
        if (maxKeys < 1) {
            throw new IllegalArgumentException("maxKeys must be >= 1, was " + maxKeys);
        }
        this.model = model.copy();
        this.maxKeys = maxKeys;
    }

    @Override
    public synchronized long reserve(long cost, String key, long nowNanos) {
        PacedRateLimiter limiter = limiters.get(key);
        if (limiter != null) {
            return limiter.reserve(cost, key, nowNanos);
        }
        limiter = model.copy();
        if (resumed) {
            limiter.resume("", resumedAge, resumedAt);
        }
        long pause = gate.waitNanos(nowNanos);
        if (pause > 0) {
            limiter.pause(Duration.ofNanos(pause), nowNanos);
        }
        long wait = limiter.reserve(cost, key, nowNanos);
        if (wait != GRANTED) {
            return wait;
        }
        if (limiters.size() >= maxKeys) {
            long room = makeRoom(nowNanos);
            if (room > 0) {
                return room;
            }
        }
        limiters.put(key, limiter);
        used = true;
        return GRANTED;
    }

    @Override
    public synchronized void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
        PacedRateLimiter limiter = limiters.get(key);
        if (limiter == null) {
            throw new IllegalStateException(
                    "key closed must be one that was granted, was '" + key + "'");
        }
        limiter.close(cost, key, outcome, nowNanos);
    }

    @Override
    public synchronized void pause(Duration pause, long nowNanos) {
        gate.pause(pause, nowNanos);
        limiters.values().forEach(limiter -> limiter.pause(pause, nowNanos));
    }

    /**
     * {@inheritDoc}
     *
     * <p>Nobody knows which keys an earlier process has used, so all permits of every key count as lost:
     * just now, or, with a period of more than a minute, at the time of the snapshot. Once a key was
     * granted or this was resumed, nothing happens.
     */
    @Override
    public synchronized void resume(String snapshot, Duration age, long nowNanos) {
        PauseGate.nanos("age", age);
        if (!used) {
            used = true;
            resumed = true;
            resumedAge = age;
            resumedAt = nowNanos;
        }
    }

    @Override
    public Guarantee guarantee() {
        return model.guarantee();
    }

    @Override
    public long maxCost() {
        return model.maxCost();
    }

    @Override
    public double permitsPerSecond(Duration latency) {
        return maxKeys * model.permitsPerSecond(latency);
    }

    /** Forgets the keys that don't matter any more; if there is none, says when one may not. */
    private long makeRoom(long nowNanos) {
        long room = Long.MAX_VALUE;
        int before = limiters.size();
        var each = limiters.values().iterator();
        while (each.hasNext()) {
            long rest = each.next().restNanos(nowNanos);
            if (rest == 0) {
                each.remove();
            }
            room = Math.min(room, rest);
        }
        return limiters.size() < before ? 0 : room;
    }
}
