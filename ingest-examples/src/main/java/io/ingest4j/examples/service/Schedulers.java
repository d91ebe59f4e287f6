package io.ingest4j.examples.service;

import io.ingest4j.api.ScheduleListener;
import io.ingest4j.core.RetryPolicy;
import io.ingest4j.core.file.DeadLetters;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.http.HttpSink;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;

/** Makes the scheduler that the settings describe. */
final class Schedulers {

    /** Beyond what the sink itself allows for an exchange. */
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private Schedulers() {}

    static PriorityScheduler<BigInteger> start(
            ServiceSettings settings,
            PriorityScheduler.Builder<BigInteger> builder,
            List<ScheduleListener<BigInteger>> listeners) {
        builder.name("ingest-service")
                .batchSize(settings.batchSize())
                .period(settings.batchDelay())
                .idempotencyWindow(settings.idempotencyWindow())
                .maxQueued(settings.maxQueued())
                .retention(settings.retention())
                .lease(settings.lease())
                .stopTimeout(settings.stopTimeout())
                .retry(RetryPolicy.standard().maxAttempts(settings.maxAttempts()))
                .store(Stores.open(settings.database()));
        settings.maxWait().ifPresent(builder::maxWait);
        settings.deadLetters().map(DeadLetters::appendTo).ifPresent(builder::deadLetters);
        listeners.forEach(builder::listener);
        return builder.start();
    }

    static PriorityScheduler.Builder<BigInteger> external(ExternalSettings external) {
        if (external.url().isEmpty()) {
            return PriorityScheduler.calling(new SimulatedSystem(external))
                    .attemptTimeout(Duration.ofMillis(external.maxMillis()).plus(MARGIN));
        }
        return PriorityScheduler.to(
                        HttpSink.post(external.url().get())
                                .timeout(external.timeout())
                                .body(new IdJson()))
                .attemptTimeout(external.timeout().plus(MARGIN));
    }
}
