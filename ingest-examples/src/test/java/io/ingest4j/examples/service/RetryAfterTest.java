package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** When to come again if the queue is full. */
class RetryAfterTest {

    @SuppressWarnings("unchecked")
    private static long seconds(Supplier<QueueStatistics> statistics) throws SettingsException {
        Map<String, String> environment = Map.of("MAX_QUEUED", "10", "BATCH_DELAY", "7");
        ServiceSettings settings =
                ServiceSettings.read(
                        new Variables(Map.of(), environment, Map.of()), Path.of("target"));
        PriorityBatchScheduler<BigInteger> scheduler =
                (PriorityBatchScheduler<BigInteger>)
                        Proxy.newProxyInstance(
                                RetryAfterTest.class.getClassLoader(),
                                new Class<?>[] {PriorityBatchScheduler.class},
                                (proxy, method, arguments) -> statistics.get());
        return new IngestEndpoints(scheduler, settings, new QueueWatch(scheduler), new LiveBoard())
                .retryAfterSeconds(4);
    }

    @Test
    void itIsWhenThereIsRoom() throws SettingsException {
        QueueStatistics full = new QueueStatistics(Map.of(Priority.LOW, 10L), Duration.ZERO, 1);
        assertThat(seconds(() -> full)).isEqualTo(2 * 7);
    }

    @Test
    void itIsFixed_ifTheDatabaseDoesNotTellHowMuchWaits() throws SettingsException {
        assertThat(
                        seconds(
                                () -> {
                                    throw new IngestException("the database is away", null);
                                }))
                .isEqualTo(5);
        assertThat(
                        seconds(
                                () -> {
                                    throw new IllegalStateException("closed");
                                }))
                .isEqualTo(5);
    }
}
