package io.ingest4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * What every limiter must do. A subclass says how to make one and what its limit is; all instants
 * are of a {@link VirtualClock}.
 */
public abstract class RateLimiterContract {

    /** The key that all permits are asked for with. */
    protected static final String KEY = "key";

    private static final int ATTEMPTS = 5_000;

    /**
     * Makes the limiter.
     *
     * @return a new one, all its permits there
     */
    protected abstract RateLimiter limiter();

    /**
     * Says how much it allows.
     *
     * @return permits in a period, {@link Long#MAX_VALUE} if there is no limit
     */
    protected abstract long permits();

    /**
     * Says for how long.
     *
     * @return the period that the guarantee is about
     */
    protected abstract Duration period();

    /**
     * Says for how long what was sent may go on after its connection was closed.
     *
     * @return one second by default
     */
    protected Duration lateArrival() {
        return Duration.ofSeconds(1);
    }

    @Test
    void cost_belowOne_isRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter().reserve(0, KEY, 0))
                .withMessageContaining("cost must be >= 1, was 0");
    }

    @Test
    void cost_ofMoreThanIsEverGranted_isRefusedByName() {
        assumeTrue(permits() < Long.MAX_VALUE, "without a number of permits none is refused");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter().reserve(permits() + 1, KEY, 0))
                .withMessageContaining("cost must be <= " + permits())
                .withMessageContaining("was " + (permits() + 1));
    }

    @Test
    void costOfAll_isGrantedToANewLimiter() {
        long cost = Math.min(permits(), Integer.MAX_VALUE);
        assertThat(limiter().reserve(cost, KEY, 0)).isEqualTo(RateLimiter.GRANTED);
    }

    @Test
    void anyOutcome_closesWhatWasGranted() {
        for (PermitOutcome outcome : PermitOutcome.values()) {
            RateLimiter limiter = limiter();
            limiter.reserve(1, KEY, 0);
            assertThatCode(() -> limiter.close(1, KEY, outcome, 0)).doesNotThrowAnyException();
        }
    }

    @Test
    void refusal_tellsTheEarliestInstantAtWhichAskingHelps() {
        assumeTrue(permits() < Long.MAX_VALUE, "without a number of permits none is refused");
        for (long origin : origins()) {
            RateLimiter limiter = limiter();
            long now = origin;
            for (int i = 0; i < 4 * Math.min(permits(), 1_000); i++) {
                long wait = limiter.reserve(1, KEY, now);
                if (wait != RateLimiter.GRANTED) {
                    assertThat(wait).isBetween(1L, Long.MAX_VALUE - 1);
                    assertThat(limiter.reserve(1, KEY, now + wait - 1)).isEqualTo(1);
                    now += wait;
                    assertThat(limiter.reserve(1, KEY, now)).isEqualTo(RateLimiter.GRANTED);
                }
                limiter.close(1, KEY, PermitOutcome.ANSWERED, now);
            }
        }
    }

    @Test
    void pause_grantsNothingUntilItsEnd() {
        for (long origin : origins()) {
            RateLimiter limiter = limiter();
            limiter.pause(Duration.ofSeconds(30), origin);
            assertThat(limiter.reserve(1, KEY, origin + 1)).isEqualTo(29_999_999_999L);
            assertThat(limiter.reserve(1, KEY, origin + 29_999_999_999L)).isEqualTo(1);
            assertThat(limiter.reserve(1, KEY, origin + 30_000_000_000L)).isZero();
        }
    }

    @Test
    void pause_neverShortensALongerOne() {
        RateLimiter limiter = limiter();
        limiter.pause(Duration.ofSeconds(30), 0);
        limiter.pause(Duration.ofSeconds(1), 0);
        assertThat(limiter.reserve(1, KEY, 2_000_000_000L)).isEqualTo(28_000_000_000L);
        limiter.pause(Duration.ofSeconds(60), 2_000_000_000L);
        assertThat(limiter.reserve(1, KEY, 30_000_000_000L)).isEqualTo(32_000_000_000L);
    }

    @Test
    void pause_hostile_isLongButNoError() {
        RateLimiter limiter = limiter();
        limiter.pause(Duration.ofSeconds(Long.MAX_VALUE), Long.MAX_VALUE);
        assertThat(limiter.reserve(1, KEY, Long.MAX_VALUE)).isPositive();
    }

    @Test
    void pause_negative_isRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter().pause(Duration.ofNanos(-1), 0))
                .withMessageContaining("pause must be >= 0, was PT-0.000000001S");
    }

    @Test
    void pause_beforeFirstUse_countsFromItsOwnReading() {
        RateLimiter limiter = limiter();
        limiter.pause(Duration.ofSeconds(10), 5_000_000_000L);
        assertThat(limiter.reserve(1, KEY, 14_999_999_999L)).isEqualTo(1);
        assertThat(limiter.reserve(1, KEY, 15_000_000_000L)).isZero();
    }

    @Test
    void rate_isPositive() {
        assertThat(limiter().permitsPerSecond(Duration.ofMillis(100))).isPositive();
    }

    @Test
    void guarantee_holdsForRandomTraffic() {
        assumeTrue(limiter().guarantee() != Guarantee.NONE, "it promises nothing to check");
        for (long origin : origins()) {
            WindowChecker seen = WindowChecker.of(period());
            LimiterTraffic.through(limiter(), period())
                    .origin(origin)
                    .maxCost(Math.min(3, permits()))
                    .lateArrival(lateArrival())
                    .seenBy(seen)
                    .run(ATTEMPTS);
            seen.assertAtMost(permits());
            assertThat(seen.total()).isPositive();
        }
    }

    @Test
    void resume_changesNothing_onceItGranted() {
        for (long origin : origins()) {
            RateLimiter shared = limiter();
            RateLimiter alone = limiter();
            assertAlike(1, shared, alone, origin, () -> {});
            String[] own = {shared.snapshot(3, origin)};
            assertAlike(
                    200,
                    shared,
                    alone,
                    origin,
                    () -> {
                        shared.resume("", Duration.ZERO, origin);
                        shared.resume(own[0], Duration.ZERO, origin);
                        own[0] = shared.snapshot(3, origin);
                    });
        }
    }

    @Test
    void resume_aSecondTime_changesNothing() {
        for (long origin : origins()) {
            RateLimiter earlier = limiter();
            earlier.reserve(1, KEY, origin);
            String snapshot = earlier.snapshot(0, origin);
            RateLimiter often = limiter();
            RateLimiter once = limiter();
            once.resume(snapshot, Duration.ZERO, origin);
            often.resume(snapshot, Duration.ZERO, origin);
            assertAlike(
                    200,
                    often,
                    once,
                    origin,
                    () -> often.resume(snapshot, Duration.ofSeconds(1), origin + 1));
        }
    }

    @Test
    void resume_givesAllPermitsBack_whenTheirTimeIsOver() {
        for (long origin : origins()) {
            RateLimiter limiter = limiter();
            limiter.resume("", Duration.ZERO, origin);
            long late = 2 * (period().toNanos() + lateArrival().toNanos());
            long cost = Math.min(permits(), Integer.MAX_VALUE);
            assertThat(limiter.reserve(cost, KEY, origin + late)).isEqualTo(RateLimiter.GRANTED);
        }
    }

    @Test
    void resume_hostile_isNoError() {
        RateLimiter limiter = limiter();
        limiter.resume("", Duration.ofSeconds(Long.MAX_VALUE), Long.MAX_VALUE);
        assertThat(limiter.reserve(1, KEY, Long.MAX_VALUE)).isNotNegative();
    }

    /** Asks both for the same, while something happens to the first. */
    private void assertAlike(
            int asks, RateLimiter limiter, RateLimiter other, long origin, Runnable between) {
        long now = origin;
        for (int i = 0; i < asks; i++) {
            long wait = limiter.reserve(1, KEY, now);
            assertThat(wait).as("answer %d", i).isEqualTo(other.reserve(1, KEY, now));
            if (wait == RateLimiter.GRANTED) {
                limiter.close(1, KEY, PermitOutcome.ANSWERED, now);
                other.close(1, KEY, PermitOutcome.ANSWERED, now);
            }
            between.run();
            now += Math.max(1, Math.min(period().toNanos(), wait) / 3);
        }
    }

    private static long[] origins() {
        return new long[] {0, -1, Long.MAX_VALUE - 5, Long.MIN_VALUE, -7_000_000_000L};
    }
}
