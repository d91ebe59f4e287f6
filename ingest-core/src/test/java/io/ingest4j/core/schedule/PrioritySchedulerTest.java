package io.ingest4j.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.Priority;
import io.ingest4j.testkit.VirtualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PrioritySchedulerTest {

    private final VirtualClock clock = new VirtualClock(Long.MAX_VALUE - 3_000_000_000L);

    @Test
    void holdsTheWorkedExampleToTheTick() {
        VirtualScheduler<Integer> scheduler =
                new VirtualScheduler<>(
                        clock,
                        PriorityScheduler.<Integer>calling(
                                        id -> CompletableFuture.completedFuture(id))
                                .batchSize(3)
                                .period(Duration.ofSeconds(5)));

        scheduler.submit(Priority.MEDIUM, List.of(1, 2, 3, 4, 5));
        scheduler.runFor(Duration.ofSeconds(4));
        scheduler.submit(Priority.HIGH, List.of(6, 7, 8, 9));
        scheduler.runFor(Duration.ofMinutes(1));

        assertThat(scheduler.dispatches)
                .map(Object::toString)
                .containsExactly("T0 [1, 2, 3]", "T5 [6, 7, 8]", "T10 [9, 4, 5]");
    }
}
