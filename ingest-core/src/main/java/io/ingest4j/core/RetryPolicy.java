package io.ingest4j.core;

import io.ingest4j.core.loop.Require;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How often a failed attempt is repeated and how long to wait before. Immutable.
 *
 * <p>The wait before the n-th retry is {@code firstDelay * 2^(n-1)}, at most {@code maxDelay}, less a
 * random part of up to {@code jitter} of it, so that those who failed together don't come back
 * together. A receiver that asks for a longer wait gets it.
 *
 * @since 0.1
 */
public final class RetryPolicy {

    /** What Failsafe gets to see of a failed attempt: it only counts. */
    static final Boolean FAILED = false;

    private static final RetryPolicy STANDARD =
            new RetryPolicy(Duration.ofMillis(200), Duration.ofSeconds(30), 10, 0.5);

    private final Duration firstDelay;
    private final Duration maxDelay;
    private final int maxAttempts;
    private final double jitter;

    private RetryPolicy(Duration firstDelay, Duration maxDelay, int maxAttempts, double jitter) {
        this.firstDelay = firstDelay;
        this.maxDelay = maxDelay;
        this.maxAttempts = maxAttempts;
        this.jitter = jitter;
    }

    /**
     * Returns the policy of a run that sets none: 10 attempts, waits from 200 ms to 30 s, jitter 0.5.
     *
     * @return the standard policy
     */
    public static RetryPolicy standard() {
        return STANDARD;
    }

    /**
     * Returns the policy that never repeats anything.
     *
     * @return a policy of one attempt
     */
    public static RetryPolicy none() {
        return STANDARD.maxAttempts(1);
    }

    /**
     * Returns a policy with other waits, 10 attempts and jitter 0.5.
     *
     * @param firstDelay the wait before the first retry, more than zero
     * @param maxDelay the longest wait, at least {@code firstDelay}
     * @return the policy
     * @throws IllegalArgumentException if a wait is out of its range
     */
    public static RetryPolicy exponential(Duration firstDelay, Duration maxDelay) {
        Require.positive("firstDelay", firstDelay);
        Objects.requireNonNull(maxDelay, "maxDelay");
        if (maxDelay.compareTo(firstDelay) < 0) {
            throw new IllegalArgumentException(
                    "maxDelay must be >= firstDelay " + firstDelay + ", was " + maxDelay);
        }
        return new RetryPolicy(firstDelay, maxDelay, STANDARD.maxAttempts, STANDARD.jitter);
    }

    /**
     * Sets after how many attempts a record is given up.
     *
     * @param attempts the first attempt included, at least 1
     * @return a changed copy
     * @throws IllegalArgumentException if that is less than 1
     */
    public RetryPolicy maxAttempts(int attempts) {
        Require.atLeast("maxAttempts", 1, attempts);
        return new RetryPolicy(firstDelay, maxDelay, attempts, jitter);
    }

    /**
     * Sets how much of each wait is random.
     *
     * @param share from 0, always the full wait, to 1, anything from no wait to the full wait
     * @return a changed copy
     * @throws IllegalArgumentException if that is out of its range
     */
    public RetryPolicy jitter(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("jitter must be from 0 to 1, was " + share);
        }
        return new RetryPolicy(firstDelay, maxDelay, maxAttempts, share);
    }

    /** Failsafe's own jitter draws from Math.random, so the waits come from a function of ours. */
    dev.failsafe.RetryPolicy<Object> toFailsafe(RandomGenerator random) {
        Objects.requireNonNull(random, "random");
        return dev.failsafe.RetryPolicy.builder()
                .handleResult(FAILED)
                .withMaxAttempts(maxAttempts)
                .withDelayFn(context -> delay(context.getAttemptCount(), random))
                .build();
    }

    /**
     * Tells how long to wait after a failed attempt, or that there is to be no further one.
     *
     * @param failedAttempts how many failed so far, at least 1
     * @param random where the jitter comes from
     * @return the wait, at least zero; empty if the attempts are used up
     */
    public Optional<Duration> delayAfter(int failedAttempts, RandomGenerator random) {
        Require.atLeast("failedAttempts", 1, failedAttempts);
        return failedAttempts >= maxAttempts
                ? Optional.empty()
                : Optional.of(delay(failedAttempts, random));
    }

    /**
     * Returns the longest wait.
     *
     * @return more than zero
     */
    public Duration maxDelay() {
        return maxDelay;
    }

    private Duration delay(int failedAttempts, RandomGenerator random) {
        long longest = Require.nanos(maxDelay);
        long delay = Math.min(Require.nanos(firstDelay), longest);
        for (int i = 1; i < failedAttempts && delay < longest; i++) {
            delay = Math.min(longest, delay * 2);
        }
        return Duration.ofNanos((long) (delay * (1 - jitter * random.nextDouble())));
    }
}
