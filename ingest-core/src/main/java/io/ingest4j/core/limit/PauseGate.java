package io.ingest4j.core.limit;

import java.time.Duration;
import java.util.Objects;

/** Remembers until when nothing is granted, for limiters that have no clockwork of their own. */
final class PauseGate {

    private volatile boolean paused;
    private long until;

    /** How long from now the pause lasts, 0 if there is none. */
    long waitNanos(long nowNanos) {
        return paused ? pausedWaitNanos(nowNanos) : 0;
    }

    synchronized void pause(Duration pause, long nowNanos) {
        long end = nowNanos + nanos("pause", pause);
        if (!paused || end - until > 0) {
            until = end;
            paused = true;
        }
    }

    private synchronized long pausedWaitNanos(long nowNanos) {
        long wait = until - nowNanos;
        if (wait <= 0) {
            paused = false;
        }
        return Math.max(0, wait);
    }

    /** The length of a span, bounded so that instants stay comparable. */
    static long nanos(String name, Duration span) {
        Objects.requireNonNull(span, name);
        if (span.isNegative()) {
            throw new IllegalArgumentException(name + " must be >= 0, was " + span);
        }
        return span.compareTo(PacedSettings.LONGEST) < 0
                ? span.toNanos()
                : PacedSettings.LONGEST.toNanos();
    }
}
