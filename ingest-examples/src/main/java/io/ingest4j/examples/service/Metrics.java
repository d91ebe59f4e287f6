package io.ingest4j.examples.service;

import io.ingest4j.api.Priority;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.WriteFailure;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/** What Prometheus is told. */
final class Metrics implements ScheduleListener<BigInteger> {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    private record Kind(String route, String method, int status) {}

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<Kind, Timer> requests = new ConcurrentHashMap<>();
    private final AtomicLong requestsInFlight = new AtomicLong();
    private final AtomicLong itemsInFlight = new AtomicLong();
    private final Counter dispatches;
    private final Counter completed;
    private final Counter failed;
    private final Counter retried;

    Metrics() {
        dispatches =
                Counter.builder("ingest.dispatches").description("Dispatches").register(registry);
        completed = items("completed");
        failed = items("failed");
        retried = items("retried");
        gauge("http.requests.in.flight", "Requests being answered", requestsInFlight);
        gauge("ingest.items.in.flight", "Ids being processed", itemsInFlight);
    }

    private Counter items(String outcome) {
        return Counter.builder("ingest.items")
                .description("Attempts to process an id, by outcome")
                .tag("outcome", outcome)
                .register(registry);
    }

    private void gauge(String name, String description, AtomicLong value) {
        Gauge.builder(name, value, AtomicLong::get).description(description).register(registry);
    }

    /** Adds what is known of the queue. */
    void watch(QueueWatch queue) {
        for (Priority priority : Priority.values()) {
            Gauge.builder(
                            "ingest.queue.items",
                            queue,
                            asked(any -> any.depth().getOrDefault(priority, 0L)))
                    .description("Ids that wait")
                    .tag("priority", priority.name())
                    .register(registry);
        }
        Gauge.builder(
                        "ingest.queue.oldest.wait",
                        queue,
                        asked(any -> any.oldestWait().toNanos() / 1e9))
                .description("How long the oldest id waits")
                .baseUnit("seconds")
                .register(registry);
    }

    /** A store that fails must not take the other figures along. */
    private static ToDoubleFunction<QueueWatch> asked(ToDoubleFunction<QueueStatistics> figure) {
        return queue -> {
            try {
                return figure.applyAsDouble(queue.statistics());
            } catch (RuntimeException e) {
                return Double.NaN;
            }
        };
    }

    void requestBegins() {
        requestsInFlight.incrementAndGet();
    }

    void requestEnds(String route, String method, int status, long nanos) {
        requestsInFlight.decrementAndGet();
        requests.computeIfAbsent(new Kind(route, method, status), this::timer)
                .record(Duration.ofNanos(nanos));
    }

    private Timer timer(Kind kind) {
        return Timer.builder("http.server.requests")
                .description("Requests by route, method and status")
                .tag("route", kind.route)
                .tag("method", kind.method)
                .tag("status", Integer.toString(kind.status))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    @Override
    public void onDispatch(Instant time, List<ScheduledItem<BigInteger>> items) {
        dispatches.increment();
        itemsInFlight.addAndGet(items.size());
    }

    @Override
    public void onCompleted(ScheduledItem<BigInteger> item) {
        end(completed);
    }

    @Override
    public void onRetry(ScheduledItem<BigInteger> item, WriteFailure failure, Duration delay) {
        end(retried);
    }

    @Override
    public void onFailed(ScheduledItem<BigInteger> item, WriteFailure failure) {
        end(failed);
    }

    private void end(Counter outcome) {
        outcome.increment();
        itemsInFlight.decrementAndGet();
    }

    long itemsInFlight() {
        return itemsInFlight.get();
    }

    void answer(Exchange exchange) {
        exchange.send(
                200,
                "text/plain; version=0.0.4; charset=utf-8",
                registry.scrape().getBytes(StandardCharsets.UTF_8));
    }
}
