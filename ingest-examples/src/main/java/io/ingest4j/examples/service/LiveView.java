package io.ingest4j.examples.service;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.core.schedule.ScheduleQueue;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/**
 * What the live page shows: made a few times a second at the most, however many watch. The database is
 * asked on a thread of its own, and one that hangs holds up no more than that.
 */
final class LiveView {

    private static final Logger LOG = LoggerFactory.getLogger(LiveView.class);

    /** The page gives up after five seconds, and should be told before. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int MOST_OPEN = 200;
    private static final long OLD_NANOS = 10_000_000_000L;

    private final PriorityBatchScheduler<BigInteger> scheduler;
    private final ServiceSettings settings;
    private final IntFunction<List<ScheduleQueue.OpenSubmission>> open;
    private final QueueWatch queue;
    private final LiveBoard board;
    private final InstantSource clock;
    private final Duration patience;

    /** Only for who asks the database, which is one at a time. */
    private Map<String, SubmissionRow> rows = new LinkedHashMap<>();

    private long lookedAt;

    /** What {@link LiveBoard#unknown} was when the store answered last. */
    private long lookedFor;

    /** As the database told them last. */
    private volatile List<String> submissions = List.of();

    private CompletableFuture<Optional<QueueStatistics>> asked =
            CompletableFuture.completedFuture(Optional.empty());
    private long askedAt;
    private boolean isShown = true;
    private byte[] last = new byte[0];
    private long madeAt;

    LiveView(
            PriorityBatchScheduler<BigInteger> scheduler,
            IntFunction<List<ScheduleQueue.OpenSubmission>> open,
            ServiceSettings settings,
            QueueWatch queue,
            LiveBoard board,
            InstantSource clock,
            Duration patience) {
        this.scheduler = scheduler;
        this.open = open;
        this.settings = settings;
        this.queue = queue;
        this.board = board;
        this.clock = clock;
        this.patience = patience;
    }

    void answer(Exchange exchange) {
        exchange.send(200, Exchange.JSON, snapshot());
    }

    /** Answers as the page shows a submission, with ids as texts. */
    void find(Exchange exchange) throws RequestException {
        String row =
                IngestEndpoints.asked(() -> SubmissionRow.find(scheduler, exchange.argument()))
                        .orElseThrow(() -> new RequestException(404, "no ingestion of that id"));
        exchange.large(200, row);
    }

    /** Answers with the submissions that have not ended, as many as anyone wants to see. */
    void open(Exchange exchange) throws RequestException {
        List<ScheduleQueue.OpenSubmission> all =
                IngestEndpoints.asked(() -> open.apply(MOST_OPEN + 1));
        long now = clock.millis();
        exchange.large(
                200,
                Json.object(
                        json -> {
                            json.writeBooleanProperty("more", all.size() > MOST_OPEN);
                            json.writeArrayPropertyStart("submissions");
                            all.stream().limit(MOST_OPEN).forEach(one -> write(json, one, now));
                            json.writeEndArray();
                        }));
    }

    private static void write(
            JsonGenerator json, ScheduleQueue.OpenSubmission submission, long now) {
        json.writeStartObject();
        json.writeStringProperty("ingestion_id", submission.id());
        json.writeStringProperty("priority", submission.priority().name());
        json.writeNumberProperty("submitted_at", now - submission.age().toMillis());
        json.writeNumberProperty("open", submission.openItems());
        json.writeEndObject();
    }

    synchronized byte[] snapshot() {
        if (last.length == 0 || System.nanoTime() - madeAt > QueueWatch.MAX_AGE_NANOS) {
            last = Json.object(this::write).getBytes(StandardCharsets.UTF_8);
            madeAt = System.nanoTime();
        }
        return last;
    }

    private void write(JsonGenerator json) {
        Optional<QueueStatistics> statistics = statistics();
        json.writeNumberProperty("now", clock.millis());
        json.writeNumberProperty("batch_size", settings.batchSize());
        json.writeNumberProperty("batch_delay_ms", settings.batchDelay().toMillis());
        LiveBoard.Totals totals = board.totals();
        json.writeNumberProperty("dispatched", totals.dispatches());
        json.writeNumberProperty("in_flight", totals.inFlight());
        json.writeNumberProperty("completed", totals.completed());
        json.writeNumberProperty("failed", totals.failed());
        statistics.ifPresent(known -> writeQueue(json, known));
        json.writeBooleanProperty("store_fails", statistics.isEmpty());
        json.writeArrayPropertyStart("dispatches");
        board.writeDispatches(json);
        json.writeEndArray();
        json.writeArrayPropertyStart("submissions");
        submissions.forEach(json::writeRawValue);
        json.writeEndArray();
    }

    /** At the earliest: at the rate that is set, if nothing is added. */
    private long emptyInMillis(long depth) {
        long dispatches = -Math.floorDiv(-depth, settings.batchSize());
        return dispatches * settings.batchDelay().toMillis();
    }

    private void writeQueue(JsonGenerator json, QueueStatistics statistics) {
        json.writeObjectPropertyStart("queue");
        for (Priority priority : Priority.values()) {
            json.writeNumberProperty(
                    priority.name(), statistics.depth().getOrDefault(priority, 0L));
        }
        json.writeEndObject();
        json.writeNumberProperty("oldest_wait_ms", statistics.oldestWait().toMillis());
        long depth = statistics.depth().values().stream().mapToLong(any -> any).sum();
        json.writeNumberProperty("empty_in_ms", emptyInMillis(depth));
    }

    /** Empty if there is no answer in time. Nobody asks again before one came and was shown. */
    private Optional<QueueStatistics> statistics() {
        boolean isOld = System.nanoTime() - askedAt > OLD_NANOS && asked.isDone();
        if (isShown || isOld) {
            askedAt = System.nanoTime();
            asked = CompletableFuture.supplyAsync(this::ask, LiveView::onItsOwn);
        }
        long left = patience.toNanos() - (System.nanoTime() - askedAt);
        try {
            return asked.copy()
                    .completeOnTimeout(Optional.empty(), Math.max(0, left), TimeUnit.NANOSECONDS)
                    .join();
        } finally {
            isShown = asked.isDone();
        }
    }

    private static void onItsOwn(Runnable task) {
        Thread thread = new Thread(task, "live-view");
        thread.setDaemon(true);
        thread.start();
    }

    /** Not more often than every few seconds, as others may dispatch all the time. */
    private void addUnknown() {
        long now = System.nanoTime();
        long unknown = board.unknown();
        if (unknown > lookedFor && (lookedAt == 0 || now - lookedAt > OLD_NANOS)) {
            board.found(open.apply(LiveBoard.MOST_SUBMISSIONS), clock.instant());
            lookedAt = now;
            lookedFor = unknown;
        }
    }

    private Optional<QueueStatistics> ask() {
        try {
            addUnknown();
            Map<String, SubmissionRow> next = new LinkedHashMap<>();
            for (LiveBoard.Shown one : board.submissions()) {
                SubmissionRow row = rows.get(one.id());
                next.put(one.id(), row != null && row.isOf(one) ? row : new SubmissionRow(one));
            }
            rows = next;
            QueueStatistics statistics = queue.statistics();
            next.values().forEach(row -> row.refresh(scheduler));
            submissions =
                    next.values().stream()
                            .map(SubmissionRow::shown)
                            .filter(shown -> !shown.isEmpty())
                            .toList();
            return Optional.of(statistics);
        } catch (IngestException | IllegalStateException e) {
            LOG.atWarn().setCause(e).log("the live page has no current figures");
            return Optional.empty();
        }
    }
}
