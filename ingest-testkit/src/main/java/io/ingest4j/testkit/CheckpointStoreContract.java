package io.ingest4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.Content;
import io.ingest4j.api.Checkpoint.SplitProgress;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.Checkpoint.Stretch;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.CheckpointStore.Lease;
import io.ingest4j.api.Position;
import io.ingest4j.api.SourceSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every checkpoint store must do. A subclass says how to get one. */
public abstract class CheckpointStoreContract {

    /** The name of the job that most tests are about. */
    protected static final String JOB = "nightly-2.0_x";

    private static final int LONGEST_NAME = 100;
    private static final int MANY_STRETCHES = 10_000;
    private static final int LARGE_STATE = 1 << 20;

    /**
     * Gets the store. All that one test gets keep their checkpoints in the same place, which is empty
     * when the test begins, as several processes would.
     *
     * <p>A store that finds out by waiting whether the owner of a lease is alive waits without taking
     * time, and meanwhile renews the leases that are not closed.
     *
     * @return a store, the same or another at each call
     */
    protected abstract CheckpointStore store();

    /**
     * Makes a small checkpoint.
     *
     * @param job the name of its job
     * @param number makes it unlike others
     * @return a checkpoint with a bit of everything
     */
    protected static Checkpoint checkpoint(String job, long number) {
        SourceSplit split = new SourceSplit("0", "s3://b/é x:%.csv", "\"e\"", 0, 900, "");
        return new Checkpoint(
                job,
                new Start("1f-" + number, "s3://b/é x:%.csv as csv", "POST https://a/ü"),
                false,
                List.of(
                        new SplitProgress(
                                split,
                                new Position("0", number, 10 * number, "line=" + number),
                                List.of(new Stretch(number + 2, number + 5)),
                                false,
                                Optional.of(new Content(number + 5, "0a1b")))),
                Map.of("read", number + 5, "delivered", number + 3),
                "l1:" + number,
                "c3RhdGU=");
    }

    private void save(Checkpoint checkpoint) {
        try (Lease lease = store().acquire(checkpoint.job())) {
            lease.save(checkpoint);
        }
    }

    @Test
    void new_job_has_no_checkpoint() {
        try (Lease lease = store().acquire(JOB)) {
            assertThat(lease.latest()).isEmpty();
        }
        try (Lease lease = store().acquire(JOB)) {
            assertThat(lease.latest()).isEmpty();
        }
    }

    @Test
    void saved_checkpoint_is_the_latest() {
        try (Lease lease = store().acquire(JOB)) {
            lease.save(checkpoint(JOB, 1));
            assertThat(lease.latest()).contains(checkpoint(JOB, 1));
        }
    }

    @Test
    void next_lease_sees_what_the_one_before_saved() {
        save(checkpoint(JOB, 1));
        try (Lease lease = store().acquire(JOB)) {
            assertThat(lease.latest()).contains(checkpoint(JOB, 1));
            lease.save(checkpoint(JOB, 2));
        }
        try (Lease lease = store().acquire(JOB)) {
            assertThat(lease.latest()).contains(checkpoint(JOB, 2));
        }
    }

    @Test
    void last_of_several_saves_counts() {
        try (Lease lease = store().acquire(JOB)) {
            for (int i = 1; i <= 20; i++) {
                lease.save(checkpoint(JOB, i));
                lease.renew();
            }
            assertThat(lease.latest()).contains(checkpoint(JOB, 20));
        }
        try (Lease lease = store().acquire(JOB)) {
            assertThat(lease.latest()).contains(checkpoint(JOB, 20));
        }
    }

    @Test
    void same_checkpoint_may_be_saved_again() {
        try (Lease lease = store().acquire(JOB)) {
            lease.save(checkpoint(JOB, 1));
            lease.save(checkpoint(JOB, 1));
            assertThat(lease.latest()).contains(checkpoint(JOB, 1));
        }
    }

