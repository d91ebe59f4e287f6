package io.ingest4j.core;

import io.ingest4j.api.WriteFailure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts failures by kind, with the first of each as a sample. */
final class Errors {

    private static final int MAX_KINDS = 100;
    private static final String OTHER = "other";

    private final Map<String, IngestReport.ErrorCount> byKind = new LinkedHashMap<>();

    void count(WriteFailure failure) {
        String kind = failure.kind();
        if (!byKind.containsKey(kind) && byKind.size() >= MAX_KINDS) {
            kind = OTHER;
        }
        byKind.merge(
                kind,
                new IngestReport.ErrorCount(kind, 1, failure.detail()),
                (old, one) ->
                        new IngestReport.ErrorCount(old.kind(), old.count() + 1, old.sample()));
    }

    List<IngestReport.ErrorCount> counts() {
        return List.copyOf(byKind.values());
    }
}
