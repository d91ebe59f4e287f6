package io.ingest4j.core.limit;

import java.math.BigInteger;

/**
 * Spreads grants evenly: the generic cell rate algorithm in its virtual scheduling form. A grant is
 * due when the ones before it are paid for; one that comes a little early, by the tolerance, is let
 * through, so that who wakes late catches up.
 *
 * <p>A permit's spacing is kept as whole nanoseconds and a fraction of 63 bits. The fraction is
 * rounded up, by at most a nanosecond in 2^63 permits: no rate drifts. Instants are readings that may
 * overflow; advancing before each use keeps them all within a few spans of the last reading, so that
 * differences don't. Not safe for use by several threads.
 */
final class Pacer {

    private static final int FRACTION_BITS = 63;
    private static final long FRACTION_MASK = Long.MAX_VALUE;
    private static final int RAMP_STEPS = 4;

    private final long periodNanos;
    private final long toleranceNanos;
    private final long rampNanos;

    private long spacingNanos;
    private long spacingFraction;
    private long due;
    private long dueFraction;
    private boolean eased;
    private long resumeAt;

    Pacer(PacedSettings settings) {
        periodNanos = settings.period().toNanos();
        toleranceNanos = settings.catchUp().toNanos();
        rampNanos = settings.rampUp().toNanos();
        permits(settings.permits());
    }

    void permits(long permits) {
        spacingNanos = periodNanos / permits;
        BigInteger divisor = BigInteger.valueOf(permits);
        spacingFraction =
                BigInteger.valueOf(periodNanos % permits)
                        .shiftLeft(FRACTION_BITS)
                        .add(divisor.subtract(BigInteger.ONE))
                        .divide(divisor)
                        .longValueExact();
    }

    void start(long at) {
        due = at;
    }

    void advance(long at) {
        if (due - at < 0) {
            due = at;
            dueFraction = 0;
        }
        if (eased && at - resumeAt >= rampNanos) {
            eased = false;
        }
    }

    /** How long from {@code at}, the instant advanced to, until the next grant. */
    long waitNanos(long at) {
        long wait = Math.max(0, due - at - toleranceNanos);
        return eased ? Math.max(wait, resumeAt - at) : wait;
    }

    void charge(long cost, long at) {
        long fraction = dueFraction + ((cost * spacingFraction) & FRACTION_MASK);
        dueFraction = fraction & FRACTION_MASK;
        long spacing = wholeSpacing(cost) + (fraction >>> FRACTION_BITS);
        due += eased ? stretched(spacing, at) : spacing;
    }

    /** Takes a charge back. Not after a pause: it must not make room for a burst. */
    void refund(long cost, long at) {
        if (!eased) {
            due -= wholeSpacing(cost);
            advance(at);
        }
    }

    void pauseUntil(long until) {
        if (eased && until - resumeAt <= 0) {
            return;
        }
        eased = true;
        resumeAt = until;
        if (until + toleranceNanos - due > 0) {
            due = until + toleranceNanos;
        }
    }

    /** How long from {@code at}, the instant advanced to, until nothing is left to pace. */
    long restNanos(long at) {
        long rest = due - at + (dueFraction == 0 ? 0 : 1);
        return eased ? Math.max(rest, resumeAt + rampNanos - at) : rest;
    }

    private long wholeSpacing(long cost) {
        long high = Math.multiplyHigh(cost, spacingFraction) << 1;
        long low = (cost * spacingFraction) >>> FRACTION_BITS;
        return cost * spacingNanos + (high | low);
    }

    /** After a pause 1/16 of the rate, then 1/8, 1/4, 1/2; nobody waits longer than the ramp for it. */
    private long stretched(long spacing, long at) {
        long step = (at - resumeAt) / Math.max(1, rampNanos / RAMP_STEPS);
        long slower = spacing << Math.max(0, RAMP_STEPS - step);
        return Math.max(spacing, Math.min(slower, resumeAt + rampNanos - due));
    }
}
