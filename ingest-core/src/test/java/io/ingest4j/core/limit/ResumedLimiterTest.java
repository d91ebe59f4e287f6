package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.testkit.WindowChecker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A limit that is kept although the process that keeps it dies and another takes its place. */
class ResumedLimiterTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final int AHEAD = 5;

    /** What a killed process leaves: some permits are out, and more were granted than is written. */
    private static class Life {
        final SplittableRandom random;
        final Supplier<RateLimiter> process;
        final WindowChecker window;
        RateLimiter limiter;
        String snapshot = "";
        long snapshotAt;
        long grantedSince;
        long granted;
        long now;
        final Deque<Long> open = new ArrayDeque<>();

        Life(long seed, Duration period, Supplier<RateLimiter> process) {
            random = new SplittableRandom(seed);
            this.process = process;
            window = WindowChecker.of(period);
            limiter = process.get();
            save();
        }

        void save() {
            snapshot = limiter.snapshot(AHEAD, now);
            snapshotAt = now;
            grantedSince = 0;
        }

        void ask() {
            boolean allowed = snapshot.isEmpty() || grantedSince < AHEAD;
            if (allowed && limiter.reserve(1, RateLimiter.NO_KEY, now) == RateLimiter.GRANTED) {
                grantedSince++;
                granted++;
                open.add(now);
                window.saw(now, 1);
            }
        }

        void answer() {
            if (!open.isEmpty()) {
                open.remove();
                limiter.close(1, RateLimiter.NO_KEY, PermitOutcome.ANSWERED, now);
            }
        }

        void die() {
            open.clear();
            limiter = process.get();
            limiter.resume(snapshot, Duration.ofNanos(now - snapshotAt), now);
            save();
        }

        void step(long longest) {
            int choice = random.nextInt(60);
            if (choice == 0) {
                die();
            } else if (choice < 15) {
                now += random.nextLong(longest);
            } else if (choice < 25) {
                save();
            } else if (choice < 35) {
                answer();
            } else {
                ask();
            }
        }
    }

    @Test
    void a_long_budget_is_neither_spent_twice_nor_lost() {
        for (long seed = 0; seed < 300; seed++) {
            Life life = new Life(seed, HOUR, () -> RateLimiters.per(40, HOUR).catchUp(HOUR));
            for (int i = 0; i < 2_000; i++) {
                life.step(HOUR.toNanos() / 40);
            }
            life.window.assertAtMost(40);
            assertThat(life.granted).as("granted with seed %d", seed).isGreaterThan(60);
        }
    }

    @Test
    void a_short_limit_begins_with_all_permits_taken() {
        Duration second = Duration.ofSeconds(1);
        for (long seed = 0; seed < 100; seed++) {
            Life life =
                    new Life(
                            seed,
                            second,
                            () ->
                                    RateLimiters.all(
                                            RateLimiters.perSecond(10),
                                            RateLimiters.per(1_000, HOUR)));
            for (int i = 0; i < 2_000; i++) {
                life.step(second.toNanos() / 5);
            }
            life.window.assertAtMost(10);
        }
    }

    @Test
    void without_resuming_the_limit_is_exceeded() {
        long exceeded = 0;
        for (long seed = 0; seed < 20; seed++) {
            Life life =
                    new Life(seed, HOUR, () -> RateLimiters.per(40, HOUR).catchUp(HOUR)) {
                        @Override
                        void die() {
                            open.clear();
                            limiter = process.get();
                            save();
                        }
                    };
            for (int i = 0; i < 2_000; i++) {
                life.step(HOUR.toNanos() / 40);
            }
            exceeded += life.window.fullest() > 40 ? 1 : 0;
        }
        assertThat(exceeded).isPositive();
    }

    @Test
    void permits_come_back_when_their_time_is_over() {
        RateLimiter first = RateLimiters.per(10, HOUR).catchUp(HOUR);
        for (int i = 0; i < 10; i++) {
            first.reserve(1, RateLimiter.NO_KEY, 0);
            first.close(1, RateLimiter.NO_KEY, PermitOutcome.ANSWERED, 0);
        }
        String snapshot = first.snapshot(0, 0);

        RateLimiter soon = RateLimiters.per(10, HOUR);
        soon.resume(snapshot, Duration.ofMinutes(30), 0);
        assertThat(soon.reserve(1, RateLimiter.NO_KEY, 0))
                .isBetween(Duration.ofMinutes(29).toNanos(), Duration.ofMinutes(33).toNanos());

        RateLimiter late = RateLimiters.per(10, HOUR);
        late.resume(snapshot, Duration.ofMinutes(63), 0);
        assertThat(late.reserve(1, RateLimiter.NO_KEY, 0)).isEqualTo(RateLimiter.GRANTED);
    }

    @Test
    void two_budgets_of_one_period_are_told_apart() {
        RateLimiter small = RateLimiters.per(10, HOUR).catchUp(HOUR);
        RateLimiter large = RateLimiters.per(20, HOUR).catchUp(HOUR);
        String snapshot = spend(RateLimiters.all(small, large), large, 5, 10);

        RateLimiter nextSmall = RateLimiters.per(10, HOUR).catchUp(HOUR);
        RateLimiter nextLarge = RateLimiters.per(20, HOUR).catchUp(HOUR);
        RateLimiters.all(nextSmall, nextLarge).resume(snapshot, Duration.ZERO, 0);

        assertThat(grants(nextSmall)).isEqualTo(5);
        assertThat(grants(nextLarge)).isEqualTo(5);
    }

    @Test
    void budgets_that_can_not_be_told_apart_count_as_spent() {
        RateLimiter one = RateLimiters.per(10, HOUR).catchUp(HOUR);
        RateLimiter other = RateLimiters.per(10, HOUR).catchUp(HOUR);
        String snapshot = spend(RateLimiters.all(one, other), other, 1, 1);

        RateLimiter next = RateLimiters.per(10, HOUR).catchUp(HOUR);
        next.resume(snapshot, Duration.ZERO, 0);

        assertThat(grants(next)).isZero();
    }

    private static String spend(RateLimiter all, RateLimiter apart, int together, int alone) {
        for (int i = 0; i < together; i++) {
            assertThat(all.reserve(1, RateLimiter.NO_KEY, 0)).isZero();
        }
        for (int i = 0; i < alone; i++) {
            assertThat(apart.reserve(1, RateLimiter.NO_KEY, 0)).isZero();
        }
        return all.snapshot(0, 0);
    }

    private static int grants(RateLimiter limiter) {
        int granted = 0;
        while (limiter.reserve(1, RateLimiter.NO_KEY, 0) == RateLimiter.GRANTED) {
            granted++;
        }
        return granted;
    }

    @Test
    void the_object_that_made_the_snapshot_knows_better() {
        RateLimiter limiter = RateLimiters.per(10, HOUR);
        String snapshot = limiter.snapshot(10, 0);
        limiter.resume(snapshot, Duration.ZERO, 0);

        assertThat(limiter.reserve(1, RateLimiter.NO_KEY, 0)).isEqualTo(RateLimiter.GRANTED);
    }

    @Test
    void each_key_begins_with_all_permits_taken() {
        RateLimiter limiter = RateLimiters.perKey(RateLimiters.perSecond(1), 10);
        limiter.resume("", Duration.ZERO, 0);

        assertThat(limiter.reserve(1, "a", 0)).isGreaterThan(Duration.ofSeconds(2).toNanos());
        assertThat(limiter.reserve(1, "b", Duration.ofSeconds(3).toNanos()))
                .isEqualTo(RateLimiter.GRANTED);
    }

    @Test
    void what_no_limiter_wrote_is_refused() {
        assertThatThrownBy(() -> RateLimiters.per(1, HOUR).resume("PT1H,me,x", Duration.ZERO, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'PT1H,me,x'");
    }
}
