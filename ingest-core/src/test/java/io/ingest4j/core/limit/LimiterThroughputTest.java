package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import io.ingest4j.testkit.VirtualClock;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run loop in virtual time, which always has something to send: how much of the limit it uses. */
class LimiterThroughputTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    @ParameterizedTest
    @CsvSource({
        // permits, period ms, cost, RTT ms, jitter ms, late wake-up us
        "5000, 1000, 1, 1, 0, 0",
        "5000, 1000, 1, 1, 1, 100",
        "5000, 1000, 1, 4, 4, 1000",
        "5000, 1000, 1, 50, 20, 1000",
        "5000, 1000, 1, 200, 0, 0",
        "5000, 1000, 1, 200, 150, 5000",
        "5000, 1000, 100, 20, 10, 1000",
        "5000, 1000, 1000, 20, 10, 1000",
        "100, 1000, 1, 5, 5, 1000",
        "10, 1000, 1, 100, 50, 100",
        "3, 7000, 1, 100, 100, 100",
        "100000, 20000, 1, 10, 10, 1000",
        "20000, 1000, 1, 10, 10, 100",
    })
    void atServer_whatTheRoundTripLeavesIsUsed(
            long permits, long periodMs, long cost, long rttMs, long jitterMs, long lateUs) {
        PacedRateLimiter limiter = RateLimiters.per(permits, Duration.ofMillis(periodMs));
        Loop loop = new Loop(limiter, cost, rttMs * MILLI, jitterMs * MILLI, lateUs * 1_000);
        // A permit's round; what is sent in the course of one repeats in the next.
        double round = (periodMs + rttMs + jitterMs / 2.0) * MILLI;
        double rounds = permits < 1_000 ? 300 : 12;
        double achieved = loop.run(4 * periodMs * MILLI, (long) (rounds * round));
        double ideal = permits * 1e9 / round;
        assertThat(achieved / ideal).isBetween(0.98, 1.005);
    }

    @ParameterizedTest
    @CsvSource({"5000, 1000, 1, 200, 1000", "3, 7000, 1, 100, 10000", "100, 1000, 1, 10, 5000"})
    void atStart_theWholeRateIsUsed(
            long permits, long periodMs, long cost, long rttMs, long lateUs) {
        PacedRateLimiter limiter =
                RateLimiters.per(permits, Duration.ofMillis(periodMs))
                        .guarantee(Guarantee.AT_START);
        Loop loop = new Loop(limiter, cost, rttMs * MILLI, rttMs * MILLI, lateUs * 1_000);
        double achieved = loop.run(periodMs * MILLI * 4, 30 * periodMs * MILLI);
        assertThat(achieved * periodMs / 1000 / permits).isBetween(0.98, 1.0001);
    }

    @Test
    void aPauseOfTheSender_isCaughtUp() {
        PacedRateLimiter limiter = RateLimiters.perSecond(1_000).guarantee(Guarantee.AT_START);
        long granted = 0;
        long nextPause = SECOND;
        for (long now = 0; now < 30 * SECOND; ) {
            if (now >= nextPause) {
                now += 40 * MILLI;
                nextPause += SECOND;
            }
            long wait = limiter.reserve(1, "", now);
            granted += wait == RateLimiter.GRANTED ? 1 : 0;
            now += wait;
        }
        assertThat(granted).isBetween(29_400L, 30_051L);
    }

    @Test
    void pace_doesNotDrift() {
        PacedRateLimiter limiter =
                RateLimiters.per(3, Duration.ofSeconds(7)).clockDriftPpm(0).catchUp(Duration.ZERO);
        long now = 17;
        for (int i = 0; i < 3_000_000; i++) {
            limiter.reserve(1, "", now);
            limiter.close(1, "", PermitOutcome.ANSWERED, now);
            now += limiter.reserve(1, "", now);
        }
        assertThat(now - 17).isEqualTo(1_000_000 * 7 * SECOND);
    }

    /** One thread: sends what is granted, else sleeps until told, and wakes late. */
    private static final class Loop {
        private final RateLimiter limiter;
        private final long cost;
        private final long rttNanos;
        private final long jitterNanos;
        private final long lateNanos;
        private final VirtualClock clock = new VirtualClock();
        private final Random random = new Random(1);
        private long sent;
        private boolean asleep;

        Loop(RateLimiter limiter, long cost, long rttNanos, long jitterNanos, long lateNanos) {
            this.limiter = limiter;
            this.cost = cost;
            this.rttNanos = rttNanos;
            this.jitterNanos = jitterNanos;
            this.lateNanos = lateNanos;
        }

        double run(long warmUpNanos, long nanos) {
            wake();
            clock.advance(warmUpNanos);
            sent = 0;
            clock.advance(nanos);
            return sent * 1e9 / nanos;
        }

        private void wake() {
            asleep = false;
            long wait = limiter.reserve(cost, "", clock.nanos());
            while (wait == RateLimiter.GRANTED) {
                sent += cost;
                clock.after(rttNanos + random.nextLong(jitterNanos + 1), this::answer);
                wait = limiter.reserve(cost, "", clock.nanos());
            }
            if (wait != Long.MAX_VALUE) {
                asleep = true;
                clock.after(wait + random.nextLong(lateNanos + 1), this::wake);
            }
        }

        private void answer() {
            limiter.close(cost, "", PermitOutcome.ANSWERED, clock.nanos());
            if (!asleep) {
                wake();
            }
        }
    }
}
