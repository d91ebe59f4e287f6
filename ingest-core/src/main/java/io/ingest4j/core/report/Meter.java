package io.ingest4j.core.report;

import io.ingest4j.api.Progress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;

/** Tells from the last few ledgers how fast a run is and how long it will take. Safe for use by several threads. */
final class Meter {

    private static final int SAMPLES = 11;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Deque<Progress> samples = new ArrayDeque<>(SAMPLES);

    synchronized void sample(Progress progress) {
        if (samples.size() == SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(progress);
    }

    /** Records done per second between the oldest and the newest ledger; 0 if that can't be told. */
    synchronized double perSecond() {
        if (samples.size() < 2) {
            return 0;
        }
        Progress oldest = samples.getFirst();
        Progress newest = samples.getLast();
        long nanos = newest.elapsed().minus(oldest.elapsed()).toNanos();
        return nanos <= 0 ? 0 : (newest.done() - oldest.done()) * NANOS_PER_SECOND / nanos;
    }

    /** How many records the source holds, from the mean size of those read so far. */
    synchronized OptionalLong total() {
        Progress newest = samples.peekLast();
        if (newest == null || newest.totalBytes() < 0 || newest.readBytes() <= 0) {
            return OptionalLong.empty();
        }
        double share = (double) newest.totalBytes() / newest.readBytes();
        return OptionalLong.of(Math.round(newest.read() * Math.max(1, share)));
    }

    /** How long the rest takes at the present rate, or at the limiter's if that is less. */
    synchronized Optional<Duration> left() {
        OptionalLong total = total();
        Progress newest = samples.peekLast();
        if (newest == null || total.isEmpty()) {
            return Optional.empty();
        }
        double rate = Math.min(perSecond(), newest.ceiling());
        double seconds = (total.getAsLong() - newest.done()) / rate;
        return Double.isFinite(seconds)
                ? Optional.of(Duration.ofSeconds((long) Math.ceil(seconds)))
                : Optional.empty();
    }
}
