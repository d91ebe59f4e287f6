package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import io.ingest4j.testkit.LimiterTraffic;
import io.ingest4j.testkit.WindowChecker;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The traffic and the checker find what is wrong with limiters that look right. */
class NaiveLimitersTest {

    private static final int PERMITS = 10;
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void bucketThatStartsFull_isFoundOut() {
        assertThat(fullest(traffic(new Bucket()))).isGreaterThan(PERMITS + PERMITS / 2);
    }

    @Test
    void permitsBackOnePeriodAfterTheGrant_areTooManyAtTheServer() {
        RateLimiter atStart = RateLimiters.perSecond(PERMITS).guarantee(Guarantee.AT_START);
        assertThat(fullest(traffic(new Claiming(atStart)))).isGreaterThan(PERMITS);
    }

    @Test
    void pacingAlone_isTooMuchAtTheServer() {
        RateLimiter manyTokens = RateLimiters.per(PERMITS * 100, SECOND.multipliedBy(100));
        assertThat(fullest(traffic(manyTokens))).isGreaterThan(PERMITS);
    }

    @Test
    void lateArrivalsNotReckonedWith_areTooManyAtTheServer() {
        RateLimiter limiter = RateLimiters.perSecond(PERMITS).lateArrival(Duration.ZERO);
        assertThat(fullest(traffic(limiter))).isGreaterThan(PERMITS);
    }

    @Test
    void serverClockNotReckonedWith_isTooMuchAtTheServer() {
        RateLimiter limiter = RateLimiters.perSecond(PERMITS).lateArrival(SECOND).clockDriftPpm(0);
        assertThat(fullest(traffic(limiter).maxLatency(Duration.ZERO).withSlowServer()))
                .isGreaterThan(PERMITS);
    }

    @Test
    void sameTraffic_throughOurLimiter_isWithinTheLimit() {
        assertThat(fullest(traffic(RateLimiters.perSecond(PERMITS)).withSlowServer()))
                .isLessThanOrEqualTo(PERMITS);
    }

    @Test
    @Tag("real-time")
    void guavaAfterIdling_isFoundOut() {
        var guava = com.google.common.util.concurrent.RateLimiter.create(2_000);
        assertThat(fullestOfASecond(guava::tryAcquire)).isGreaterThan(2_000);
    }

    @Test
    @Tag("real-time")
    void failsafeBursty_isFoundOut() {
        var failsafe = dev.failsafe.RateLimiter.burstyBuilder(2_000, SECOND).build();
        assertThat(fullestOfASecond(failsafe::tryAcquirePermit)).isGreaterThan(2_000);
    }

    private static LimiterTraffic traffic(RateLimiter limiter) {
        return LimiterTraffic.through(limiter, SECOND).senders(40).lateArrival(SECOND);
    }

    private static long fullest(LimiterTraffic traffic) {
        WindowChecker seen = WindowChecker.of(SECOND);
        traffic.seenBy(seen).run(20_000);
        return seen.fullest();
    }

    /** Asks all the time from half a second to one and a half. */
    private static long fullestOfASecond(BooleanSupplier tryAcquire) {
        WindowChecker seen = WindowChecker.of(SECOND);
        long begin = System.nanoTime();
        long second = SECOND.toNanos();
        for (long now = begin; now - begin < second * 3 / 2; now = System.nanoTime()) {
            if (now - begin > second / 2 && tryAcquire.getAsBoolean()) {
                seen.saw(now, 1);
            }
        }
        return seen.fullest();
    }

    /** Ten tokens, one more each tenth of a second, never more than ten. */
    private static final class Bucket implements RateLimiter {
        private static final long REFILL_NANOS = SECOND.toNanos() / PERMITS;
        private long tokens = PERMITS;
        private long refilled;

        @Override
        public long reserve(long cost, String key, long nowNanos) {
            long fresh = Math.max(0, nowNanos - refilled) / REFILL_NANOS;
            refilled += fresh * REFILL_NANOS;
            tokens = Math.min(PERMITS, tokens + fresh);
            if (tokens < cost) {
                return REFILL_NANOS;
            }
            tokens -= cost;
            return GRANTED;
        }

        @Override
        public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {}

        @Override
        public Guarantee guarantee() {
            return Guarantee.AT_START;
        }
    }

    private record Claiming(RateLimiter limiter) implements RateLimiter {

        @Override
        public long reserve(long cost, String key, long nowNanos) {
            return limiter.reserve(cost, key, nowNanos);
        }

        @Override
        public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
            limiter.close(cost, key, outcome, nowNanos);
        }

        @Override
        public Guarantee guarantee() {
            return Guarantee.AT_SERVER;
        }
    }
}
