package io.ingest4j.core.limit;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The permits that limiters of earlier processes had spent, each limiter's counted once: several
 * checkpoints may tell of it, and the latest of its snapshots is the one that counts. Not safe for use
 * by several threads.
 */
final class InheritedPermits {

    /** The oldest of more than so many count as one's own, so that a snapshot stays small. */
    private static final int MOST_OWNERS = 16;

    private final String self;
    private final long longestNanos;

    /** The one told of first comes first. */
    private final Map<String, Part> parts = new LinkedHashMap<>();

    /** What is known of one limiter: how many come back after how many nanoseconds from an instant. */
    private static final class Part {
        final NavigableSet<Long> numbers = new TreeSet<>();
        NavigableMap<Long, Long> away = new TreeMap<>();
        long since;

        NavigableMap<Long, Long> awayAt(long at) {
            NavigableMap<Long, Long> still = new TreeMap<>();
            away.forEach(
                    (nanos, count) -> {
                        long left = nanos - (at - since);
                        if (left > 0) {
                            still.put(left, count);
                        }
                    });
            return still;
        }
    }

    InheritedPermits(String self, long longestNanos) {
        this.self = self;
        this.longestNanos = longestNanos;
    }

    /**
     * Takes what a snapshot tells.
     *
     * @return how many permits besides count as spent just now
     */
    long add(SpentPermits told, long ageNanos, long at) {
        if (told.owner().equals(self)) {
            return 0; // one's own memory is better
        }
        Part part = parts.computeIfAbsent(told.owner(), owner -> new Part());
        long number = told.numbers().last();
        if (part.numbers.isEmpty() || number > part.numbers.last()) {
            part.away = told.awayAfter(ageNanos, longestNanos);
            part.since = at;
        }
        boolean isNews = part.numbers.add(number);
        part.numbers.addAll(told.numbers());
        while (parts.size() > MOST_OWNERS) {
            foldOldest(at);
        }
        return isNews ? told.ahead() : 0;
    }

    /** How many come back after how many nanoseconds, of all limiters. */
    NavigableMap<Long, Long> awayAt(long at) {
        NavigableMap<Long, Long> all = new TreeMap<>();
        parts.values().forEach(part -> merge(all, part.awayAt(at)));
        return all;
    }

    /** What a process that continues this one's work has to count, given what was spent here. */
    List<SpentPermits> spentAt(SpentPermits own, long at) {
        parts.values().removeIf(part -> at - part.since >= longestNanos);
        List<SpentPermits> spent = new ArrayList<>(List.of(own));
        parts.forEach(
                (owner, part) -> {
                    NavigableMap<Long, Long> away = inMillis(part.awayAt(at));
                    if (owner.equals(self)) {
                        merge(own.away(), away);
                    } else {
                        spent.add(new SpentPermits(owner, part.numbers, 0, 0, away));
                    }
                });
        return spent;
    }

    /** Nothing of it is away any more, or it was counted elsewhere. */
    void forget() {
        parts.values().forEach(part -> part.away.clear());
    }

    /** From now on nobody asks whose they were; they may be counted twice, which errs to the safe side. */
    private void foldOldest(long at) {
        Part own = parts.remove(self);
        Iterator<Part> each = parts.values().iterator();
        Part oldest = each.next();
        each.remove();
        Part folded = new Part();
        folded.numbers.add(0L);
        folded.since = at;
        folded.away = oldest.awayAt(at);
        if (own != null) {
            merge(folded.away, own.awayAt(at));
        }
        parts.put(self, folded);
    }

    private static void merge(NavigableMap<Long, Long> all, NavigableMap<Long, Long> more) {
        more.forEach((nanos, count) -> all.merge(nanos, count, Long::sum));
    }

    private static NavigableMap<Long, Long> inMillis(NavigableMap<Long, Long> nanos) {
        NavigableMap<Long, Long> millis = new TreeMap<>();
        nanos.forEach((left, count) -> millis.merge(SpentPermits.millis(left), count, Long::sum));
        return millis;
    }
}
