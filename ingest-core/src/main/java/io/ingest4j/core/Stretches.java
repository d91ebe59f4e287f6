package io.ingest4j.core;

import io.ingest4j.api.Checkpoint.Stretch;
import java.util.ArrayList;
import java.util.List;

/** Collects stretches in order, joining neighbours. */
final class Stretches {

    private final List<Stretch> stretches = new ArrayList<>();
    private long from;
    private long to;

    void add(long fromRecord, long toRecord) {
        if (fromRecord > to) {
            close();
            from = fromRecord;
        }
        to = Math.max(to, toRecord);
    }

    List<Stretch> toList() {
        close();
        return List.copyOf(stretches);
    }

    private void close() {
        if (to > from) {
            stretches.add(new Stretch(from, to));
        }
        from = to;
    }
}
