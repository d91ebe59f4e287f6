package io.ingest4j.core.limit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is spent of a long period, in the printable form that a checkpoint keeps: the period, how many
 * permits it has, whose they are, how many count as just spent, and how many come back after how many milliseconds.
 * Several such forms are joined by a plus sign.
 *
 * @param owner the limiter, among those of all processes
 * @param ahead how many count as spent when the work is continued, however long after
 * @param away how many come back after how many milliseconds
 */
record SpentPermits(String owner, long ahead, NavigableMap<Long, Long> away) {

    /** Enough for a budget to come back smoothly, few enough to be written every second. */
    private static final int BUCKETS = 64;

    private static final String JOINT = "+";

    /** Makes the form of what {@code tokens} has given out. */
    static String write(
            Duration period, String owner, long ahead, long longestNanos, Tokens tokens, long at) {
        long width = Math.max(1, longestNanos / BUCKETS);
        Map<Long, Long> away = new TreeMap<>();
        tokens.eachAway(
                at,
                (remaining, count) -> {
                    // Rounded up: a permit may come back too late, but never too early.
                    long bucket = (Math.max(0, remaining) + width - 1) / width * width;
                    away.merge((bucket + 999_999) / 1_000_000, count, Long::sum);
                });
        List<String> parts = new ArrayList<>();
        parts.add(period.toString());
        parts.add(Long.toString(tokens.permits()));
        parts.add(owner);
        parts.add(Long.toString(ahead + tokens.open()));
        away.forEach((millis, count) -> parts.add(count + "@" + millis));
        return String.join(",", parts);
    }

    static String join(List<String> forms) {
        return String.join(JOINT, forms);
    }

    /**
     * Finds the form of a limiter among those joined: the only one of its period, or the only one of
     * them that has as many permits.
     */
    static Optional<SpentPermits> read(String forms, Duration period, long permits) {
        List<String> found = new ArrayList<>(List.of(forms.split("\\+", -1)));
        found.removeIf(form -> !form.startsWith(period + ","));
        if (found.size() > 1) {
            found.removeIf(form -> !form.startsWith(period + "," + permits + ","));
        }
        return found.size() == 1
                ? Optional.of(read(found.get(0), found.get(0).split(",", -1)))
                : Optional.empty();
    }

    /**
     * Tells which of so many permits are still away: what was spent last counts first, because a permit
     * that is on its way back twice comes back with the later one.
     *
     * @return how many come back after how many nanoseconds, the first to come back first
     */
    SortedMap<Long, Long> last(long permits, long ageNanos) {
        SortedMap<Long, Long> still = new TreeMap<>();
        long left = permits - Math.min(permits, ahead);
        if (left < permits) {
            still.put(Long.MAX_VALUE, permits - left);
        }
        for (Map.Entry<Long, Long> entry : away.descendingMap().entrySet()) {
            long remaining = Duration.ofMillis(entry.getKey()).toNanos() - ageNanos;
            long count = Math.min(left, entry.getValue());
            if (remaining > 0 && count > 0) {
                still.put(remaining, count);
                left -= count;
            }
        }
        return still;
    }

    private static SpentPermits read(String form, String[] parts) {
        try {
            NavigableMap<Long, Long> away = new TreeMap<>();
            for (int i = 4; i < parts.length; i++) {
                int at = parts[i].indexOf('@');
                away.put(
                        Long.parseLong(parts[i].substring(at + 1)),
                        Long.parseLong(parts[i].substring(0, Math.max(0, at))));
            }
            return new SpentPermits(parts[2], Long.parseLong(parts[3]), away);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "snapshot must be what snapshot() returned, was '" + form + "'", e);
        }
    }
}
