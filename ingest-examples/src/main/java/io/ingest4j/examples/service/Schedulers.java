package io.ingest4j.examples.service;

import io.ingest4j.api.ScheduleListener;
import io.ingest4j.core.RetryPolicy;
import io.ingest4j.core.file.DeadLetters;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.http.HttpSink;
import io.ingest4j.http.StatusPolicy;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;

/** Makes the scheduler that the settings describe. */
final class Schedulers {

    /** Beyond what the sink itself allows for an exchange. */
    private static final Duration MARGIN = Duration.ofSeconds(5);

    /** Nobody would notice a service that only waits, so refused credentials are attempts like others. */
    private static final StatusPolicy STATUS = StatusPolicy.defaults().retry(401, 403, 407);

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
                .maxInFlight(settings.maxInFlight())
                .retention(settings.retention())
                .lease(settings.lease())
                .stopTimeout(settings.stopTimeout())
                .retry(RetryPolicy.standard().maxAttempts(settings.maxAttempts()))
                .store(Stores.open(settings.database(), settings.lease()));
        settings.maxWait().ifPresent(builder::maxWait);
        settings.deadLetters().map(DeadLetters::appendTo).ifPresent(builder::deadLetters);
        listeners.forEach(builder::listener);
        return builder.start();
    }

    /**
     * Makes the builder whose calls go where the settings say. The sink has a connection for each id that
     * may be under way: one that waited in the sink would be sent later than its dispatch, and so over
     * the rate.
     */
    static PriorityScheduler.Builder<BigInteger> external(ServiceSettings settings) {
        ExternalSettings external = settings.external();
        if (external.url().isEmpty()) {
            return PriorityScheduler.calling(new SimulatedSystem(external))
                    .attemptTimeout(Duration.ofMillis(external.maxMillis()).plus(MARGIN));
        }
        return PriorityScheduler.to(
                        HttpSink.post(external.url().get())
                                .timeout(external.timeout())
                                .maxConnections(settings.maxInFlight())
                                .status(STATUS)
                                .body(new IdJson()))
                .attemptTimeout(external.timeout().plus(MARGIN));
    }
}
