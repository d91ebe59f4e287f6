package io.ingest4j.s3;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests by kind, each attempt when it is sent. Safe for use by several threads. */
final class RequestCounts {

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    void count(String kind) {
        counts.computeIfAbsent(kind, any -> new LongAdder()).increment();
    }

    Map<String, Long> byKind() {
        SortedMap<String, Long> result = new TreeMap<>();
        counts.forEach((kind, count) -> result.put(kind, count.sum()));
        return Collections.unmodifiableSortedMap(result);
    }
}
