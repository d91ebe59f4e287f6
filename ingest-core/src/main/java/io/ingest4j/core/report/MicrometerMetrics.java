package io.ingest4j.core.report;

import io.ingest4j.api.IngestListener;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Meters of runs in a registry of Micrometer, which is an optional dependency: {@code
 * io.micrometer:micrometer-core}. One listener watches one run; the runs of one job add up.
 *
 * <pre>{@code
 * .listener(MicrometerMetrics.to(registry, "customers"))
 * }</pre>
 *
 * <p>All meters have the tag {@code job}. What earlier runs did that a run continues is not counted
 * again.
 *
 * <ul>
 *   <li>{@code ingest4j.records}, counter by {@code outcome}: {@code read}, {@code delivered}, {@code
 *       dead_lettered}, {@code skipped}
 *   <li>{@code ingest4j.attempts} and {@code ingest4j.retries}, counters
 *   <li>{@code ingest4j.bytes}, counter by {@code direction}: {@code read}, {@code sent}
 *   <li>{@code ingest4j.requests}, counter by {@code kind}, such as {@code upload_part}: see {@link
 *       Progress#requests()}
 *   <li>{@code ingest4j.runs}, counter by {@code state}: {@code completed}, {@code paused}, {@code
 *       stopped}, {@code failed}
 *   <li>{@code ingest4j.in_flight}, gauge: attempts under way, while a run lasts
 * </ul>
 *
 * <p>They change with each progress of the run, once a second unless set. Used by one run at a time; of
 * runs of one job at the same time the gauge shows the first.
 *
 * @since 0.1
 */
public final class MicrometerMetrics implements IngestListener {

    private final MeterRegistry registry;
    private final Tags tags;
    private final AtomicInteger inFlight = new AtomicInteger();
    private @Nullable Progress before;
    private Map<String, Long> countedRequests = Map.of();
    private @Nullable Gauge gauge;

    private MicrometerMetrics(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    /**
     * Makes a listener for one run.
     *
     * @param registry where the meters are
     * @param job the tag's value, the name of the job most often
     * @return a listener for {@link io.ingest4j.core.IngestOptions#listener}
     */
    @SuppressWarnings("exports") // optional: whoever calls this has the module
    public static MicrometerMetrics to(MeterRegistry registry, String job) {
        return new MicrometerMetrics(registry, Tags.of("job", job));
    }

    @Override
    public void onStart(Progress progress) {
        before = progress;
        gauge =
                Gauge.builder("ingest4j.in_flight", inFlight, AtomicInteger::get)
                        .tags(tags)
                        .register(registry);
    }

    @Override
    public void onProgress(Progress progress) {
        Progress last = before == null ? progress : before;
        before = progress;
        countRequests(progress.requests());
        count("ingest4j.records", "outcome", "read", progress.read() - last.read());
        count("ingest4j.records", "outcome", "delivered", progress.delivered() - last.delivered());
        count(
                "ingest4j.records",
                "outcome",
                "dead_lettered",
                progress.deadLettered() - last.deadLettered());
        count("ingest4j.records", "outcome", "skipped", progress.skipped() - last.skipped());
        increment("ingest4j.attempts", tags, progress.attempts() - last.attempts());
        increment("ingest4j.retries", tags, progress.retries() - last.retries());
        count("ingest4j.bytes", "direction", "read", progress.readBytes() - last.readBytes());
        count("ingest4j.bytes", "direction", "sent", progress.sentBytes() - last.sentBytes());
        inFlight.set(progress.inFlight());
    }

    /** These are the run's alone, and some were made before it started. */
    private void countRequests(Map<String, Long> requests) {
        requests.forEach(
                (kind, total) -> {
                    long counted = countedRequests.getOrDefault(kind, 0L);
                    count("ingest4j.requests", "kind", kind, total - counted);
                });
        countedRequests = requests;
    }

    private void count(String name, String tag, String value, long more) {
        increment(name, tags.and(Tag.of(tag, value)), more);
    }

    private void increment(String name, Tags all, long more) {
        registry.counter(name, all).increment((double) more);
    }

    @Override
    public void onEnd(RunState state, Progress progress) {
        onProgress(progress);
        if (gauge != null) {
            registry.remove(gauge); // the next run of the job has its own
        }
        count("ingest4j.runs", "state", state.name().toLowerCase(Locale.ROOT), 1);
    }
}
