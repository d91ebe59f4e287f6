package io.ingest4j.benchmarks;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.core.limit.RateLimiters;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;

/**
 * Prints, as Markdown, how many permits limiters of 5,000 a second hand out in their fullest sliding
 * second, and in their fullest 10 ms, to a caller who asks all the time after having idled. ingest4j
 * and Bucket4j run on a virtual clock; the others offer none and take a few seconds each.
 */
public final class LimiterWindowTable {

    private static final int PERMITS = 5_000;
    private static final long SECOND = 1_000_000_000L;
    private static final long WINDOW = SECOND / 100;
    private static final long STEP = 10_000;

    /** Idles to shortly before the end of a second, so that a counter of fixed windows is caught. */
    private static final long IDLE = 19 * SECOND / 10;

    /** Then asks for so long. */
    private static final long BUSY = 5 * SECOND / 2;

    private LimiterWindowTable() {}

    /**
     * Prints the table.
     *
     * @param args none
     */
    public static void main(String[] args) {
        System.out.println(
                "| limiter at 5,000 a second | fullest second | fullest 10 ms | clock |");
        System.out.println("|---|---|---|---|");
        row("ingest4j", "virtual", onVirtualClock(ingest4j()));
        row("Guava", "real", onRealClock(guava()));
        VirtualMeter meter = new VirtualMeter();
        row("Bucket4j", "virtual", onVirtualClock(bucket4j(meter)));
        row("Resilience4j", "real", onRealClock(resilience4j()));
        row("Failsafe bursty", "real", onRealClock(failsafeBursty()));
        row("Failsafe smooth", "real", onRealClock(failsafeSmooth()));
    }

    private static LongPredicate ingest4j() {
        RateLimiter limiter = RateLimiters.perSecond(PERMITS);
        return now -> {
            boolean granted = limiter.reserve(1, RateLimiter.NO_KEY, now) == RateLimiter.GRANTED;
            if (granted) {
                limiter.close(1, RateLimiter.NO_KEY, PermitOutcome.ANSWERED, now);
            }
            return granted;
        };
    }

    private static LongPredicate guava() {
        var limiter = com.google.common.util.concurrent.RateLimiter.create(PERMITS);
        return now -> limiter.tryAcquire();
    }

    private static LongPredicate bucket4j(VirtualMeter meter) {
        Bucket bucket =
                Bucket.builder()
                        .withCustomTimePrecision(meter)
                        .addLimit(
                                limit ->
                                        limit.capacity(PERMITS)
                                                .refillGreedy(PERMITS, Duration.ofSeconds(1)))
                        .build();
        return now -> {
            meter.now = now;
            return bucket.tryConsume(1);
        };
    }

    private static LongPredicate resilience4j() {
        var limiter =
                io.github.resilience4j.ratelimiter.RateLimiter.of(
                        "table",
                        RateLimiterConfig.custom()
                                .limitForPeriod(PERMITS)
                                .limitRefreshPeriod(Duration.ofSeconds(1))
                                .timeoutDuration(Duration.ZERO)
                                .build());
        return now -> limiter.acquirePermission();
    }

    private static LongPredicate failsafeBursty() {
        var limiter =
                dev.failsafe.RateLimiter.burstyBuilder(PERMITS, Duration.ofSeconds(1)).build();
        return now -> limiter.tryAcquirePermit();
    }

    private static LongPredicate failsafeSmooth() {
        var limiter =
                dev.failsafe.RateLimiter.smoothBuilder(PERMITS, Duration.ofSeconds(1)).build();
        return now -> limiter.tryAcquirePermit();
    }

    private static long[] onVirtualClock(LongPredicate tryAcquire) {
        Grants grants = new Grants();
        for (long now = IDLE; now < IDLE + BUSY; now += STEP) {
            while (tryAcquire.test(now)) {
                grants.add(now);
            }
        }
        return grants.inOrder();
    }

    private static long[] onRealClock(LongPredicate tryAcquire) {
        Grants grants = new Grants();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < IDLE) {
            LockSupport.parkNanos(IDLE / 100);
        }
        for (long now = System.nanoTime(); now - begin < IDLE + BUSY; now = System.nanoTime()) {
            if (tryAcquire.test(now)) {
                grants.add(now - begin);
            }
        }
        return grants.inOrder();
    }

    private static void row(String name, String clock, long[] grants) {
        System.out.printf(
                "| %s | %,d | %,d | %s |%n",
                name, fullest(grants, SECOND), fullest(grants, WINDOW), clock);
    }

    private static int fullest(long[] grants, long windowNanos) {
        int fullest = 0;
        int end = 0;
        for (int start = 0; start < grants.length; start++) {
            while (end < grants.length && grants[end] - grants[start] < windowNanos) {
                end++;
            }
            fullest = Math.max(fullest, end - start);
        }
        return fullest;
    }

    private static final class Grants {
        private long[] instants = new long[16 * PERMITS];
        private int count;

        void add(long instant) {
            if (count == instants.length) {
                instants = Arrays.copyOf(instants, 2 * count);
            }
            instants[count++] = instant;
        }

        long[] inOrder() {
            return Arrays.copyOf(instants, count);
        }
    }

    private static final class VirtualMeter implements TimeMeter {
        private long now;

        @Override
        public long currentTimeNanos() {
            return now;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }
}
