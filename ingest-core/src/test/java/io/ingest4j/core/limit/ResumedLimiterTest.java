package io.ingest4j.core.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.testkit.WindowChecker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A limit that is kept although the process that keeps it dies and another takes its place. */
class ResumedLimiterTest {

    private static final long MILLI = 1_000_000;
    private static final long NANOS = 1_000 * MILLI;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);
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
    void a_permit_that_comes_back_without_a_close_counts_once() {
        RateLimiter first = atStart();
        first.reserve(40, RateLimiter.NO_KEY, 0);
        RateLimiter next = atStart();

        next.resume(first.snapshot(0, 0), Duration.ofSeconds(1), 0);

        assertThat(grants(next)).isEqualTo(60);
    }

    private static RateLimiter atStart() {
        return RateLimiters.per(100, DAY).guarantee(RateLimiter.Guarantee.AT_START).catchUp(DAY);
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
    void a_limiter_in_use_is_not_emptied_by_runs_that_start() {
        RateLimiter limiter = RateLimiters.perSecond(100);

        assertThat(grantsIn(20, limiter, () -> {})).isGreaterThan(1_900);
        RateLimiter shared = RateLimiters.perSecond(100);
        long[] now = {0};
        assertThat(grantsIn(20, shared, () -> shared.resume("", Duration.ZERO, now[0] += NANOS)))
                .isGreaterThan(1_900);
    }

    @Test
    void resuming_again_takes_nothing_more() {
        RateLimiter limiter = RateLimiters.perSecond(5);
        limiter.resume("", Duration.ZERO, 0);
        limiter.resume("", Duration.ZERO, 2 * NANOS);

        assertThat(limiter.reserve(1, RateLimiter.NO_KEY, 2_001 * MILLI)).isZero();
    }

    @Test
    void permits_on_their_way_back_are_not_lost() {
        RateLimiter limiter = RateLimiters.per(2, HOUR).catchUp(HOUR).clockDriftPpm(0);
        limiter.reserve(1, RateLimiter.NO_KEY, 0);
        limiter.close(1, RateLimiter.NO_KEY, PermitOutcome.ANSWERED, 0);
        limiter.resume("", Duration.ZERO, MILLI);

        assertThat(limiter.reserve(1, RateLimiter.NO_KEY, MILLI)).isZero();
        assertThat(limiter.reserve(1, RateLimiter.NO_KEY, HOUR.toNanos())).isZero();
    }

    @Test
    void a_budget_that_the_snapshot_knows_nothing_of_is_taken_as_of_then() {
        for (String snapshot : List.of("", RateLimiters.per(5, HOUR).snapshot(2, 0))) {
            RateLimiter today = RateLimiters.per(1_000_000, DAY);
            today.resume(snapshot, Duration.ofHours(25), 0);
            assertThat(today.reserve(1, RateLimiter.NO_KEY, 0)).isZero();

            RateLimiter soon = RateLimiters.per(1_000_000, DAY);
            soon.resume(snapshot, Duration.ofHours(23), 0);
            assertThat(soon.reserve(1, RateLimiter.NO_KEY, 0))
                    .isBetween(Duration.ofHours(1).toNanos(), Duration.ofMinutes(63).toNanos());
        }
    }

    @Test
    void what_is_spent_of_a_shared_budget_counts_once() {
        RateLimiter first = RateLimiters.per(1_000, DAY).catchUp(DAY);
        spend(first, 300);
        String early = first.snapshot(4, 0);
        spend(first, 300);
        String late = first.snapshot(4, 0);

        for (List<String> told :
                List.of(
                        List.of(early, late),
                        List.of(late, early),
                        List.of(early, late, late, early))) {
            RateLimiter next = RateLimiters.per(1_000, DAY).catchUp(DAY);
            told.forEach(snapshot -> next.resume(snapshot, Duration.ofSeconds(3), 0));
            assertThat(grants(next)).as("after %s", told).isEqualTo(1_000 - 600 - 4 - 4);
        }
    }

    @Test
    void what_is_spent_of_a_shared_budget_counts_once_over_several_processes() {
        RateLimiter first = RateLimiters.per(1_000, DAY).catchUp(DAY);
        spend(first, 300);
        String before = first.snapshot(0, 0);
        spend(first, 100);
        String other = first.snapshot(0, 0);

        String mine = before;
        for (int i = 0; i < 5; i++) {
            RateLimiter next = RateLimiters.per(1_000, DAY).catchUp(DAY);
            next.resume(mine, Duration.ofMinutes(1), 0);
            spend(next, 10);
            mine = next.snapshot(0, 0);
        }
        RateLimiter last = RateLimiters.per(1_000, DAY).catchUp(DAY);
        last.resume(mine, Duration.ofMinutes(1), 0);
        last.resume(other, Duration.ofMinutes(6), 0);

        assertThat(grants(last)).isEqualTo(1_000 - 400 - 5 * 10);
    }

    @Test
    void what_is_spent_comes_back_in_time_however_often_processes_start() {
        RateLimiter limiter = RateLimiters.per(10, DAY).catchUp(DAY);
        spend(limiter, 10);
        for (int minute = 0; minute < 24 * 60; minute++) {
            String snapshot = limiter.snapshot(0, 0);
            limiter = RateLimiters.per(10, DAY).catchUp(DAY);
            limiter.resume(snapshot, Duration.ofMinutes(1), 0);
            assertThat(snapshot.length()).isLessThan(2_000);
        }

        assertThat(limiter.reserve(1, RateLimiter.NO_KEY, 0))
                .isLessThan(Duration.ofMinutes(26).toNanos());
    }

    @Test
    void a_limiter_in_use_learns_what_an_earlier_process_has_spent() {
        RateLimiter first = RateLimiters.per(10, HOUR).catchUp(HOUR);
        spend(first, 8);
        RateLimiter next = RateLimiters.per(10, HOUR).catchUp(HOUR);
        spend(next, 5);
        next.resume(first.snapshot(0, 0), Duration.ZERO, 0);

        assertThat(grants(next)).isZero();
        // 13 were spent of 10, so the first that come back make up for three of them.
        assertThat(next.reserve(7, RateLimiter.NO_KEY, Duration.ofMinutes(64).toNanos())).isZero();
    }

    @Test
    void jobs_that_share_a_long_budget_neither_exceed_nor_lose_it() {
        for (long seed = 0; seed < 300; seed++) {
            SharedLives lives = new SharedLives(seed);
            for (int i = 0; i < 2_000; i++) {
                lives.step();
            }
            lives.window.assertAtMost(SharedLives.PERMITS);
            assertThat(lives.granted).as("granted with seed %d", seed).isGreaterThan(150);
        }
    }

    /** Three jobs on one limiter, each with a checkpoint; they start and end, and their process dies. */
    private static final class SharedLives {
        static final int PERMITS = 100;
        private static final int JOBS = 3;

        final SplittableRandom random;
        final WindowChecker window = WindowChecker.of(HOUR);
        final String[] snapshots = {"", "", ""};
        final long[] savedAt = new long[JOBS];
        final long[] grantedSince = new long[JOBS];
        final boolean[] runs = new boolean[JOBS];
        RateLimiter limiter = limiter();
        final Deque<Long> open = new ArrayDeque<>();
        long granted;
        long now;

        SharedLives(long seed) {
            random = new SplittableRandom(seed);
            for (int job = 0; job < JOBS; job++) {
                start(job);
            }
        }

        private static RateLimiter limiter() {
            return RateLimiters.per(PERMITS, HOUR).catchUp(HOUR);
        }

        void step() {
            int job = random.nextInt(JOBS);
            int choice = random.nextInt(1_000) == 0 ? 0 : 1 + random.nextInt(99);
            if (choice == 0) {
                open.clear();
                limiter = limiter();
                // All jobs continue: none can know what another has spent after its own checkpoint.
                int first = random.nextInt(JOBS);
                for (int i = 0; i < JOBS; i++) {
                    runs[(first + i) % JOBS] = false;
                    resume((first + i) % JOBS);
                }
            } else if (choice < 15) {
                now += random.nextLong(HOUR.toNanos() / 40);
            } else if (choice < 20) {
                runs[job] = false;
                resume(job);
            } else if (choice < 35) {
                start(job);
            } else if (choice < 50 && !open.isEmpty()) {
                open.remove();
                limiter.close(1, RateLimiter.NO_KEY, PermitOutcome.ANSWERED, now);
            } else if (runs[job] && grantedSince[job] < AHEAD) {
                ask(job);
            }
        }

        private void resume(int job) {
            if (!snapshots[job].isEmpty()) {
                limiter.resume(snapshots[job], Duration.ofNanos(now - savedAt[job]), now);
            }
        }

        private void start(int job) {
            runs[job] = true;
            snapshots[job] = limiter.snapshot(AHEAD, now);
            savedAt[job] = now;
            grantedSince[job] = 0;
        }

        private void ask(int job) {
            if (limiter.reserve(1, RateLimiter.NO_KEY, now) == RateLimiter.GRANTED) {
                grantedSince[job]++;
                granted++;
                open.add(now);
                window.saw(now, 1);
            }
        }
    }

    private static void spend(RateLimiter limiter, int permits) {
        for (int i = 0; i < permits; i++) {
            assertThat(limiter.reserve(1, RateLimiter.NO_KEY, 0)).isZero();
            limiter.close(1, RateLimiter.NO_KEY, PermitOutcome.ANSWERED, 0);
        }
    }

    /** What one sender gets who asks each millisecond, while something happens each second. */
    private static long grantsIn(int seconds, RateLimiter limiter, Runnable eachSecond) {
        long granted = 0;
        for (long millis = 0; millis < seconds * 1_000L; millis++) {
            if (millis % 1_000 == 999) {
                eachSecond.run();
            }
            long now = millis * MILLI;
            if (limiter.reserve(1, RateLimiter.NO_KEY, now) == RateLimiter.GRANTED) {
                granted++;
                limiter.close(1, RateLimiter.NO_KEY, PermitOutcome.ANSWERED, now);
            }
        }
        return granted;
    }

    @Test
    void keys_in_use_are_not_emptied_by_runs_that_start() {
        RateLimiter limiter = RateLimiters.perKey(RateLimiters.perSecond(5), 10);
        assertThat(limiter.reserve(1, "a", 0)).isZero();
        limiter.resume("", Duration.ZERO, 500 * MILLI);

        assertThat(limiter.reserve(1, "a", 500 * MILLI)).isZero();
        assertThat(limiter.reserve(1, "b", 500 * MILLI)).isZero();
    }

    /** Writes what it was told, and remembers what it was resumed with. */
    private static final class Notes implements RateLimiter {
        private final String text;
        private String resumed = "nothing";

        Notes(String text) {
            this.text = text;
        }

        @Override
        public long reserve(long cost, String key, long nowNanos) {
            return GRANTED;
        }

        @Override
        public void close(long cost, String key, PermitOutcome outcome, long nowNanos) {}

        @Override
        public String snapshot(long ahead, long nowNanos) {
            return text;
        }

        @Override
        public void resume(String snapshot, Duration age, long nowNanos) {
            resumed = snapshot;
        }
    }

    @Test
    void each_limiter_of_a_composition_gets_back_what_it_wrote() {
        RateLimiter day = RateLimiters.per(10, DAY).catchUp(DAY);
        spend(day, 4);
        String snapshot =
                RateLimiters.all(new Notes("a+b;PT24H,1"), day, new Notes(""), new Notes("c"))
                        .snapshot(0, 0);

        RateLimiter next = RateLimiters.per(10, DAY).catchUp(DAY);
        List<Notes> notes = List.of(new Notes(""), new Notes(""), new Notes(""));
        RateLimiters.all(notes.get(0), notes.get(1), next, notes.get(2))
                .resume(snapshot, Duration.ZERO, 0);

        assertThat(notes).extracting(note -> note.resumed).containsExactly("a+b;PT24H,1", "", "c");
        assertThat(grants(next)).isEqualTo(6);
    }

    @Test
    void what_no_limiter_wrote_is_refused() {
        assertThatThrownBy(() -> RateLimiters.per(1, HOUR).resume("PT1H,me,x", Duration.ZERO, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'PT1H,me,x'");
    }
}
