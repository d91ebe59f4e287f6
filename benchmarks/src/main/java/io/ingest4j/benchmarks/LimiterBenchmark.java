package io.ingest4j.benchmarks;

import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.core.limit.RateLimiters;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Attempts per microsecond that a limiter answers, the reading of the clock included. Each library is
 * used as its documentation says.
 *
 * <p>At {@code 5000} permits a second nearly all attempts are refused; {@code 1000000000} are never
 * used up, so all are granted. What ingest4j grants it also gets back: two calls, two readings of the
 * clock. The others have no second call, and so no guarantee at the server.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@Threads(1)
@SuppressWarnings("NullAway.Init") // JMH calls the setup
public class LimiterBenchmark {

    /** Permits a second. */
    @Param({"5000", "1000000000"})
    public int permits;

    private RateLimiter ingest4j;
    private com.google.common.util.concurrent.RateLimiter guava;
    private Bucket bucket4j;
    private io.github.resilience4j.ratelimiter.RateLimiter resilience4j;
    private dev.failsafe.RateLimiter<Object> failsafe;

    /** Makes all limiters. */
    @Setup(Level.Iteration)
    public void limiters() {
        Duration second = Duration.ofSeconds(1);
        ingest4j = RateLimiters.perSecond(permits);
        guava = com.google.common.util.concurrent.RateLimiter.create(permits);
        bucket4j =
                Bucket.builder()
                        .addLimit(limit -> limit.capacity(permits).refillGreedy(permits, second))
                        .build();
        resilience4j =
                io.github.resilience4j.ratelimiter.RateLimiter.of(
                        "benchmark",
                        RateLimiterConfig.custom()
                                .limitForPeriod(permits)
                                .limitRefreshPeriod(second)
                                .timeoutDuration(Duration.ZERO)
                                .build());
        failsafe = dev.failsafe.RateLimiter.smoothBuilder(permits, second).build();
    }

    /** Reserves, and closes what was granted. */
    @Benchmark
    public boolean ingest4j() {
        if (ingest4j.reserve(1, RateLimiter.NO_KEY, System.nanoTime()) != RateLimiter.GRANTED) {
            return false;
        }
        ingest4j.close(1, RateLimiter.NO_KEY, PermitOutcome.ANSWERED, System.nanoTime());
        return true;
    }

    /** Tries to acquire. */
    @Benchmark
    public boolean guava() {
        return guava.tryAcquire();
    }

    /** Tries to consume. */
    @Benchmark
    public boolean bucket4j() {
        return bucket4j.tryConsume(1);
    }

    /** Tries to acquire, with a timeout of zero. */
    @Benchmark
    public boolean resilience4j() {
        return resilience4j.acquirePermission();
    }

    /** Tries to acquire from the smooth limiter. */
    @Benchmark
    public boolean failsafe() {
        return failsafe.tryAcquirePermit();
    }

    /** The same with two threads on each limiter. */
    @Threads(2)
    public static class Contended extends LimiterBenchmark {}
}
