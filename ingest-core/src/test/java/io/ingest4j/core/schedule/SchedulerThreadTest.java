package io.ingest4j.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.StatefulRecordWriter;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.api.WriteResult;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A scheduler with its real thread. */
@Timeout(60)
class SchedulerThreadTest {

    private static PriorityScheduler.Builder<Integer> fast() {
        return PriorityScheduler.<Integer>calling(id -> CompletableFuture.completedFuture(id))
                .period(Duration.ZERO);
    }

    @Test
    void many_threads_submit_and_everything_is_processed_once() {
        Set<Integer> processed = ConcurrentHashMap.newKeySet();
        PriorityScheduler.Builder<Integer> builder =
                PriorityScheduler.<Integer>calling(
                                id -> CompletableFuture.runAsync(() -> processed.add(id)))
                        .period(Duration.ZERO);
        try (PriorityBatchScheduler<Integer> scheduler = builder.start()) {
            List<CompletableFuture<SubmissionStatus<Integer>>> ends =
                    IntStream.range(0, 4)
                            .mapToObj(
                                    thread ->
                                            CompletableFuture.supplyAsync(
                                                    () -> submitMany(scheduler, thread)))
                            .map(CompletableFuture::join)
                            .flatMap(List::stream)
                            .toList();
            assertThat(ends)
                    .allSatisfy(end -> assertThat(end.join().state()).isEqualTo(State.COMPLETED));
        }
        assertThat(processed).hasSize(4 * 500 * 7);
    }

    private static List<CompletableFuture<SubmissionStatus<Integer>>> submitMany(
            PriorityBatchScheduler<Integer> scheduler, int thread) {
        List<CompletableFuture<SubmissionStatus<Integer>>> ends = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            int first = (thread * 500 + i) * 7;
            List<Integer> items = IntStream.range(first, first + 7).boxed().toList();
            String id = scheduler.submit(Submission.of(items, Priority.values()[i % 3]));
            ends.add(scheduler.completion(id).toCompletableFuture());
        }
        return ends;
    }

    @Test
    void a_closed_scheduler_refuses_and_leaves_nobody_waiting() {
        CompletableFuture<Object> never = new CompletableFuture<>();
        PriorityBatchScheduler<Integer> scheduler =
                PriorityScheduler.<Integer>calling(id -> never).stopTimeout(Duration.ZERO).start();
        String id = scheduler.submit(Submission.of(List.of(1), Priority.HIGH));
        CompletableFuture<SubmissionStatus<Integer>> end =
                scheduler.completion(id).toCompletableFuture();

        scheduler.close();
        scheduler.close();

        assertThatThrownBy(end::join)
                .isInstanceOf(CompletionException.class)
                .hasRootCauseMessage("the scheduler 'scheduler' is closed");
        assertThatThrownBy(() -> scheduler.submit(Submission.of(List.of(1), Priority.HIGH)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(scheduler.completion(id).toCompletableFuture()).isCompletedExceptionally();
    }

    @Test
    void closing_may_wait_for_ever() {
        PriorityBatchScheduler<Integer> scheduler =
                PriorityScheduler.<Integer>calling(CompletableFuture::completedFuture)
                        .stopTimeout(ChronoUnit.FOREVER.getDuration())
                        .start();
        String id = scheduler.submit(Submission.of(List.of(1), Priority.HIGH));
        scheduler.completion(id).toCompletableFuture().join();

        scheduler.close();

        assertThatThrownBy(scheduler::statistics).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_listener_may_close_the_scheduler() throws InterruptedException {
        AtomicReference<PriorityBatchScheduler<Integer>> started = new AtomicReference<>();
        CountDownLatch closed = new CountDownLatch(1);
        ScheduleListener<Integer> closing =
                new ScheduleListener<>() {
                    @Override
                    public void onCompleted(ScheduledItem<Integer> item) {
                        started.get().close();
                        closed.countDown();
                    }
                };
        started.set(fast().listener(closing).start());

        started.get().submit(Submission.of(List.of(1), Priority.HIGH));

        closed.await();
        started.get().close();
    }

    @Test
    void cancelling_ends_what_waits_and_its_completion() {
        PriorityBatchScheduler<Integer> scheduler =
                PriorityScheduler.<Integer>calling(id -> new CompletableFuture<>())
                        .maxInFlight(3)
                        .stopTimeout(Duration.ZERO)
                        .start();
        try (scheduler) {
            scheduler.submit(Submission.of(List.of(1, 2, 3), Priority.HIGH));
            String id = scheduler.submit(Submission.of(List.of(4), Priority.LOW));
            CompletableFuture<SubmissionStatus<Integer>> end =
                    scheduler.completion(id).toCompletableFuture();

            assertThat(scheduler.cancel(id)).isTrue();
            assertThat(scheduler.cancel(id)).isFalse();
            assertThat(scheduler.cancel("no such")).isFalse();

            assertThat(end.join().state()).isEqualTo(State.CANCELLED);
        }
    }

    @Test
    void a_full_queue_refuses_clearly() {
        try (PriorityBatchScheduler<Integer> scheduler =
                PriorityScheduler.<Integer>calling(id -> new CompletableFuture<>())
                        .maxQueued(2)
                        .stopTimeout(Duration.ZERO)
                        .start()) {
            assertThatThrownBy(
                            () -> scheduler.submit(Submission.of(List.of(1, 2, 3), Priority.HIGH)))
                    .isInstanceOf(SubmissionRefusedException.class)
                    .hasMessage(
                            "the queue must hold at most 2 items, holds 0 and was given 3 more");
        }
    }

    @Test
    void a_scheduler_that_dies_frees_everything_and_tells_so() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch sinkClosed = new CountDownLatch(1);
        AtomicReference<Throwable> reason = new AtomicReference<>();
        ScheduleListener<Integer> watcher =
                new ScheduleListener<>() {
                    @Override
                    public void onClose(Optional<Throwable> failure) {
                        failure.ifPresent(reason::set);
                        ended.countDown();
                    }
                };
        FailingStore<Integer> store = new FailingStore<>();
        store.dying = new StackOverflowError("a bug in a store");
        PriorityBatchScheduler<Integer> scheduler =
                PriorityScheduler.<Integer>to(context -> new Closing(sinkClosed))
                        .store(store)
                        .listener(watcher)
                        .start();

        ended.await();
        sinkClosed.await();

        assertThat(reason.get()).hasMessage("a bug in a store");
        assertThat(scheduler.completion("any").toCompletableFuture()).isCompletedExceptionally();
        assertThatThrownBy(scheduler::statistics).isInstanceOf(IllegalStateException.class);
    }

    private record Closing(CountDownLatch closed) implements io.ingest4j.api.RecordWriter<Integer> {
        @Override
        public CompletableFuture<WriteResult> write(
                io.ingest4j.api.RecordBatch<? extends Integer> batch) {
            return CompletableFuture.completedFuture(WriteResult.delivered());
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @Test
    void a_sink_that_publishes_at_the_end_is_refused() {
        PriorityScheduler.Builder<Integer> builder =
                PriorityScheduler.to(context -> new Gathering());

        assertThatThrownBy(builder::start)
                .hasMessageContaining("must be a sink whose delivered records are durable");
    }

    private static final class Gathering implements StatefulRecordWriter<Integer> {
        @Override
        public CompletableFuture<WriteResult> write(
                io.ingest4j.api.RecordBatch<? extends Integer> batch) {
            return CompletableFuture.completedFuture(WriteResult.delivered());
        }

        @Override
        public byte[] snapshot() {
            return new byte[0];
        }

        @Override
        public void finish() {}

        @Override
        public void close() {}
    }
}
