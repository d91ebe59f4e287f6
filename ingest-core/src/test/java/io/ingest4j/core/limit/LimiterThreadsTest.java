package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import io.ingest4j.testkit.WindowChecker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Real threads on one limiter, on a clock that each of their readings moves on. */
class LimiterThreadsTest {

    private static final int THREADS = 4;
    private static final int ASKS = 50_000;
    private static final Duration PERIOD = Duration.ofNanos(1_000);

    @Test
    void threads_shareOneLimit() throws Exception {
        WindowChecker seen = WindowChecker.of(PERIOD);
        hammer(RateLimiters.per(20, PERIOD).catchUp(PERIOD), seen);
        seen.assertAtMost(20);
        assertThat(seen.total()).isGreaterThan(1_000);
    }

    @Test
    void threads_shareOneLimit_atStart() throws Exception {
        WindowChecker seen = WindowChecker.of(PERIOD);
        RateLimiter limiter =
                RateLimiters.per(20, PERIOD).catchUp(PERIOD).guarantee(Guarantee.AT_START);
        hammer(limiter, seen);
        assertThat(seen.total()).isBetween(1_000L, 20 * THREADS * 3L * ASKS / 1_000 + 20);
    }

    @Test
    void threads_shareComposites_thatOverlap() throws Exception {
        WindowChecker seen = WindowChecker.of(PERIOD);
        PacedRateLimiter tight = RateLimiters.per(10, PERIOD).catchUp(PERIOD);
        PacedRateLimiter wide = RateLimiters.per(500, PERIOD.multipliedBy(100)).catchUp(PERIOD);
        RateLimiter there = RateLimiters.all(tight, wide);
        RateLimiter back = RateLimiters.all(wide, tight);
        AtomicLong turn = new AtomicLong();
        hammer(new Either(there, back, turn), seen);
        seen.assertAtMost(10);
        assertThat(seen.total()).isGreaterThan(100);
    }

    @Test
    void composites_thatShareTheirParts_dontWaitForEachOther() throws Exception {
        PacedRateLimiter one = RateLimiters.per(1_000_000_000, PERIOD).catchUp(PERIOD);
        PacedRateLimiter other = RateLimiters.per(1_000_000_000, PERIOD).catchUp(PERIOD);
        RateLimiter there = RateLimiters.all(one, other);
        RateLimiter back = RateLimiters.all(other, one);
        WindowChecker seen = WindowChecker.of(PERIOD);
        hammer(new Either(there, back, new AtomicLong()), seen);
        assertThat(seen.total()).isEqualTo((long) THREADS * ASKS);
    }

    private static void hammer(RateLimiter limiter, WindowChecker seen) throws Exception {
        AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 10_000);
        ExecutorService pool = Executors.newFixedThreadPool(THREADS, LimiterThreadsTest::daemon);
        try {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                ends.add(pool.submit(() -> ask(limiter, clock, seen)));
            }
            for (Future<?> end : ends) {
                end.get(60, TimeUnit.SECONDS);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }

    private static void ask(RateLimiter limiter, AtomicLong clock, WindowChecker seen) {
        for (int i = 0; i < ASKS; i++) {
            if (limiter.reserve(1, "", clock.incrementAndGet()) == RateLimiter.GRANTED) {
                seen.saw(clock.incrementAndGet(), 1);
                limiter.close(1, "", PermitOutcome.ANSWERED, clock.incrementAndGet());
            }
        }
    }

    /** One limiter or the other, in turn; both have the same parts. */
    private record Either(RateLimiter a, RateLimiter b, AtomicLong turn) implements RateLimiter {

        @Override
        public long reserve(long cost, String key, long nowNanos) {
            return (turn.getAndIncrement() % 2 == 0 ? a : b).reserve(cost, key, nowNanos);
        }

        @Override
        public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
            (turn.getAndIncrement() % 2 == 0 ? a : b).close(cost, key, outcome, nowNanos);
        }
    }
}
