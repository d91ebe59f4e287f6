package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import io.ingest4j.testkit.LimiterTraffic;
import io.ingest4j.testkit.WindowChecker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** No window over its limit, no refusal without need, for any settings and any traffic. */
class LimiterWindowProperties {

    private static final long YEAR = Duration.ofDays(365).toNanos();

    @Property(tries = 300)
    void server_neverSeesMoreThanTheLimit(
            @ForAll @LongRange(min = 1, max = 40) long permits,
            @ForAll @LongRange(min = 1, max = 100_000_000_000L) long periodNanos,
            @ForAll @LongRange(min = 0, max = 10_000_000_000L) long lateNanos,
            @ForAll @LongRange(min = 0, max = 10_000_000_000L) long catchUpNanos,
            @ForAll @IntRange(min = 1, max = 60) int senders,
            @ForAll @IntRange(min = 2, max = 10_000) int latencyShare,
            @ForAll long origin,
            @ForAll long seed) {
        Duration period = Duration.ofNanos(periodNanos);
        RateLimiter limiter =
                RateLimiters.per(permits, period)
                        .lateArrival(Duration.ofNanos(lateNanos))
                        .catchUp(Duration.ofNanos(catchUpNanos));
        WindowChecker server = WindowChecker.of(period);
        traffic(limiter, period, origin, seed)
                .senders(senders)
                .maxCost(Math.min(permits, 3))
                .maxLatency(period.dividedBy(latencyShare))
                .lateArrival(Duration.ofNanos(lateNanos))
                .withSlowServer()
                .seenBy(server)
                .run(1_500);
        server.assertAtMost(permits);
    }

    @Property(tries = 30)
    void server_neverSeesMoreThanALargeLimit(
            @ForAll @LongRange(min = 4_097, max = 12_000) long permits,
            @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long periodNanos,
            @ForAll @IntRange(min = 1, max = 200) int catchUpShare,
            @ForAll @IntRange(min = 2, max = 100_000) int latencyShare,
            @ForAll long origin,
            @ForAll long seed) {
        Duration period = Duration.ofNanos(periodNanos);
        RateLimiter limiter =
                RateLimiters.per(permits, period).catchUp(period.dividedBy(catchUpShare));
        WindowChecker server = WindowChecker.of(period);
        traffic(limiter, period, origin, seed)
                .senders(500)
                .maxCost(100)
                .maxLatency(period.dividedBy(latencyShare))
                .lateArrival(Duration.ofSeconds(1))
                .withSlowServer()
                .seenBy(server)
                .run(5_000);
        server.assertAtMost(permits);
    }

    @Property(tries = 300)
    void atStart_neverMoreThanTheLimitAreBegun(
            @ForAll @LongRange(min = 1, max = 40) long permits,
            @ForAll @LongRange(min = 1, max = 100_000_000_000L) long periodNanos,
            @ForAll @LongRange(min = 0, max = 10_000_000_000L) long catchUpNanos,
            @ForAll @IntRange(min = 1, max = 60) int senders,
            @ForAll long origin,
            @ForAll long seed) {
        Duration period = Duration.ofNanos(periodNanos);
        RateLimiter limiter =
                RateLimiters.per(permits, period)
                        .guarantee(Guarantee.AT_START)
                        .catchUp(Duration.ofNanos(catchUpNanos));
        WindowChecker begun = WindowChecker.of(period);
        traffic(limiter, period, origin, seed)
                .senders(senders)
                .maxCost(Math.min(permits, 3))
                .seenBy(begun)
                .run(1_500);
        begun.assertAtMost(permits);
    }

    @Property(tries = 100)
    void composite_keepsAllLimits(
            @ForAll @LongRange(min = 1, max = 10) long few,
            @ForAll @LongRange(min = 1, max = 100) long many,
            @ForAll long origin,
            @ForAll long seed) {
        Duration minute = Duration.ofMinutes(1);
        Duration second = Duration.ofSeconds(1);
        WindowChecker bySecond = WindowChecker.of(second);
        WindowChecker byMinute = WindowChecker.of(minute);
        RateLimiter limiter =
                RateLimiters.all(
                        RateLimiters.per(many, minute).catchUp(minute),
                        RateLimiters.perSecond(few),
                        RateLimiters.unlimited());
        traffic(new Promising(limiter), second, origin, seed)
                .lateArrival(second)
                .seenBy(bySecond)
                .seenBy(byMinute)
                .run(1_500);
        bySecond.assertAtMost(few);
        byMinute.assertAtMost(many);
    }

