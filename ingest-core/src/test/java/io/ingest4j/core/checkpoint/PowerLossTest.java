package io.ingest4j.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.CheckpointStore.Lease;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is there after the power was lost: the last checkpoint, or the one that was being saved. */
class PowerLossTest {

    private static final int SEEDS = 4_000;
    private static final int SOAK_SEEDS = 200_000;
    private static final int ROUNDS = 4;
    private static final int STEPS_OF_HISTORY = 80;
    private static final Path DIRECTORY = Path.of("state");
    private static final String JOB = "job";

    /** One life after the other of a job whose process is killed, or whose machine loses power. */
    private static final class Lives {

        private final Random random;
        private final PowerLossFiles disk = new PowerLossFiles();
        private final CheckpointStore store;
        private Set<Optional<Checkpoint>> expected = Set.of(Optional.empty());
        private int number;

        Lives(long seed, Function<PowerLossFiles, StoreFiles> use) {
            random = new Random(seed);
            store = new DirectoryStore(DIRECTORY, use.apply(disk));
        }

        /** Lives until the cut; tells what was wrong with what was there at the begin, or "". */
        String liveUntil(int steps) {
            disk.cutAfter(steps);
            try (Lease lease = store.acquire(JOB)) {
                Optional<Checkpoint> loaded = lease.latest();
                if (!expected.contains(loaded)) {
                    return "found " + loaded + ", expected one of " + expected;
                }
                expected = Set.of(loaded);
                while (true) {
                    save(lease);
                }
            } catch (PowerLossFiles.PowerCut e) {
                return "";
            } catch (CheckpointException e) {
                return e.getMessage();
            }
        }

        private void save(Lease lease) {
            Optional<Checkpoint> before = expected.iterator().next();
            Optional<Checkpoint> next =
                    random.nextInt(5) == 0
                            ? Optional.empty()
                            : Optional.of(checkpoint(++number, random.nextInt(60)));
            expected = next.equals(before) ? Set.of(next) : Set.of(before, next);
            next.ifPresentOrElse(lease::save, lease::clear);
            expected = Set.of(next);
        }

        void end() {
            if (random.nextInt(4) == 0) {
                disk.kill();
            } else {
                disk.losePower(random);
            }
        }
    }

    private static Checkpoint checkpoint(int number, int state) {
        return new Checkpoint(
                JOB,
                Start.UNKNOWN,
                false,
                List.of(),
                Map.of("read", (long) number),
                "",
                "s".repeat(state));
    }

    private static String violation(long seed, Function<PowerLossFiles, StoreFiles> use) {
        Lives lives = new Lives(seed, use);
        for (int round = 0; round < ROUNDS; round++) {
            String wrong = lives.liveUntil(lives.random.nextInt(STEPS_OF_HISTORY));
            if (!wrong.isEmpty()) {
                return "seed " + seed + ", life " + round + ": " + wrong;
            }
            lives.end();
        }
        return "";
    }

    private static List<String> violations(int seeds, Function<PowerLossFiles, StoreFiles> use) {
        return LongStream.range(0, seeds)
                .mapToObj(seed -> violation(seed, use))
                .filter(wrong -> !wrong.isEmpty())
                .limit(10)
                .toList();
    }

    @Test
    void power_lost_at_each_step_of_a_history_leaves_a_whole_and_new_enough_checkpoint() {
        for (int cut = 0; cut < STEPS_OF_HISTORY; cut++) {
            for (int seed = 0; seed < 50; seed++) {
                Lives lives = new Lives(seed, disk -> disk);
                assertThat(lives.liveUntil(cut)).isEmpty();
                lives.disk.losePower(lives.random);
                assertThat(lives.liveUntil(9)).as("cut at %s, seed %s", cut, seed).isEmpty();
            }
        }
    }

    @Test
    void power_lost_and_processes_killed_in_any_order_leave_a_whole_and_new_enough_checkpoint() {
        assertThat(violations(SEEDS, disk -> disk)).isEmpty();
    }

    @Test
    @Tag("soak")
    void many_more_lives_leave_a_whole_and_new_enough_checkpoint() {
        assertThat(violations(SOAK_SEEDS, disk -> disk)).isEmpty();
    }

