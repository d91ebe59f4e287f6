package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * So many permits in any period, wherever it begins, spread evenly. {@link RateLimiters#perSecond} and
 * {@link RateLimiters#per} make it; the settings make a changed copy, before first use:
 *
 * <pre>{@code
 * RateLimiter limiter = RateLimiters.per(300, Duration.ofMinutes(1)).lateArrival(Duration.ofSeconds(5));
 * }</pre>
 *
 * <p>The package's documentation says how it works and why the promise holds. A permit that is never
 * closed stays out for ever, because nobody knows when it arrives. A cost of several permits goes
 * through as soon as all of them are there, and is paced afterwards. Askers don't queue: where small
 * costs are asked for all the time, a large one may wait long.
 *
 * <p>Safe for use by several threads. A reading older than one given before counts as that one.
 *
 * @since 0.1
 */
public final class PacedRateLimiter implements RateLimiter {

    private static final Logger LOG = LoggerFactory.getLogger(PacedRateLimiter.class);

    /** Hints: ask under the lock; nothing to ask for until a close. Other values are instants. */
    private static final long ASK = Long.MIN_VALUE;

    private static final long NEVER = Long.MIN_VALUE + 1;

    private static final VarHandle HINT;

    static {
        try {
            HINT = MethodHandles.lookup().findVarHandle(PacedRateLimiter.class, "hint", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Longer periods would keep a run that continues waiting for too long. */
    private static final Duration LONGEST_EXHAUSTED = Duration.ofMinutes(1);

    private static final String PROCESS = Long.toHexString(new SecureRandom().nextLong());
    private static final AtomicLong CREATED = new AtomicLong();

    /** When a single permit is granted next; written under the lock. */
    private volatile long hint = ASK;

    private final SpinLock lock = new SpinLock();
    private final long rank = CREATED.getAndIncrement();
    private final PacedSettings settings;
    private final Tokens tokens;
    private final Pacer pacer;
    private final InheritedPermits inherited;
    private boolean started;

    /** Whether a permit was granted, or it was told what others have spent. */
    private boolean used;

    private long snapshots;
    private long last;

    PacedRateLimiter(PacedSettings settings) {
        this.settings = settings;
        tokens = new Tokens(settings);
        pacer = new Pacer(settings);
        inherited = new InheritedPermits(owner(), settings.lateReturnNanos());
    }

    /**
     * Sets what is promised.
     *
     * @param guarantee {@link RateLimiter.Guarantee#AT_SERVER}, the default, or {@link
     *     RateLimiter.Guarantee#AT_START}
     * @return a limiter with that setting
     * @throws IllegalStateException if this one is in use
     */
    public PacedRateLimiter guarantee(Guarantee guarantee) {
        return changed(old -> old.withGuarantee(guarantee));
    }

    /**
     * Sets how long after its connection was closed a request may still reach the server. Matters for
     * {@link RateLimiter.Guarantee#AT_SERVER} only.
     *
     * @param lateArrival from zero to 3650 days; 1 second by default
     * @return a limiter with that setting
     * @throws IllegalStateException if this one is in use
     */
    public PacedRateLimiter lateArrival(Duration lateArrival) {
        return changed(old -> old.withLateArrival(lateArrival));
    }

    /**
     * Sets by how much the server's clock may run slower than ours. Matters for {@link
     * RateLimiter.Guarantee#AT_SERVER} only.
     *
     * @param millionths from 0 to 1,000,000 millionths of the period; 1,000, which is 0.1 %, by default
     * @return a limiter with that setting
     * @throws IllegalStateException if this one is in use
     */
    public PacedRateLimiter clockDriftPpm(int millionths) {
        return changed(old -> old.withClockDriftPpm(millionths));
    }

    /**
     * Sets how far grants may fall behind the even pace and catch up at once. It bounds the burst: one
     * permit, and as many as the pace grants in that time. What a longer pause of the sender costs, a
     * garbage collection say, is lost. From the whole period on there is no pacing.
     *
     * @param catchUp from zero to 3650 days; by default 50 ms, at most a twentieth of the period
     * @return a limiter with that setting
     * @throws IllegalStateException if this one is in use
     */
    public PacedRateLimiter catchUp(Duration catchUp) {
        return changed(old -> old.withCatchUp(catchUp));
    }

    /**
     * Sets how long the way back to the full rate takes after a {@link #pause}: a quarter of it at 1/16
     * of the rate, then 1/8, 1/4 and 1/2.
     *
     * @param rampUp from zero to 3650 days; the period by default, at most 10 s
     * @return a limiter with that setting
     * @throws IllegalStateException if this one is in use
     */
    public PacedRateLimiter rampUp(Duration rampUp) {
        return changed(old -> old.withRampUp(rampUp));
    }

    @Override
    public long reserve(long cost, String key, long nowNanos) {
        long wait = refusal(cost, nowNanos);
        if (wait > 0) {
            return wait;
        }
        lock.lock();
        try {
            wait = ask(cost, nowNanos);
            if (wait == 0) {
                take(cost);
            }
            publish();
            return wait;
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>{@link PermitOutcome#NOT_SENT} gives back at once under {@link
     * RateLimiter.Guarantee#AT_SERVER}. Under {@link RateLimiter.Guarantee#AT_START} it only makes
     * room in the pace: permits carry no mark, and giving back one that came back by itself would be
     * one too many.
     *
     * @throws IllegalStateException if more is closed than was granted
     */
    @Override
    public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
        lock.lock();
        try {
            advance(nowNanos);
            requireOpen(cost);
            boolean awaited = !tokens.isAvailable();
            tokens.close(cost, outcome, last);
            if (outcome == PermitOutcome.NOT_SENT) {
                pacer.refund(cost, last);
                publish();
            } else if (awaited) {
                publish();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Afterwards the rate climbs from 1/16 to the full one, see {@link #rampUp}. More than 3650
     * days count as 3650.
     */
    @Override
    public void pause(Duration pause, long nowNanos) {
        long nanos = PauseGate.nanos("pause", pause);
        lock.lock();
        try {
            advance(nowNanos);
            pacer.pauseUntil(last + nanos);
            publish();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes all permits that nobody holds, as if each had just been lost: for a run that resumes and
     * doesn't know what the one before it has sent. Grants nothing for a period, and under {@link
     * RateLimiter.Guarantee#AT_SERVER} {@link #lateArrival} longer.
     *
     * @param nowNanos the clock's reading
     */
    public void exhaust(long nowNanos) {
        lock.lock();
        try {
            advance(nowNanos);
            used = true;
            inherited.forget();
            tokens.exhaust(last);
            publish();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes permits that were used some time ago, such as those that a checkpoint tells of: the budget
     * of a day must not be exhausted by every restart. Called oldest first; one told out of order comes
     * back with the one told before it.
     *
     * @param count how many, at least 1; no more are taken than are there
     * @param ago when the last of them was closed at the latest, before now; not negative
     * @param nowNanos the clock's reading
     */
    public void spent(long count, Duration ago, long nowNanos) {
        RateLimiters.requireCost(count);
        long agoNanos = PauseGate.nanos("ago", ago);
        lock.lock();
        try {
            advance(nowNanos);
            used = true;
            tokens.spent(count, agoNanos, last);
            publish();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Needed for periods of more than a minute only.
     */
    @Override
    public String snapshot(long ahead, long nowNanos) {
        if (!isLong()) {
            return "";
        }
        lock.lock();
        try {
            advance(nowNanos);
            SpentPermits own =
                    SpentPermits.of(
                            owner(), ++snapshots, ahead, settings.lateReturnNanos(), tokens, last);
            return SpentPermits.write(
                    settings.period(), tokens.permits(), inherited.spentAt(own, last));
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>What the snapshot tells of this period counts as spent, also of a limiter in use. Of several
     * snapshots of one limiter, which its runs have left in a checkpoint each, the latest counts, so that
     * nothing is counted twice.
     *
     * <p>Where the snapshot tells nothing of this period, an unused limiter counts all permits as lost: just
     * now, see {@link #exhaust}, or, with a period of more than a minute, at the time of the snapshot. One
     * from which permits were granted, or that was resumed before, knows better: nothing happens.
     */
    @Override
    public void resume(String snapshot, Duration age, long nowNanos) {
        Objects.requireNonNull(snapshot, "snapshot");
        List<List<SpentPermits>> told = SpentPermits.read(snapshot, settings.period(), maxCost());
        long ageNanos = PauseGate.nanos("age", age);
        long waitNanos;
        lock.lock();
        try {
            advance(nowNanos);
            if (told.size() == 1) {
                inherit(told.get(0), ageNanos);
            } else if (!used) {
                boolean isNew = told.isEmpty() && isLong();
                tokens.spent(tokens.permits(), isNew ? ageNanos : 0, last);
            }
            used = true;
            publish();
            waitNanos = waitNanos(1);
        } finally {
            lock.unlock();
        }
        if (isLong() && told.size() != 1 && waitNanos > LONGEST_EXHAUSTED.toNanos()) {
            LOG.warn(
                    "the checkpoint doesn't tell what is spent of the limit {}: all its permits count as"
                            + " spent, and the next comes back in {}",
                    this,
                    Duration.ofNanos(waitNanos));
        }
    }

    private void inherit(List<SpentPermits> told, long ageNanos) {
        for (SpentPermits part : told) {
            tokens.lose(inherited.add(part, ageNanos, last), last);
        }
        tokens.inherit(inherited.awayAt(last), last);
    }

    /**
     * Changes the number of permits in a period, for all who use this limiter. A window that holds the
     * change sees no more than the larger number.
     *
     * @param permits at least 1
     * @param nowNanos the clock's reading
     */
    public void changePermits(long permits, long nowNanos) {
        PacedSettings.requirePermits(permits);
        lock.lock();
        try {
            advance(nowNanos);
            tokens.permits(permits);
            pacer.permits(permits);
            publish();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long maxCost() {
        lock.lock();
        try {
            return tokens.permits();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Guarantee guarantee() {
        return settings.guarantee();
    }

    @Override
    public double permitsPerSecond(Duration latency) {
        lock.lock();
        try {
            return tokens.perSecond(latency);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        lock.lock();
        try {
            return tokens.permits() + " per " + settings.period() + ' ' + settings.guarantee();
        } finally {
            lock.unlock();
        }
    }

    private boolean isLong() {
        return settings.period().compareTo(LONGEST_EXHAUSTED) > 0;
    }

    private String owner() {
        return PROCESS + '-' + rank;
    }

    /** A limiter with the same settings and all its permits. */
    PacedRateLimiter copy() {
        return new PacedRateLimiter(settings);
    }

    /**
     * How long until nothing that happened matters any more, and a new limiter would do the same: 0 if
     * that is so now, {@link Long#MAX_VALUE} if it hangs on a close.
     */
    long restNanos(long nowNanos) {
        lock.lock();
        try {
            advance(nowNanos);
            return Math.max(pacer.restNanos(last), tokens.restNanos(last));
        } finally {
            lock.unlock();
        }
    }

    /** The wait if one look at the hint is enough to refuse, else 0. */
    long refusal(long cost, long nowNanos) {
        if (cost != 1) {
            return 0;
        }
        long next = hint;
        if (next == NEVER) {
            return Long.MAX_VALUE;
        }
        return next == ASK ? 0 : Math.max(0, next - nowNanos);
    }

    /**
     * Asks all and, if told to, takes from all or none, atomically; the limiters differ and are sorted by
     * {@link #rank}.
     */
    static long reserveAll(PacedRateLimiter[] limiters, long cost, boolean takes, long nowNanos) {
        for (PacedRateLimiter limiter : limiters) {
            limiter.lock.lock();
        }
        try {
            long wait = 0;
            for (PacedRateLimiter limiter : limiters) {
                wait = Math.max(wait, limiter.ask(cost, nowNanos));
            }
            for (PacedRateLimiter limiter : limiters) {
                if (wait == 0 && takes) {
                    limiter.take(cost);
                }
                limiter.publish();
            }
            return wait;
        } finally {
            for (PacedRateLimiter limiter : limiters) {
                limiter.lock.unlock();
            }
        }
    }

    long rank() {
        return rank;
    }

    private long ask(long cost, long nowNanos) {
        RateLimiters.requireCost(cost);
        if (cost > tokens.permits()) {
            throw new IllegalArgumentException(
                    "cost must be <= %d, the permits of a period, was %d"
                            .formatted(tokens.permits(), cost));
        }
        advance(nowNanos);
        long wait = waitNanos(cost);
        // What an old reading lacks comes on top: its owner's clock counts from there.
        return wait == 0 || wait == Long.MAX_VALUE ? wait : wait + (last - nowNanos);
    }

    private void take(long cost) {
        used = true;
        tokens.take(cost, last);
        pacer.charge(cost, last);
    }

    private void advance(long nowNanos) {
        if (!started) {
            started = true;
            last = nowNanos;
            pacer.start(nowNanos);
        } else if (nowNanos - last > 0) {
            last = nowNanos;
        }
        pacer.advance(last);
        tokens.advance(last);
    }

    private void publish() {
        long wait = waitNanos(1);
        long next = wait == 0 ? ASK : wait == Long.MAX_VALUE ? NEVER : last + wait;
        if (wait != Long.MAX_VALUE && next == NEVER) {
            next = ASK;
        }
        if (next != hint) {
            HINT.setRelease(this, next);
        }
    }

    private long waitNanos(long cost) {
        return Math.max(pacer.waitNanos(last), tokens.waitNanos(cost, last));
    }

    private void requireOpen(long cost) {
        RateLimiters.requireCost(cost);
        if (cost > tokens.open()) {
            throw new IllegalStateException(
                    "cost closed must be <= %d, the permits still open, was %d"
                            .formatted(tokens.open(), cost));
        }
    }

    private PacedRateLimiter changed(UnaryOperator<PacedSettings> change) {
        lock.lock();
        try {
            if (started) {
                throw new IllegalStateException(
                        "settings must be made before first use, was in use: " + settings);
            }
        } finally {
            lock.unlock();
        }
        return new PacedRateLimiter(change.apply(settings));
    }
}