    @Property(tries = 200)
    void composite_takesFromAllOrNone(@ForAll boolean foreign, @ForAll long seed) {
        Random random = new Random(seed);
        Duration day = Duration.ofDays(1);
        PacedRateLimiter model = RateLimiters.per(1_000, day).catchUp(day);
        RateLimiter paced = model.guarantee(Guarantee.AT_START);
        RateLimiter keyed = RateLimiters.perKey(model.guarantee(Guarantee.AT_START), 2);
        long[] quota = {0};
        List<RateLimiter> parts =
                new ArrayList<>(
                        List.of(
                                paced,
                                keyed,
                                RateLimiters.perKey(RateLimiters.perSecond(3), 2),
                                RateLimiters.adapt(cost -> (quota[0] += cost) > 0),
                                RateLimiters.adapt(cost -> random.nextInt(3) == 0)));
        if (foreign) {
            parts.add(new Promising(RateLimiters.perSecond(4)));
        }
        Collections.shuffle(parts, random);
        RateLimiter all = RateLimiters.all(parts.toArray(new RateLimiter[0]));
        long now = 0;
        long granted = 0;
        for (int i = 0; i < 500; i++) {
            now += random.nextLong(200_000_000);
            long cost = 1 + random.nextLong(3);
            if (all.reserve(cost, "a", now) == RateLimiter.GRANTED) {
                granted += cost;
                all.close(cost, "a", PermitOutcome.ANSWERED, now);
            }
        }
        assertThat(granted).isPositive();
        assertThat(quota[0] - granted).as("kept by the quota").isBetween(0L, 3L);
        for (RateLimiter part : List.of(paced, keyed)) {
            assertThat(part.reserve(1_000 - granted, "a", now)).isZero();
            assertThat(part.reserve(1, "a", now)).isPositive();
        }
    }

    @Property(tries = 300)
    void refusal_tellsTheEarliestInstant_afterAnyHistory(
            @ForAll @LongRange(min = 1, max = 6_000) long permits,
            @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long periodNanos,
            @ForAll boolean atStart,
            @ForAll long origin,
            @ForAll long seed) {
        Random random = new Random(seed);
        RateLimiter limiter =
                RateLimiters.per(permits, Duration.ofNanos(periodNanos))
                        .guarantee(atStart ? Guarantee.AT_START : Guarantee.AT_SERVER);
        long now = origin;
        long open = 0;
        for (int i = 0; i < 200; i++) {
            now += random.nextLong(1 + periodNanos / permits);
            long cost = 1 + random.nextLong(permits) / (1 + random.nextLong(permits));
            long wait = limiter.reserve(cost, "", now);
            if (wait != RateLimiter.GRANTED && wait != Long.MAX_VALUE) {
                assertThat(limiter.reserve(cost, "", now + wait - 1)).isEqualTo(1);
                now += wait;
                wait = limiter.reserve(cost, "", now);
                assertThat(wait).isZero();
            }
            open += wait == RateLimiter.GRANTED ? cost : 0;
            if (open > 0 && (wait == Long.MAX_VALUE || random.nextInt(3) == 0)) {
                long closed = 1 + random.nextLong(open);
                limiter.close(closed, "", outcome(random), now);
                open -= closed;
            }
            if (random.nextInt(50) == 0) {
                limiter.pause(Duration.ofNanos(random.nextLong(1 + 2 * periodNanos)), now);
            }
        }
    }

    @Property(tries = 200)
    void closedPermits_allComeBack(
            @ForAll @LongRange(min = 1, max = 10_000) long permits,
            @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long periodNanos,
            @ForAll long origin,
            @ForAll @LongRange(min = 0, max = 250) long idleYears,
            @ForAll long seed) {
        Random random = new Random(seed);
        RateLimiter limiter = RateLimiters.per(permits, Duration.ofNanos(periodNanos));
        long now = origin;
        for (int i = 0; i < 100; i++) {
            long cost = 1 + random.nextLong(permits);
            if (limiter.reserve(cost, "", now) == RateLimiter.GRANTED) {
                now += random.nextLong(periodNanos);
                limiter.close(cost, "", outcome(random), now);
                limiter.resume("", Duration.ZERO, now);
            }
            now += random.nextLong(periodNanos);
        }
        now += 2 * periodNanos + Duration.ofSeconds(2).toNanos() + idleYears * YEAR;
        assertThat(limiter.reserve(permits, "", now)).isEqualTo(RateLimiter.GRANTED);
    }

    private static PermitOutcome outcome(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> PermitOutcome.ANSWERED;
            case 1 -> PermitOutcome.UNANSWERED;
            default -> PermitOutcome.NOT_SENT;
        };
    }

    private static LimiterTraffic traffic(
            RateLimiter limiter, Duration period, long origin, long seed) {
        return LimiterTraffic.through(limiter, period)
                .origin(origin)
                .seed(seed)
                .withPauses()
                .withRunsThatStart();
    }

    /** Unlimited promises nothing, so its composite doesn't; the paced parts keep theirs even so. */
    private record Promising(RateLimiter limiter) implements RateLimiter {

        @Override
        public long reserve(long cost, String key, long nowNanos) {
            return limiter.reserve(cost, key, nowNanos);
        }

        @Override
        public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {
            limiter.close(cost, key, outcome, nowNanos);
        }

        @Override
        public void pause(Duration pause, long nowNanos) {
            limiter.pause(pause, nowNanos);
        }

        @Override
        public Guarantee guarantee() {
            return Guarantee.AT_SERVER;
        }
    }
}
