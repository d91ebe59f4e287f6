package io.ingest4j.core.schedule;

import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import io.ingest4j.core.loop.SecretIds;
import io.ingest4j.core.schedule.MemoryLane.Slot;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/** What a store in memory holds, whoever has it open. Guarded by itself. */
final class MemoryShelf<T> {

    /** An item that waits for its next attempt. */
    record Delayed<T>(Slot<T> slot, long dueAt) {}

    /** A submission that is known by a key or its content. */
    record Known<T>(Object key, String id, Submission<T> submission, long since) {}

    /** What is known of a tenant's turns in one priority. */
    record Turn(int level, String tenant) {}

    private static final int PREFIX_BITS = 32;

    final SecretIds ids =
            new SecretIds(
                    Long.toHexString(new SecureRandom().nextLong() >>> PREFIX_BITS) + '-',
                    SecretIds.newSecret(),
                    0);
    final MemoryIndex<T> entries = new MemoryIndex<>();
    final Map<Object, Known<T>> known = new HashMap<>();
    final ArrayDeque<Known<T>> knownInOrder = new ArrayDeque<>();
    final List<Map<String, MemoryLane<T>>> lanes = new ArrayList<>();
    final PriorityQueue<Delayed<T>> delayed;
    final Set<Slot<T>> taken = new LinkedHashSet<>();
    final Map<Turn, Long> turns = new HashMap<>();
    final ArrayDeque<MemoryEntry<T>> ended = new ArrayDeque<>();
    final long[] depth = new long[Priority.values().length];
    final long origin;
    long lastNumber;
    long lastTurn;
    boolean hasDispatched;

    /** Clock readings mean something only as differences, so all are taken from {@code origin}. */
    MemoryShelf(long origin) {
        this.origin = origin;
        for (int i = 0; i < depth.length; i++) {
            lanes.add(new LinkedHashMap<>());
        }
        delayed =
                new PriorityQueue<>(
                        Comparator.<Delayed<T>>comparingLong(one -> one.dueAt)
                                .thenComparing(one -> one.slot, Slot.order()));
    }
}
