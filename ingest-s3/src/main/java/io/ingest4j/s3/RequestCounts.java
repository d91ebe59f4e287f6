package io.ingest4j.s3;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Counts requests by kind, each attempt when it is sent. Safe for use by several threads. */
final class RequestCounts {

    private final Map<String, Long> counts = new ConcurrentHashMap<>();

    void count(String kind) {
        counts.merge(kind, 1L, Long::sum);
    }

    Map<String, Long> byKind() {
        return Collections.unmodifiableSortedMap(new TreeMap<>(counts));
    }
}
