package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class QueueWatchTest {

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicLong clock = new AtomicLong(-5);
    private boolean isWell;

    private final QueueWatch watch = new QueueWatch(scheduler(), clock::get);

    private PriorityBatchScheduler<?> scheduler() {
        return (PriorityBatchScheduler<?>)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {PriorityBatchScheduler.class},
                        (proxy, method, arguments) -> {
                            asked.incrementAndGet();
                            if (isWell) {
                                return new QueueStatistics(Map.of(), Duration.ZERO, 0);
                            }
                            throw new IngestException("the store is away", null);
                        });
    }

    @Test
    void aFailure_isRememberedAsLongAsAnAnswer() {
        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(watch::statistics).hasMessage("the store is away");
        }
        assertThat(asked).hasValue(1);
        isWell = true;
        clock.addAndGet(QueueWatch.MAX_AGE_NANOS + 1);
        for (int i = 0; i < 100; i++) {
            assertThat(watch.statistics().dispatchesPerSecond()).isZero();
        }
        assertThat(asked).hasValue(2);
    }
}
