package io.ingest4j.core.limit;

import io.ingest4j.api.RateLimiter.Guarantee;
import java.time.Duration;
import java.util.Objects;

/** What a {@link PacedRateLimiter} was told, checked. */
record PacedSettings(
        long permits,
        Duration period,
        Guarantee guarantee,
        Duration lateArrival,
        int clockDriftPpm,
        Duration catchUp,
        Duration rampUp) {

    /** Short enough for sums of several such spans to fit into a long of nanoseconds. */
    static final Duration LONGEST = Duration.ofDays(3650);

    private static final int MILLION = 1_000_000;

    PacedSettings {
        requirePermits(permits);
        requireSpan("period", period, Duration.ofNanos(1));
        requireSpan("lateArrival", lateArrival, Duration.ZERO);
        requireSpan("catchUp", catchUp, Duration.ZERO);
        requireSpan("rampUp", rampUp, Duration.ZERO);
        if (guarantee == Guarantee.NONE) {
            throw new IllegalArgumentException(
                    "guarantee must be AT_SERVER or AT_START, was " + guarantee);
        }
        if (clockDriftPpm < 0 || clockDriftPpm > MILLION) {
            throw new IllegalArgumentException(
                    "clockDriftPpm must be from 0 to 1000000, was " + clockDriftPpm);
        }
    }

    static PacedSettings defaults(long permits, Duration period) {
        return new PacedSettings(
                permits,
                period,
                Guarantee.AT_SERVER,
                Duration.ofSeconds(1),
                1000,
                shorter(Duration.ofMillis(50), period.dividedBy(20)),
                shorter(Duration.ofSeconds(10), period));
    }

    PacedSettings withGuarantee(Guarantee value) {
        return new PacedSettings(
                permits, period, value, lateArrival, clockDriftPpm, catchUp, rampUp);
    }

    PacedSettings withLateArrival(Duration value) {
        return new PacedSettings(permits, period, guarantee, value, clockDriftPpm, catchUp, rampUp);
    }

    PacedSettings withClockDriftPpm(int value) {
        return new PacedSettings(permits, period, guarantee, lateArrival, value, catchUp, rampUp);
    }

    PacedSettings withCatchUp(Duration value) {
        return new PacedSettings(
                permits, period, guarantee, lateArrival, clockDriftPpm, value, rampUp);
    }

    PacedSettings withRampUp(Duration value) {
        return new PacedSettings(
                permits, period, guarantee, lateArrival, clockDriftPpm, catchUp, value);
    }

    /** From what gives a permit back, an answer or under AT_START the grant, to the permit's return. */
    long returnNanos() {
        long nanos = period.toNanos();
        return guarantee == Guarantee.AT_START ? nanos : nanos + drift(nanos);
    }

    /** The same after a connection that was closed without an answer. */
    long lateReturnNanos() {
        return guarantee == Guarantee.AT_START
                ? returnNanos()
                : returnNanos() + lateArrival.toNanos();
    }

    static void requirePermits(long permits) {
        if (permits < 1) {
            throw new IllegalArgumentException("permits must be >= 1, was " + permits);
        }
    }

    static void requireSpan(String name, Duration value, Duration least) {
        Objects.requireNonNull(value, name);
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    name + " must be from " + least + " to " + LONGEST + ", was " + value);
        }
    }

    private long drift(long nanos) {
        long remainder = nanos % MILLION * clockDriftPpm;
        return nanos / MILLION * clockDriftPpm + (remainder + MILLION - 1) / MILLION;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
