package io.ingest4j.core.schedule.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class GroupCommitTest {

    private static final int FOLLOWERS = 20;

    private final List<List<Integer>> batches = new CopyOnWriteArrayList<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final GroupCommit<Integer> commits = new GroupCommit<>(this::work);

    private void work(List<Integer> some) {
        batches.add(some);
        begun.countDown();
        try {
            goOn.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void what_gathers_behind_a_leader_is_done_together() throws Exception {
        List<Thread> threads = new ArrayList<>();
        threads.add(start(0));
        begun.await();
        for (int i = 1; i <= FOLLOWERS; i++) {
            threads.add(start(i));
        }
        awaitParked(threads.subList(1, threads.size()));
        goOn.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(batches).hasSize(2);
        assertThat(batches.get(0)).containsExactly(0);
        assertThat(batches.get(1)).hasSize(FOLLOWERS);
    }

    @Test
    void an_interrupted_follower_waits_for_its_end_and_stays_interrupted() throws Exception {
        Thread leader = start(0);
        begun.await();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread follower =
                new Thread(
                        () -> {
                            commits.run(1);
                            interrupted.set(Thread.currentThread().isInterrupted());
                        });
        Thread other = new Thread(() -> commits.run(2));
        follower.start();
        awaitParked(List.of(follower));
        follower.interrupt();
        other.start();
        awaitParked(List.of(follower, other));
        assertThat(batches).hasSize(1);
        goOn.countDown();
        leader.join();
        follower.join();
        other.join();
        assertThat(batches).containsExactly(List.of(0), List.of(1, 2));
        assertThat(interrupted).isTrue();
    }

    @Test
    void an_interrupt_waits_until_after_the_work() {
        AtomicBoolean interrupted = new AtomicBoolean();
        GroupCommit<Integer> alone =
                new GroupCommit<>(some -> interrupted.set(Thread.currentThread().isInterrupted()));
        Thread.currentThread().interrupt();
        alone.run(1);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(interrupted).isFalse();
    }

    @Test
    void a_leader_waits_for_something_else_afterwards() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        Thread leader =
                new Thread(
                        () -> {
                            new GroupCommit<Integer>(some -> {}).run(1);
                            LockSupport.park();
                            ended.set(true);
                        });
        leader.start();
        Awaitility.await()
                .until(
                        () ->
                                leader.getState() == Thread.State.WAITING
                                        || leader.getState() == Thread.State.TERMINATED);
        assertThat(ended).as("a permit was left over").isFalse();
        LockSupport.unpark(leader);
        leader.join();
    }

    private Thread start(int operation) {
        Thread thread = new Thread(() -> commits.run(operation));
        thread.start();
        return thread;
    }

    private static void awaitParked(List<Thread> threads) {
        Awaitility.await()
                .until(
                        () ->
                                threads.stream()
                                        .allMatch(
                                                thread ->
                                                        thread.getState() == Thread.State.WAITING));
    }
}
