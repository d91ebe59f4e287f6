package io.ingest4j.examples.service;

import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.SubmissionStatus;
import java.math.BigInteger;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** One submission on the live page. For one thread at a time. */
final class SubmissionRow {

    private static final int MOST_BOXES = 60;
    private static final int MOST_IDS = 12;

    /** The status of a large submission costs more, so it is asked for less often. */
    private static final long SHARE_OF_TIME = 20;

    private final String id;
    private final Optional<LiveBoard.Shown> known;

    /** As it is shown; the status itself may hold more ids than anyone wants to see. */
    private String shown = "";

    private boolean isFinal;
    private long askedAt;
    private long cost;

    SubmissionRow(LiveBoard.Shown known) {
        id = known.id();
        this.known = Optional.of(known);
    }

    /** One of which only the id is known. */
    SubmissionRow(String id) {
        this.id = id;
        known = Optional.empty();
    }

    String id() {
        return id;
    }

    boolean isOf(LiveBoard.Shown one) {
        return known.equals(Optional.of(one));
    }

    void refresh(PriorityBatchScheduler<BigInteger> scheduler) {
        long now = System.nanoTime();
        if (isFinal || (!shown.isEmpty() && now - askedAt < SHARE_OF_TIME * cost)) {
            return;
        }
        Optional<SubmissionStatus<BigInteger>> found = scheduler.status(id);
        if (found.isPresent()) {
            shown = Json.object(json -> write(json, found.get()));
            isFinal = found.get().state().isEnd();
        }
        askedAt = System.nanoTime();
        cost = askedAt - now;
    }

    /** Asks for it once; empty if there is none of that id. */
    static Optional<String> find(PriorityBatchScheduler<BigInteger> scheduler, String id) {
        SubmissionRow row = new SubmissionRow(id);
        row.refresh(scheduler);
        return Optional.of(row.shown()).filter(shown -> !shown.isEmpty());
    }

    /** Its JSON; empty if nothing was ever known of it. */
    String shown() {
        return shown;
    }

    private void write(JsonGenerator json, SubmissionStatus<BigInteger> status) {
        List<SubmissionStatus.Batch<BigInteger>> batches = status.batches();
        json.writeStringProperty("ingestion_id", id);
        known.ifPresent(
                shown -> {
                    json.writeStringProperty("priority", shown.priority().name());
                    json.writeNumberProperty("submitted_at", shown.time().toEpochMilli());
                });
        json.writeStringProperty("status", Json.name(status.state()));
        json.writeObjectPropertyStart("counts");
        counts(batches)
                .forEach((state, count) -> json.writeNumberProperty(Json.name(state), count));
        json.writeEndObject();
        int from = firstShown(batches);
        int to = Math.min(batches.size(), from + MOST_BOXES);
        json.writeNumberProperty("before", from);
        json.writeNumberProperty("after", batches.size() - to);
        json.writeArrayPropertyStart("batches");
        batches.subList(from, to).forEach(batch -> writeBatch(json, batch));
        json.writeEndArray();
    }

    /** Of many batches those are shown where something happens. */
    private static int firstShown(List<SubmissionStatus.Batch<BigInteger>> batches) {
        int running = 0;
        while (running < batches.size() && batches.get(running).state().isEnd()) {
            running++;
        }
        return Math.max(0, Math.min(running - MOST_BOXES / 4, batches.size() - MOST_BOXES));
    }

    private static Map<SubmissionStatus.State, Integer> counts(
            List<SubmissionStatus.Batch<BigInteger>> batches) {
        Map<SubmissionStatus.State, Integer> counts = new EnumMap<>(SubmissionStatus.State.class);
        batches.forEach(batch -> counts.merge(batch.state(), 1, Integer::sum));
        return counts;
    }

    private static void writeBatch(JsonGenerator json, SubmissionStatus.Batch<BigInteger> batch) {
        json.writeStartObject();
        json.writeStringProperty("batch_id", batch.id());
        json.writeStringProperty("status", Json.name(batch.state()));
        json.writeArrayPropertyStart("ids");
        batch.items().stream().limit(MOST_IDS).forEach(id -> json.writeString(id.toString()));
        json.writeEndArray();
        json.writeNumberProperty("more", Math.max(0, batch.items().size() - MOST_IDS));
        json.writeArrayPropertyStart("reasons");
        batch.failures().values().stream().distinct().limit(3).forEach(json::writeString);
        json.writeEndArray();
        json.writeEndObject();
    }
}
