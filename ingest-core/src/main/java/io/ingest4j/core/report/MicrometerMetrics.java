package io.ingest4j.core.report;

import io.ingest4j.api.IngestListener;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Meters of runs in a registry of Micrometer, which is an optional dependency: {@code
 * io.micrometer:micrometer-core}. The runs of one job add up, one after the other or at the same time.
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
 *       stopped}, {@code failed}, or {@code nothing_to_do} where an earlier run has completed the job
 *   <li>{@code ingest4j.in_flight}, gauge: attempts under way in all runs of the job; there until the
 *       last of them has ended
 * </ul>
 *
 * <p>They change with each progress of a run, once a second unless set. The counters of a job stay when
 * its last run has ended, so that the next run adds to them. In each registry those of the {@value
 * #MAX_ENDED_JOBS} jobs that ended last are kept. The counters of the others are removed, and begin at 0
 * when such a job runs again. So a job of its own name for each file or day does not fill the registry;
 * give such jobs one name here.
 *
 * <p>One listener is used by one run at a time. Several, also of one job, are safe for use by several
 * threads.
 *
 * @since 0.1
 */
public final class MicrometerMetrics implements IngestListener {

    /** The number of jobs whose counters a registry keeps, besides those that run. */
    static final int MAX_ENDED_JOBS = 100;

    /** What is known of a registry must not keep it alive: no value refers to its key. */
    private static final Map<MeterRegistry, Jobs> JOBS = new WeakHashMap<>();

    private final MeterRegistry registry;
    private final Tags tags;
    private final String name;
    private final Jobs jobs;
    private @Nullable Job job;
    private @Nullable Progress before;
    private Map<String, Long> countedRequests = Map.of();
    private int shownInFlight;
    private boolean hasNothingToDo;

    private MicrometerMetrics(MeterRegistry registry, String job) {
        this.registry = registry;
        name = job;
        tags = Tags.of("job", job);
        synchronized (JOBS) {
            jobs = JOBS.computeIfAbsent(registry, key -> new Jobs());
        }
    }

    /**
     * Makes a listener for the runs of a job.
     *
     * @param registry where the meters are
     * @param job the tag's value, the name of the job most often
     * @return a listener for {@link io.ingest4j.core.IngestOptions#listener}
     */
    @SuppressWarnings("exports") // optional: whoever calls this has the module
    public static MicrometerMetrics to(MeterRegistry registry, String job) {
        return new MicrometerMetrics(
                Objects.requireNonNull(registry, "registry"), Objects.requireNonNull(job, "job"));
    }

    @Override
    public void onStart(Progress progress) {
        before = progress;
        hasNothingToDo = false;
        countedRequests = Map.of();
        job = jobs.begin(registry, name, tags);
        onProgress(progress); // from here on there is a 0 to count from
    }

    @Override
    public void onNothingToDo(String reason) {
        hasNothingToDo = true;
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
        showInFlight(progress.inFlight());
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

    private void count(String meter, String tag, String value, long more) {
        increment(meter, tags.and(Tag.of(tag, value)), more);
    }

    private void increment(String meter, Tags all, long more) {
        Counter counter = registry.counter(meter, all);
        counter.increment((double) more);
        if (job != null) {
            job.counters.add(counter.getId());
        }
    }

    private void showInFlight(int now) {
        if (job != null) {
            job.inFlight.addAndGet(now - shownInFlight);
            shownInFlight = now;
        }
    }

    @Override
    public void onEnd(RunState state, Progress progress) {
        onProgress(progress);
        String end = hasNothingToDo ? "nothing_to_do" : state.name().toLowerCase(Locale.ROOT);
        count("ingest4j.runs", "state", end, 1);
        showInFlight(0);
        if (job != null) {
            jobs.end(registry, name);
            job = null;
        }
    }

    /** What the runs of one job have in common. */
    private static final class Job {

        final Set<Meter.Id> counters = ConcurrentHashMap.newKeySet();
        final AtomicInteger inFlight = new AtomicInteger();
        int runs;
        Meter.@Nullable Id gauge;
    }

    /** The jobs of one registry. */
    private static final class Jobs {

        private final Map<String, Job> running = new LinkedHashMap<>();

        /** The one that ended first comes first. */
        private final Map<String, Job> ended = new LinkedHashMap<>();

        synchronized Job begin(MeterRegistry registry, String name, Tags tags) {
            Job before = ended.remove(name);
            Job job = running.computeIfAbsent(name, key -> before == null ? new Job() : before);
            if (job.runs++ == 0) {
                job.gauge =
                        Gauge.builder("ingest4j.in_flight", job.inFlight, AtomicInteger::get)
                                .tags(tags)
                                .register(registry)
                                .getId();
            }
            return job;
        }

        synchronized void end(MeterRegistry registry, String name) {
            Job job = running.get(name);
            if (job == null || --job.runs > 0) {
                return;
            }
            if (job.gauge != null) {
                registry.remove(job.gauge);
            }
            running.remove(name);
            ended.put(name, job);
            Iterator<Job> oldest = ended.values().iterator();
            while (ended.size() > MAX_ENDED_JOBS) {
                oldest.next().counters.forEach(registry::remove);
                oldest.remove();
            }
        }
    }
}
