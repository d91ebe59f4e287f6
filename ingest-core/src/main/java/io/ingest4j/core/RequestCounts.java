package io.ingest4j.core;

import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.RecordSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The requests that were made for a run, by kind. */
final class RequestCounts {

    private final List<Supplier<Map<String, Long>>> counters = new ArrayList<>();
    private final Map<String, Long> before;

    RequestCounts(Job<?, ?> job) {
        counters.add(job.source()::requests);
        counters.add(job.sink()::requests);
        RecordSink<DeadLetter> deadLetters = job.deadLetters();
        if (deadLetters != null) {
            counters.add(deadLetters::requests);
        }
        CheckpointStore store = job.resumption().store();
        if (store != null) {
            counters.add(store::requests);
        }
        before = total();
    }

    Map<String, Long> sinceStart() {
        Map<String, Long> counts = total();
        before.forEach((kind, count) -> counts.merge(kind, -count, Long::sum));
        counts.values().removeIf(count -> count == 0);
        return counts;
    }

    private Map<String, Long> total() {
        Map<String, Long> total = new HashMap<>();
        counters.forEach(
                counter ->
                        counter.get()
                                .forEach((kind, count) -> total.merge(kind, count, Long::sum)));
        return total;
    }
}
