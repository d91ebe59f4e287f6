package io.ingest4j.examples.service;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/** What the live page shows: made a few times a second at the most, however many watch. */
final class LiveView {

    private static final Logger LOG = LoggerFactory.getLogger(LiveView.class);

    private final PriorityBatchScheduler<BigInteger> scheduler;
    private final ServiceSettings settings;
    private final QueueWatch queue;
    private final LiveBoard board;
    private final InstantSource clock;
    private Map<String, SubmissionRow> rows = new LinkedHashMap<>();
    private byte[] last = new byte[0];
    private long madeAt;

    LiveView(
            PriorityBatchScheduler<BigInteger> scheduler,
            ServiceSettings settings,
            QueueWatch queue,
            LiveBoard board,
            InstantSource clock) {
        this.scheduler = scheduler;
        this.settings = settings;
        this.queue = queue;
        this.board = board;
        this.clock = clock;
    }

    void answer(Exchange exchange) {
        exchange.send(200, Exchange.JSON, snapshot());
    }

    private synchronized byte[] snapshot() {
        if (last.length == 0 || System.nanoTime() - madeAt > QueueWatch.MAX_AGE_NANOS) {
            last = Json.object(this::write).getBytes(StandardCharsets.UTF_8);
            madeAt = System.nanoTime();
        }
        return last;
    }

    private void write(JsonGenerator json) {
        json.writeNumberProperty("now", clock.millis());
        json.writeNumberProperty("batch_size", settings.batchSize());
        json.writeNumberProperty("batch_delay_ms", settings.batchDelay().toMillis());
        LiveBoard.Totals totals = board.totals();
        json.writeNumberProperty("dispatched", totals.dispatches());
        json.writeNumberProperty("in_flight", totals.inFlight());
        json.writeNumberProperty("completed", totals.completed());
        json.writeNumberProperty("failed", totals.failed());
        boolean isStoreWell = refresh(json);
        json.writeBooleanProperty("store_fails", !isStoreWell);
        json.writeArrayPropertyStart("dispatches");
        board.writeDispatches(json);
        json.writeEndArray();
        json.writeArrayPropertyStart("submissions");
        rows.values().forEach(row -> row.write(json));
        json.writeEndArray();
    }

    private boolean refresh(JsonGenerator json) {
        try {
            Map<String, SubmissionRow> next = new LinkedHashMap<>();
            board.submissions()
                    .forEach(
                            (id, priority) ->
                                    next.put(
                                            id,
                                            rows.getOrDefault(
                                                    id, new SubmissionRow(id, priority))));
            rows = next;
            QueueStatistics statistics = queue.statistics();
            next.values().forEach(row -> row.refresh(scheduler));
            json.writeObjectPropertyStart("queue");
            for (Priority priority : Priority.values()) {
                json.writeNumberProperty(
                        priority.name(), statistics.depth().getOrDefault(priority, 0L));
            }
            json.writeEndObject();
            json.writeNumberProperty("oldest_wait_ms", statistics.oldestWait().toMillis());
            return true;
        } catch (IngestException | IllegalStateException e) {
            LOG.atWarn().setCause(e).log("the live page has no current figures");
            return false;
        }
    }
}
