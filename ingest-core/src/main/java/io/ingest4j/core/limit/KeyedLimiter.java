package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** Gives each key a limiter of its own, and forgets a key only when its limiter is as good as new. */
final class KeyedLimiter implements RateLimiter {

    private static final AtomicLong CREATED = new AtomicLong();

    private final PacedRateLimiter model;
    private final int maxKeys;
    private final PauseGate gate = new PauseGate();
    private final Map<String, PacedRateLimiter> limiters = new HashMap<>();
    private final Lock lock = new ReentrantLock();
    private final long rank = CREATED.getAndIncrement();
    private boolean used;
    private boolean resumed;
    private long resumedAt;

    KeyedLimiter(PacedRateLimiter model, int maxKeys) {
        if (maxKeys < 1) {
            throw new IllegalArgumentException("maxKeys must be >= 1, was " + maxKeys);
        }
        this.model = model.copy();
        this.maxKeys = maxKeys;
    }

    @Override
    public long reserve(long cost, String key, long nowNanos) {
        lock.lock();
        try {
            PacedRateLimiter limiter = limiter(key, nowNanos);
            long wait = limiter.reserve(cost, key, nowNanos);
            if (wait == GRANTED) {
                wait = roomNanos(key, nowNanos);
            }
            if (wait == GRANTED) {
                keep(key, limiter);
            }
            return wait;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
        lock.lock();
        try {
            PacedRateLimiter limiter = limiters.get(key);
            if (limiter == null) {
                throw new IllegalStateException(
                        "key closed must be one that was granted, was '" + key + "'");
            }
            limiter.close(cost, key, outcome, nowNanos);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void pause(Duration pause, long nowNanos) {
        lock.lock();
        try {
            gate.pause(pause, nowNanos);
            limiters.values().forEach(limiter -> limiter.pause(pause, nowNanos));
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Nobody knows which keys an earlier process has used, so all permits of every key count as just
     * lost. Once a key was granted or this was resumed, nothing happens.
     */
    @Override
    public void resume(String snapshot, Duration age, long nowNanos) {
        PauseGate.nanos("age", age);
        lock.lock();
        try {
            if (!used) {
                used = true;
                resumed = true;
                resumedAt = nowNanos;
            }
        } finally {
            lock.unlock();
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

    // For composites, which decide together; all that follows needs the lock.

    Lock lock() {
        return lock;
    }

    /** Says in which order composites take the locks. */
    long rank() {
        return rank;
    }

    /** The key's limiter; one that is new must be kept once it has granted. */
    PacedRateLimiter limiter(String key, long nowNanos) {
        PacedRateLimiter known = limiters.get(key);
        if (known != null) {
            return known;
        }
        PacedRateLimiter limiter = model.copy();
        if (resumed) {
            limiter.exhaust(resumedAt);
        }
        long pause = gate.waitNanos(nowNanos);
        if (pause > 0) {
            limiter.pause(Duration.ofNanos(pause), nowNanos);
        }
        return limiter;
    }

    /** How long until the key may be kept. */
    long roomNanos(String key, long nowNanos) {
        return limiters.size() < maxKeys || limiters.containsKey(key) ? 0 : makeRoom(nowNanos);
    }

    void keep(String key, PacedRateLimiter limiter) {
        limiters.put(key, limiter);
        used = true;
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
