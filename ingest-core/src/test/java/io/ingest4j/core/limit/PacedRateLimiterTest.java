package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PacedRateLimiterTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long MILLI = 1_000_000;
    private static final long NANOS = 1_000 * MILLI;

    /** Two permits, no pacing: what is left are the tokens. */
    private static PacedRateLimiter twoTokens() {
        return RateLimiters.perSecond(2).catchUp(SECOND);
    }

    @Test
    void answered_comesBackAPeriodAndTheDriftAfterTheAnswer() {
        PacedRateLimiter limiter = twoTokens();
        takeAll(limiter, 0);
        assertThat(reserve(limiter, 1)).isEqualTo(Long.MAX_VALUE);
        close(limiter, PermitOutcome.ANSWERED, 300 * MILLI);
        assertThat(reserve(limiter, 300 * MILLI)).isEqualTo(1_001 * MILLI);
        assertThat(reserve(limiter, 1_301 * MILLI - 1)).isEqualTo(1);
        assertThat(reserve(limiter, 1_301 * MILLI)).isZero();
    }

    @Test
    void unanswered_comesBackLaterByTheLateArrival() {
        PacedRateLimiter limiter = twoTokens().lateArrival(Duration.ofSeconds(5));
        takeAll(limiter, 0);
        close(limiter, PermitOutcome.UNANSWERED, 0);
        assertThat(reserve(limiter, 0)).isEqualTo(6_001 * MILLI);
        close(limiter, PermitOutcome.ANSWERED, MILLI);
        assertThat(reserve(limiter, MILLI)).isEqualTo(1_001 * MILLI);
    }

    @Test
    void notSent_comesBackAtOnce() {
        PacedRateLimiter limiter = twoTokens();
        takeAll(limiter, 0);
        close(limiter, PermitOutcome.NOT_SENT, 5);
        assertThat(reserve(limiter, 5)).isZero();
        assertThat(reserve(limiter, 5)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void notSent_givesItsPlaceInThePaceBack() {
        PacedRateLimiter limiter = RateLimiters.perSecond(2);
        assertThat(reserve(limiter, 0)).isZero();
        assertThat(reserve(limiter, 0)).isEqualTo(450 * MILLI);
        close(limiter, PermitOutcome.NOT_SENT, 0);
        assertThat(reserve(limiter, 0)).isZero();
    }

    @Test
    void lost_neverComesBack() {
        PacedRateLimiter limiter = twoTokens();
        takeAll(limiter, 0);
        assertThat(reserve(limiter, Long.MAX_VALUE - 1)).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @EnumSource
    void atStart_anyOutcome_comesBackAPeriodAfterTheGrant(PermitOutcome outcome) {
        PacedRateLimiter limiter = twoTokens().guarantee(Guarantee.AT_START);
        assertThat(reserve(limiter, 0)).isZero();
        assertThat(reserve(limiter, 400 * MILLI)).isZero();
        close(limiter, outcome, 500 * MILLI);
        assertThat(reserve(limiter, 500 * MILLI)).isEqualTo(500 * MILLI);
        assertThat(reserve(limiter, NANOS)).isZero();
        assertThat(reserve(limiter, NANOS)).isEqualTo(400 * MILLI);
    }

    @Test
    void moreClosedThanGranted_isRefused() {
        PacedRateLimiter limiter = twoTokens();
        reserve(limiter, 0);
        close(limiter, PermitOutcome.ANSWERED, 0);
        assertThatIllegalStateException()
                .isThrownBy(() -> close(limiter, PermitOutcome.ANSWERED, 0))
                .withMessage("cost closed must be <= 0, the permits still open, was 1");
    }

    @Test
    void largeCost_waitsForAllItsPermits_andIsPacedAfterwards() {
        PacedRateLimiter limiter = RateLimiters.perSecond(100);
        assertThat(limiter.reserve(60, "", 0)).isZero();
        assertThat(limiter.reserve(1, "", 0)).isEqualTo(550 * MILLI);
        assertThat(limiter.reserve(60, "", 0)).isEqualTo(Long.MAX_VALUE);
        limiter.close(10, "", PermitOutcome.ANSWERED, 0);
        limiter.close(10, "", PermitOutcome.UNANSWERED, 0);
        limiter.close(40, "", PermitOutcome.ANSWERED, 100 * MILLI);
        assertThat(limiter.reserve(50, "", 100 * MILLI)).isEqualTo(901 * MILLI);
        assertThat(limiter.reserve(60, "", 100 * MILLI)).isEqualTo(1_001 * MILLI);
        assertThat(limiter.reserve(100, "", 100 * MILLI)).isEqualTo(1_901 * MILLI);
    }

    @Test
    void pace_spreadsGrants_andCatchesUpAfterALateWakeUp() {
        PacedRateLimiter limiter = RateLimiters.perSecond(1_000).catchUp(Duration.ofMillis(3));
        assertThat(granted(limiter, 0)).isEqualTo(4);
        assertThat(reserve(limiter, 0)).isEqualTo(MILLI);
        assertThat(granted(limiter, 2 * MILLI)).isEqualTo(2);
        assertThat(granted(limiter, 500 * MILLI)).isEqualTo(4);
    }

    @Test
    void pause_isFollowedByAProbe_thenByARamp() {
        PacedRateLimiter limiter = RateLimiters.perSecond(1_000).catchUp(Duration.ZERO);
        limiter.pause(Duration.ofSeconds(10), 0);
        int[] quarters = new int[5];
        for (long now = 0; now < 1_250 * MILLI; now += MILLI / 4) {
            quarters[(int) (now / (250 * MILLI))] += granted(limiter, 10 * NANOS + now);
        }
        assertThat(quarters).containsExactly(16, 31, 62, 124, 250);
    }

    @Test
    void ramp_neverKeepsAnyoneWaitingBeyondItsEnd() {
        PacedRateLimiter limiter = RateLimiters.per(1, Duration.ofSeconds(7)).lateArrival(SECOND);
        limiter.pause(SECOND, 0);
        assertThat(reserve(limiter, NANOS)).isZero();
        close(limiter, PermitOutcome.NOT_SENT, NANOS);
        assertThat(reserve(limiter, NANOS)).isEqualTo(7 * NANOS);
    }

    @Test
    void pause_withoutRamp_isJustAPause() {
        PacedRateLimiter limiter =
                RateLimiters.perSecond(1_000).catchUp(Duration.ZERO).rampUp(Duration.ZERO);
        limiter.pause(SECOND, 0);
        assertThat(granted(limiter, NANOS)).isEqualTo(1);
        assertThat(reserve(limiter, NANOS)).isEqualTo(MILLI);
    }

    @Test
    void notSent_duringAPause_doesNotEndIt() {
        PacedRateLimiter limiter = twoTokens();
        takeAll(limiter, 0);
        limiter.pause(SECOND, 0);
        close(limiter, PermitOutcome.NOT_SENT, 0);
        assertThat(reserve(limiter, 1)).isEqualTo(NANOS - 1);
    }

    @Test
    void exhausted_grantsNothingForAPeriodAndTheLateArrival() {
        PacedRateLimiter limiter = twoTokens().lateArrival(Duration.ofSeconds(2));
        limiter.exhaust(50);
        assertThat(reserve(limiter, 50)).isEqualTo(3_001 * MILLI);
        assertThat(limiter.reserve(2, "", 50 + 3_001 * MILLI)).isZero();
    }

    @Test
    void exhausted_whileInUse_takesWhatIsOnItsWayBack() {
        PacedRateLimiter limiter = twoTokens();
        reserve(limiter, 0);
        close(limiter, PermitOutcome.ANSWERED, 0);
        limiter.exhaust(500 * MILLI);
        assertThat(reserve(limiter, 500 * MILLI)).isEqualTo(2_001 * MILLI);
    }

    @Test
    void spent_comesBackByItsAge() {
        Duration day = Duration.ofDays(1);
        PacedRateLimiter limiter =
                RateLimiters.per(10, day).guarantee(Guarantee.AT_START).catchUp(day);
        limiter.spent(4, Duration.ofDays(2), 0);
        limiter.spent(6, Duration.ofHours(20), 0);
        limiter.spent(100, Duration.ofHours(1), 0);
        assertThat(reserve(limiter, 0)).isEqualTo(Duration.ofHours(4).toNanos());
        assertThat(limiter.reserve(10, "", 0)).isEqualTo(Duration.ofHours(23).toNanos());
    }

    @Test
    void fewerPermits_holdFromThenOn() {
        PacedRateLimiter limiter = RateLimiters.perSecond(4).catchUp(SECOND).clockDriftPpm(0);
        takeAll(limiter, 0);
        limiter.changePermits(1, 0);
        for (int i = 0; i < 4; i++) {
            close(limiter, PermitOutcome.ANSWERED, i);
        }
        assertThat(reserve(limiter, 10)).isEqualTo(NANOS + 3 - 10);
        assertThat(granted(limiter, 2 * NANOS)).isEqualTo(1);
    }

    @Test
    void morePermits_areThereAtOnce() {
        PacedRateLimiter limiter = twoTokens();
        takeAll(limiter, 0);
        limiter.changePermits(5, 0);
        assertThat(limiter.reserve(3, "", 0)).isZero();
        assertThat(reserve(limiter, 0)).isEqualTo(Long.MAX_VALUE);
        assertThat(limiter).hasToString("5 per PT1S AT_SERVER");
    }

    @Test
    void oldReading_countsAsTheLatest() {
        PacedRateLimiter limiter = twoTokens();
        takeAll(limiter, 0);
        close(limiter, PermitOutcome.ANSWERED, 100);
        close(limiter, PermitOutcome.ANSWERED, 40);
        long wait = reserve(limiter, 50);
        assertThat(wait).isEqualTo(1_001 * MILLI + 50);
        assertThat(reserve(limiter, 50 + wait)).isZero();
        assertThat(reserve(limiter, 30 + wait)).isZero();
    }

    @Test
    void clock_mayJumpAheadByNearlyItsWholeRange() {
        PacedRateLimiter limiter = twoTokens();
        takeAll(limiter, -5);
        close(limiter, PermitOutcome.ANSWERED, -5);
        assertThat(reserve(limiter, Long.MAX_VALUE - 6)).isZero();
        assertThat(reserve(limiter, Long.MAX_VALUE - 6)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void sustainableRate_dependsOnTheLatencyAtTheServer() {
        Duration latency = Duration.ofMillis(200);
        PacedRateLimiter limiter = RateLimiters.perSecond(5_000).clockDriftPpm(0);
        assertThat(limiter.permitsPerSecond(latency)).isEqualTo(5_000 / 1.2);
        assertThat(limiter.guarantee(Guarantee.AT_START).permitsPerSecond(latency))
                .isEqualTo(5_000);
    }

    @Test
    void settings_areCheckedByNameRuleAndValue() {
        PacedRateLimiter limiter = RateLimiters.perSecond(1);
        assertRefused(() -> RateLimiters.perSecond(0), "permits must be >= 1, was 0");
        assertRefused(
                () -> RateLimiters.per(1, Duration.ZERO),
                "period must be from PT0.000000001S to PT87600H, was PT0S");
        assertRefused(
                () -> limiter.lateArrival(Duration.ofDays(4_000)),
                "lateArrival must be from PT0S to PT87600H, was PT96000H");
        assertRefused(
                () -> limiter.catchUp(Duration.ofMillis(-1)),
                "catchUp must be from PT0S to PT87600H, was PT-0.001S");
        assertRefused(
                () -> limiter.rampUp(Duration.ofMillis(-1)),
                "rampUp must be from PT0S to PT87600H, was PT-0.001S");
        assertRefused(
                () -> limiter.clockDriftPpm(-1), "clockDriftPpm must be from 0 to 1000000, was -1");
        assertRefused(
                () -> limiter.guarantee(Guarantee.NONE),
                "guarantee must be AT_SERVER or AT_START, was NONE");
        assertRefused(() -> limiter.changePermits(0, 0), "permits must be >= 1, was 0");
    }

    @Test
    void settings_ofALimiterInUse_areRefused() {
        PacedRateLimiter limiter = RateLimiters.perSecond(1);
        reserve(limiter, 0);
        assertThatIllegalStateException()
                .isThrownBy(() -> limiter.lateArrival(SECOND))
                .withMessageContaining("settings must be made before first use");
    }

    private static void assertRefused(Runnable action, String message) {
        assertThatIllegalArgumentException().isThrownBy(action::run).withMessage(message);
    }

    private static long reserve(RateLimiter limiter, long now) {
        return limiter.reserve(1, "", now);
    }

    private static void close(RateLimiter limiter, PermitOutcome outcome, long now) {
        limiter.close(1, "", outcome, now);
    }

    private static void takeAll(RateLimiter limiter, long now) {
        assertThat(granted(limiter, now)).isPositive();
    }

    private static int granted(RateLimiter limiter, long now) {
        int granted = 0;
        while (reserve(limiter, now) == RateLimiter.GRANTED) {
            granted++;
        }
        return granted;
    }
}