    @Test
    void cleared_checkpoint_is_forgotten_for_good() {
        try (Lease lease = store().acquire(JOB)) {
            lease.save(checkpoint(JOB, 1));
            lease.clear();
            assertThat(lease.latest()).isEmpty();
            lease.clear();
        }
        try (Lease lease = store().acquire(JOB)) {
            assertThat(lease.latest()).isEmpty();
            lease.save(checkpoint(JOB, 2));
            assertThat(lease.latest()).contains(checkpoint(JOB, 2));
        }
    }

    @Test
    void jobs_do_not_see_each_other() {
        try (Lease one = store().acquire("one");
                Lease two = store().acquire("two")) {
            one.save(checkpoint("one", 1));
            assertThat(two.latest()).isEmpty();
            two.save(checkpoint("two", 2));
            one.clear();
            assertThat(two.latest()).contains(checkpoint("two", 2));
        }
    }

    @Test
    void checkpoint_of_another_job_is_refused_and_the_lease_goes_on() {
        try (Lease lease = store().acquire(JOB)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> lease.save(checkpoint("other", 1)))
                    .withMessageContaining(JOB)
                    .withMessageContaining("other");
            lease.save(checkpoint(JOB, 1));
        }
    }

    @Test
    void job_that_is_taken_is_refused_by_name_until_it_is_given_back() {
        Lease first = store().acquire(JOB);
        first.save(checkpoint(JOB, 1));
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> store().acquire(JOB))
                    .withMessageContaining("'" + JOB + "'")
                    .withMessageContaining("another run");
        }
        first.save(checkpoint(JOB, 2));
        first.close();
        try (Lease second = store().acquire(JOB)) {
            assertThat(second.latest()).contains(checkpoint(JOB, 2));
        }
    }

    @Test
    void wrong_job_names_are_refused_with_the_rule() {
        String tooLong = "x".repeat(LONGEST_NAME + 1);
        for (String job : List.of("", "../x", "a/b", "a\\b", "a b", "é", "a\n", tooLong)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store().acquire(job))
                    .withMessageContaining("job must be 1 to 100 letters, digits, dots, dashes")
                    .withMessageContaining("was '" + job + "'");
        }
    }

    @Test
    void extreme_job_names_are_accepted() {
        for (String job : List.of(".", "..", "-", "a", "x".repeat(LONGEST_NAME))) {
            save(checkpoint(job, 1));
            try (Lease lease = store().acquire(job)) {
                assertThat(lease.latest()).contains(checkpoint(job, 1));
            }
        }
    }

    @Test
    void large_checkpoint_comes_back_whole() {
        Checkpoint small = checkpoint(JOB, 1);
        SplitProgress progress = small.splits().get(0);
        List<Stretch> stretches = new ArrayList<>();
        for (int i = 1; i <= MANY_STRETCHES; i++) {
            stretches.add(new Stretch(i * 1_000_000L, i * 1_000_000L + i));
        }
        Checkpoint large =
                new Checkpoint(
                        JOB,
                        small.start(),
                        false,
                        List.of(
                                new SplitProgress(
                                        progress.split(),
                                        progress.done(),
                                        stretches,
                                        false,
                                        Optional.empty())),
                        small.counters(),
                        "",
                        "QUJD".repeat(LARGE_STATE / 4));
        save(large);
        try (Lease lease = store().acquire(JOB)) {
            assertThat(lease.latest().orElseThrow().equals(large)).isTrue();
            lease.save(small);
            assertThat(lease.latest()).contains(small);
        }
    }

    @Test
    void closed_lease_can_not_be_used() {
        Lease lease = store().acquire(JOB);
        lease.save(checkpoint(JOB, 1));
        lease.close();
        assertThatIllegalStateException().isThrownBy(lease::latest).withMessageContaining(JOB);
        assertThatIllegalStateException().isThrownBy(() -> lease.save(checkpoint(JOB, 2)));
        assertThatIllegalStateException().isThrownBy(lease::clear);
        assertThatCode(lease::close).doesNotThrowAnyException();
        try (Lease next = store().acquire(JOB)) {
            lease.close();
            next.save(checkpoint(JOB, 3));
            assertThat(next.latest()).contains(checkpoint(JOB, 3));
        }
    }
}
