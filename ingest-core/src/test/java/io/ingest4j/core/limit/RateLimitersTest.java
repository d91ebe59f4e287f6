package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import io.ingest4j.spi.Ticker;
import io.ingest4j.testkit.VirtualClock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RateLimitersTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void composite_refusesForTheLongestWait_andTakesNothing() {
        PacedRateLimiter second = RateLimiters.perSecond(5).catchUp(SECOND);
        PacedRateLimiter minute = RateLimiters.per(2, Duration.ofMinutes(1)).clockDriftPpm(0);
        RateLimiter both = RateLimiters.all(second, minute);
        assertThat(both.reserve(1, "", 0)).isZero();
        for (int i = 0; i < 100; i++) {
            assertThat(both.reserve(1, "", 0)).isEqualTo(29_950_000_000L);
        }
        assertThat(second.reserve(4, "", 0)).isZero();
        both.close(1, "", PermitOutcome.ANSWERED, 0);
        assertThat(both.permitsPerSecond(Duration.ZERO)).isEqualTo(2 / 60.0);
    }

    @Test
    void composite_takesNothing_whenOnlyAPartOfTheCostIsThere() {
        PacedRateLimiter many = RateLimiters.perSecond(5).catchUp(SECOND);
        PacedRateLimiter few = RateLimiters.perSecond(2).catchUp(SECOND);
        assertThat(few.reserve(1, "", 0)).isZero();
        assertThat(RateLimiters.all(many, few).reserve(2, "", 0)).isEqualTo(Long.MAX_VALUE);
        assertThat(RateLimiters.all(few, many).reserve(2, "", 0)).isEqualTo(Long.MAX_VALUE);
        assertThat(many.reserve(5, "", 0)).isZero();
    }

    @Test
    void composite_atStart_losesNoPermitsToRefusals() {
        PacedRateLimiter minute =
                RateLimiters.per(3, Duration.ofMinutes(1))
                        .guarantee(Guarantee.AT_START)
                        .catchUp(Duration.ofMinutes(1));
        RateLimiter both = RateLimiters.all(minute, RateLimiters.adapt(cost -> false));
        for (int i = 0; i < 10; i++) {
            assertThat(both.reserve(1, "", 0)).isEqualTo(1_000_000);
        }
        assertThat(minute.reserve(3, "", 0)).isZero();
    }

    @Test
    void composite_spendsAQuotaOnlyOnWhatItGrants() {
        AtomicInteger asked = new AtomicInteger();
        RateLimiter[][] compositions = {
            {quota(asked), adaptedPerSecond(10)},
            {adaptedPerSecond(10), quota(asked)},
            {quota(asked), RateLimiters.perSecond(10)},
            {quota(asked), RateLimiters.perKey(RateLimiters.perSecond(10), 5)},
            {quota(asked), new Foreign(RateLimiters.perSecond(10))},
            {quota(asked), adaptedPerSecond(10), RateLimiters.perSecond(10)}
        };
        for (RateLimiter[] composition : compositions) {
            for (int cost = 1; cost <= 3; cost++) {
                asked.set(0);
                Ticks ticks = new Ticks(RateLimiters.all(composition), cost);
                ticks.until(20);
                assertThat(asked).as("cost %d", cost).hasValue(20 * cost);
            }
        }
    }

    /** Grants all, and counts it. */
    private static RateLimiter quota(AtomicInteger spent) {
        return RateLimiters.adapt(cost -> spent.addAndGet(cost) > 0);
    }

    /** So many at a time, one more each tenth of a second: on the time of {@link Ticks}. */
    private static RateLimiter adaptedPerSecond(int permits) {
        int[] left = {permits};
        return RateLimiters.adapt(
                cost -> {
                    if (Ticks.millis % 100 == 0) {
                        left[0] = Math.min(permits, left[0] + 1);
                    }
                    if (cost > left[0]) {
                        return false;
                    }
                    left[0] -= cost;
                    return true;
                });
    }

    /** One who asks each millisecond. */
    private static final class Ticks {
        static long millis;
        private final RateLimiter limiter;
        private final int cost;

        Ticks(RateLimiter limiter, int cost) {
            this.limiter = limiter;
            this.cost = cost;
        }

        void until(int grants) {
            int granted = 0;
            long end = millis + 600_000;
            while (granted < grants && millis < end) {
                millis++;
                if (limiter.reserve(cost, "k", millis * 1_000_000) == RateLimiter.GRANTED) {
                    granted++;
                    limiter.close(cost, "k", PermitOutcome.ANSWERED, millis * 1_000_000);
                }
            }
            assertThat(granted).isEqualTo(grants);
        }
    }

    @Test
    void composite_ofKeys_losesNoPermitsToRefusals() {
        PacedRateLimiter day =
                RateLimiters.per(100, Duration.ofDays(1))
                        .guarantee(Guarantee.AT_START)
                        .catchUp(Duration.ofDays(1));
        PacedRateLimiter slow = RateLimiters.per(1, Duration.ofSeconds(2)).clockDriftPpm(0);
        RateLimiter budget = RateLimiters.perKey(day, 5);
        RateLimiter both = RateLimiters.all(budget, RateLimiters.perKey(slow, 5));

        long grants = 0;
        for (long now = 0; now < 5_000_000_000L; now += 1_000_000) {
            if (both.reserve(1, "a", now) == RateLimiter.GRANTED) {
                grants++;
                both.close(1, "a", PermitOutcome.ANSWERED, now);
            }
        }
        assertThat(grants).isEqualTo(3);
        assertThat(budget.reserve(97, "a", 5_000_000_000L)).isZero();
        assertThat(budget.reserve(1, "a", 5_000_000_000L)).isPositive();
    }

    @Test
    void composite_ofKeys_refusesANewKeyWithoutRoom_andTakesNothing() {
        RateLimiter few = RateLimiters.perKey(RateLimiters.perSecond(1), 1);
        RateLimiter many = RateLimiters.perKey(RateLimiters.perSecond(1), 2);
        RateLimiter both = RateLimiters.all(many, few);
        assertThat(both.reserve(1, "a", 0)).isZero();
        assertThat(both.reserve(1, "b", 0)).isEqualTo(Long.MAX_VALUE);
        assertThat(many.reserve(1, "b", 0)).isZero();
    }

    @Test
    void adapted_whatNobodyUsed_isUsedBeforeAnybodyIsAsked() {
        AtomicInteger spent = new AtomicInteger();
        RateLimiter quota = quota(spent);
        RateLimiter none = RateLimiters.all(quota, RateLimiters.adapt(cost -> false));
        assertThat(none.reserve(5, "", 0)).isPositive();
        assertThat(none.reserve(5, "", 0)).isPositive();
        assertThat(quota.reserve(3, "", 0)).isZero();
        assertThat(quota.reserve(3, "", 0)).isZero();
        assertThat(spent).hasValue(6);
    }

    @Test
    void composite_givesBackUnsent_whatOthersGranted() {
        PacedRateLimiter part = RateLimiters.perSecond(5);
        RateLimiter foreign = new Foreign(part);
        RateLimiter both = RateLimiters.all(foreign, RateLimiters.adapt(cost -> false));
        assertThat(both.reserve(5, "", 0)).isEqualTo(1_000_000);
        assertThat(part.reserve(5, "", 0)).isZero();
    }

    @Test
    void composite_givesBackUnsent_whenAnotherThrows() {
        PacedRateLimiter part = RateLimiters.perSecond(5);
        RateLimiter both =
                RateLimiters.all(
                        new Foreign(part),
                        RateLimiters.adapt(
                                cost -> {
                                    throw new UnsupportedOperationException("no");
                                }));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> both.reserve(5, "", 0));
        assertThat(part.reserve(5, "", 0)).isZero();
    }

    @Test
    void composite_promisesTheWeakest() {
        PacedRateLimiter server = RateLimiters.perSecond(5);
        PacedRateLimiter start = RateLimiters.perSecond(5).guarantee(Guarantee.AT_START);
        assertThat(RateLimiters.all(server).guarantee()).isEqualTo(Guarantee.AT_SERVER);
        assertThat(RateLimiters.all(server, start).guarantee()).isEqualTo(Guarantee.AT_START);
        assertThat(RateLimiters.all(server, RateLimiters.unlimited()).guarantee())
                .isEqualTo(Guarantee.NONE);
    }

    @Test
    void composite_ofCompositesWithTheSamePart_isRefused() {
        PacedRateLimiter part = RateLimiters.perSecond(5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimiters.all(RateLimiters.all(part), part))
                .withMessage("limiters must differ, was twice 5 per PT1S AT_SERVER");
        assertThatIllegalArgumentException()
                .isThrownBy(RateLimiters::all)
                .withMessage("limiters must be >= 1, was 0");
    }

    @Test
    void keys_areLimitedApart() {
        RateLimiter limiter = RateLimiters.perKey(RateLimiters.perSecond(1), 2);
        assertThat(limiter.reserve(1, "a", 0)).isZero();
        assertThat(limiter.reserve(1, "a", 0)).isPositive();
        assertThat(limiter.reserve(1, "b", 0)).isZero();
    }

    @Test
    void newKey_isRefused_untilAnotherIsAsGoodAsNew() {
        RateLimiter limiter = RateLimiters.perKey(RateLimiters.perSecond(1), 2);
        limiter.reserve(1, "a", 0);
        limiter.reserve(1, "b", 0);
        assertThat(limiter.reserve(1, "c", 0)).isEqualTo(Long.MAX_VALUE);
        limiter.close(1, "b", PermitOutcome.ANSWERED, 0);
        assertThat(limiter.reserve(1, "c", 0)).isEqualTo(1_001_000_000);
        assertThat(limiter.reserve(1, "c", 1_000_999_999)).isEqualTo(1);
        assertThat(limiter.reserve(1, "c", 1_001_000_000)).isZero();
        assertThatIllegalStateException()
                .isThrownBy(() -> limiter.close(1, "b", PermitOutcome.ANSWERED, 2_000_000_000))
                .withMessage("key closed must be one that was granted, was 'b'");
    }

    @Test
    void key_isKept_whileAPermitIsOpen() {
        RateLimiter limiter =
                RateLimiters.perKey(RateLimiters.perSecond(1).guarantee(Guarantee.AT_START), 1);
        limiter.reserve(1, "a", 0);
        assertThat(limiter.reserve(1, "b", 2_000_000_000)).isEqualTo(Long.MAX_VALUE);
        limiter.close(1, "a", PermitOutcome.ANSWERED, 2_000_000_000);
        assertThat(limiter.reserve(1, "b", 2_000_000_000)).isZero();
    }

    @Test
    void pause_holdsForKeysThatComeLater() {
        RateLimiter limiter = RateLimiters.perKey(RateLimiters.perSecond(1), 2);
        limiter.pause(SECOND, 0);
        assertThat(limiter.reserve(1, "a", 400_000_000)).isEqualTo(600_000_000);
        assertThat(limiter.reserve(1, "a", 1_000_000_000)).isZero();
    }

    @Test
    void adapted_passesTheCost_andRefusesWhatDoesNotFit() {
        RateLimiter limiter = RateLimiters.adapt(cost -> cost == 7, Duration.ofMillis(3));
        assertThat(limiter.reserve(7, "", 0)).isZero();
        assertThat(limiter.reserve(8, "", 0)).isEqualTo(3_000_000);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter.reserve(1L << 31, "", 0))
                .withMessage("cost must be <= 2147483647, was 2147483648");
    }

    @Test
    void guava_canBeAdapted() {
        var guava = com.google.common.util.concurrent.RateLimiter.create(1);
        RateLimiter limiter = RateLimiters.adapt(guava::tryAcquire);
        assertThat(limiter.reserve(1, "", 0)).isZero();
        assertThat(limiter.reserve(1, "", 0)).isEqualTo(1_000_000);
        assertThat(limiter.guarantee()).isEqualTo(Guarantee.NONE);
    }

    @Test
    void permit_closesOnce_withTheFirstOutcome() throws InterruptedException {
        PacedRateLimiter limiter = RateLimiters.perSecond(3);
        VirtualClock clock = new VirtualClock();
        try (Permit permit = RateLimiters.acquire(limiter, 3, "", clock)) {
            assertThat(permit.cost()).isEqualTo(3);
            permit.close(PermitOutcome.NOT_SENT);
        }
        assertThat(limiter.reserve(3, "", 0)).isZero();
    }

    @Test
    void permit_leftToItself_isUnanswered() throws InterruptedException {
        PacedRateLimiter limiter = RateLimiters.perSecond(1);
        VirtualClock clock = new VirtualClock();
        RateLimiters.acquire(limiter, 1, "", clock).close();
        assertThat(limiter.reserve(1, "", 0)).isEqualTo(2_001_000_000);
    }

    @Test
    void acquire_waitsForTheClose() throws Exception {
        PacedRateLimiter limiter = RateLimiters.per(1, Duration.ofNanos(1));
        Permit first = RateLimiters.acquire(limiter);
        CompletableFuture<Permit> second =
                CompletableFuture.supplyAsync(() -> acquireUnchecked(limiter));
        assertThat(second).isNotDone();
        first.close(PermitOutcome.NOT_SENT);
        assertThat(second.get(30, TimeUnit.SECONDS).cost()).isEqualTo(1);
    }

    @Test
    void acquire_isInterruptible() {
        PacedRateLimiter limiter = RateLimiters.perSecond(1);
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> RateLimiters.acquire(limiter));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(limiter.reserve(1, "", 0)).isZero();
    }

    @Test
    void acquireAsync_waitsWithoutAThread_andGivesBackWhenCancelled() throws Exception {
        PacedRateLimiter limiter = RateLimiters.per(1, Duration.ofNanos(1));
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try {
            Permit first = acquireAsync(limiter, 1, scheduler).getNow(null);
            CompletableFuture<Permit> cancelled = acquireAsync(limiter, 1, scheduler);
            CompletableFuture<Permit> second = acquireAsync(limiter, 1, scheduler);
            cancelled.cancel(true);
            assertThat(second).isNotDone();
            first.close(PermitOutcome.NOT_SENT);
            assertThat(second.get(30, TimeUnit.SECONDS).cost()).isEqualTo(1);
            assertThat(acquireAsync(limiter, 2, scheduler))
                    .failsWithin(SECOND)
                    .withThrowableThat()
                    .withMessageContaining("cost must be <= 1");
        } finally {
            scheduler.shutdownNow();
        }
    }

    private static CompletableFuture<Permit> acquireAsync(
            RateLimiter limiter, long cost, ScheduledExecutorService scheduler) {
        return RateLimiters.acquireAsync(limiter, cost, "", Ticker.system(), scheduler);
    }

    private static Permit acquireUnchecked(RateLimiter limiter) {
        try {
            return RateLimiters.acquire(limiter);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Hides that a limiter is ours. */
    private record Foreign(RateLimiter limiter) implements RateLimiter {

        @Override
        public long reserve(long cost, String key, long nowNanos) {
            return limiter.reserve(cost, key, nowNanos);
        }

        @Override
        public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
            limiter.close(cost, key, outcome, nowNanos);
        }
    }
}
