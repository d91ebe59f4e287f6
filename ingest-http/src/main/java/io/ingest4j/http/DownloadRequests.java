package io.ingest4j.http;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests by kind. Thread-safe. */
final class DownloadRequests {

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    void count(String method) {
        String kind = "http_" + method.toLowerCase(Locale.ROOT);
        counts.computeIfAbsent(kind, unused -> new LongAdder()).increment();
    }

    Map<String, Long> counts() {
        Map<String, Long> copy = new TreeMap<>();
        counts.forEach((kind, count) -> copy.put(kind, count.sum()));
        return Map.copyOf(copy);
    }
}