    @Test
    void naive_store_that_does_not_force_the_file_is_found_out() {
        assertFoundOut(
                disk ->
                        new FilesBehind(disk) {
                            @Override
                            public void write(Path file, byte[] content) {
                                disk.writeUnforced(file, content);
                            }
                        });
    }

    @Test
    void naive_store_that_does_not_force_the_directory_is_found_out() {
        assertFoundOut(
                disk ->
                        new FilesBehind(disk) {
                            @Override
                            public void forceDirectory(Path directory) {}
                        });
    }

    @Test
    void naive_store_that_writes_in_place_is_found_out() {
        assertFoundOut(
                disk ->
                        new FilesBehind(disk) {
                            private byte[] content = new byte[0];

                            @Override
                            public void write(Path file, byte[] content) {
                                this.content = content;
                            }

                            @Override
                            public void rename(Path from, Path to) throws IOException {
                                disk.write(to, content);
                            }
                        });
    }

    @Test
    void naive_store_that_trusts_what_a_killed_process_renamed_is_found_out() {
        assertFoundOut(
                disk ->
                        new FilesBehind(disk) {
                            private boolean beginning;

                            @Override
                            public void makeDirectories(Path directory) throws IOException {
                                beginning = true;
                                super.makeDirectories(directory);
                            }

                            @Override
                            public void forceDirectory(Path directory) throws IOException {
                                if (!beginning) {
                                    super.forceDirectory(directory);
                                }
                                beginning = false;
                            }
                        });
    }

    private static void assertFoundOut(Function<PowerLossFiles, StoreFiles> naive) {
        assertThat(violations(SEEDS, naive)).isNotEmpty();
    }

    @Test
    void failed_force_ends_the_lease_and_the_next_one_has_the_last_good_checkpoint() {
        for (int failing = 1; failing <= 20; failing++) {
            for (int seed = 0; seed < 50; seed++) {
                assertEndsWithFailedForce(failing, seed, disk -> disk);
            }
        }
    }

    @Test
    void naive_store_that_forces_again_after_a_failure_is_found_out() {
        assertThatThrownBy(
                        () -> {
                            for (int seed = 0; seed < 50; seed++) {
                                forceAgain(seed);
                            }
                        })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("lost");
    }

    private static void forceAgain(int seed) {
        PowerLossFiles disk = new PowerLossFiles();
        StoreFiles naive =
                new FilesBehind(disk) {
                    @Override
                    public void forceDirectory(Path directory) throws IOException {
                        try {
                            super.forceDirectory(directory);
                        } catch (IOException e) {
                            super.forceDirectory(directory);
                        }
                    }
                };
        disk.failForceAfter(2);
        CheckpointStore store = new DirectoryStore(DIRECTORY, naive);
        try (Lease lease = store.acquire(JOB)) {
            lease.save(checkpoint(1, 1));
        }
        disk.losePower(new Random(seed));
        try (Lease lease = store.acquire(JOB)) {
            assertThat(lease.latest()).as("lost").contains(checkpoint(1, 1));
        }
    }

    private static void assertEndsWithFailedForce(
            int failing, int seed, Function<PowerLossFiles, StoreFiles> use) {
        PowerLossFiles disk = new PowerLossFiles();
        CheckpointStore store = new DirectoryStore(DIRECTORY, use.apply(disk));
        Lease lease = store.acquire(JOB);
        disk.failForceAfter(failing - 1);
        int number = 0;
        try {
            while (true) {
                lease.save(checkpoint(++number, 3));
            }
        } catch (CheckpointException e) {
            assertThat(e).hasMessageContaining("Input/output error").hasMessageContaining(JOB);
        }
        for (Runnable call :
                List.<Runnable>of(
                        lease::latest, lease::clear, () -> lease.save(checkpoint(99, 3)))) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(call::run)
                    .withMessageContaining("an earlier call failed")
                    .withMessageContaining("Input/output error");
        }
        lease.close();
        if (seed > 0) {
            disk.losePower(new Random(seed));
        }
        try (Lease next = store.acquire(JOB)) {
            List<Optional<Checkpoint>> good =
                    List.of(
                            number == 1 ? Optional.empty() : Optional.of(checkpoint(number - 1, 3)),
                            Optional.of(checkpoint(number, 3)));
            assertThat(good).contains(next.latest());
            next.save(checkpoint(100, 3));
            assertThat(next.latest()).contains(checkpoint(100, 3));
        }
    }
}
