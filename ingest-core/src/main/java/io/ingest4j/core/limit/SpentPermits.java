package io.ingest4j.core.limit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one limiter has spent of a long period, as a checkpoint keeps it. The printable form of a limiter
 * gives its period and permits, then a part for each limiter whose permits it counts: its own, and those
 * of earlier processes that it was resumed from. So nothing is counted twice where two checkpoints tell
 * of one limiter. The forms of several limiters are joined by a plus sign:
 *
 * <pre>{@code
 * PT24H,1000;5e1f-0,17,4,2,250@40000000,350@86400000;77aa-0,9.8,0,0,12@1500
 * }</pre>
 *
 * @param owner the limiter, among those of all processes
 * @param numbers the numbers of its snapshots whose {@code ahead} is counted; the last one is that of
 *     the snapshot that told the rest
 * @param ahead the number of permits that count as spent when the work is continued, however long after
 * @param open the number of permits that come back only after a close, and were granted and not closed;
 *     they count in the same way
 * @param away how many come back after how many milliseconds
 */
record SpentPermits(
        String owner,
        NavigableSet<Long> numbers,
        long ahead,
        long open,
        NavigableMap<Long, Long> away) {

    /** Enough for a budget to come back smoothly, few enough to be written every second. */
    private static final int BUCKETS = 64;

    private static final String JOINT = "+";
    private static final String PART = ";";
    private static final int NANOS_PER_MILLI = 1_000_000;

    /** Makes the part of what {@code tokens} has given out. */
    static SpentPermits of(
            String owner, long number, long ahead, long longestNanos, Tokens tokens, long at) {
        long width = Math.max(1, longestNanos / BUCKETS);
        NavigableMap<Long, Long> away = new TreeMap<>();
        tokens.eachAway(
                at,
                (remaining, count) -> {
                    // Rounded up: a permit may come back too late, but never too early.
                    long bucket = (Math.max(0, remaining) + width - 1) / width * width;
                    away.merge(millis(bucket), count, Long::sum);
                });
        return new SpentPermits(
                owner, new TreeSet<>(List.of(number)), ahead, tokens.openAway(), away);
    }

    /** The milliseconds of such a part, rounded up. */
    static long millis(long nanos) {
        return nanos / NANOS_PER_MILLI + (nanos % NANOS_PER_MILLI == 0 ? 0 : 1);
    }

    /** Makes the form of a limiter. */
    static String write(Duration period, long permits, List<SpentPermits> parts) {
        StringBuilder form = new StringBuilder().append(period).append(',').append(permits);
        for (SpentPermits part : parts) {
            String numbers = String.join(".", part.numbers.stream().map(String::valueOf).toList());
            form.append(PART).append(part.owner).append(',').append(numbers);
            form.append(',').append(part.ahead).append(',').append(part.open);
            part.away.forEach(
                    (millis, count) -> form.append(',').append(count).append('@').append(millis));
        }
        return form.toString();
    }

    static String join(List<String> forms) {
        return String.join(JOINT, forms);
    }

    static List<String> split(String forms) {
        return List.of(forms.split("\\+", -1));
    }

    /**
     * Finds the forms that may be those of a limiter among those joined: the ones of its period, or, if
     * there are several, those of them that have as many permits.
     *
     * @return each with its parts; more than one where they can't be told apart
     */
    static List<List<SpentPermits>> read(String forms, Duration period, long permits) {
        List<String> found = new ArrayList<>(split(forms));
        found.removeIf(form -> !form.startsWith(period + ","));
        if (found.size() > 1) {
            found.removeIf(form -> !form.startsWith(period + "," + permits + PART));
        }
        return found.stream().map(SpentPermits::readForm).toList();
    }

    /** Tells how many come back after how many nanoseconds, the first to come back first. */
    NavigableMap<Long, Long> awayAfter(long ageNanos, long longestNanos) {
        NavigableMap<Long, Long> still = new TreeMap<>();
        if (open > 0) {
            still.put(longestNanos, open);
        }
        for (Map.Entry<Long, Long> entry : away.entrySet()) {
            long remaining =
                    Math.min(entry.getKey(), Long.MAX_VALUE / NANOS_PER_MILLI) * NANOS_PER_MILLI
                            - ageNanos;
            if (remaining > 0) {
                still.merge(Math.min(remaining, longestNanos), entry.getValue(), Long::sum);
            }
        }
        return still;
    }

    private static List<SpentPermits> readForm(String form) {
        try {
            String[] parts = form.split(PART, -1);
            Long.parseLong(parts[0].substring(parts[0].indexOf(',') + 1));
            List<SpentPermits> read = new ArrayList<>();
            for (int i = 1; i < parts.length; i++) {
                read.add(readPart(parts[i].split(",", -1)));
            }
            return read;
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "snapshot must be what snapshot() returned, was '" + form + "'", e);
        }
    }

    private static SpentPermits readPart(String[] fields) {
        NavigableSet<Long> numbers = new TreeSet<>();
        for (String number : fields[1].split("\\.", -1)) {
            numbers.add(Long.parseLong(number));
        }
        NavigableMap<Long, Long> away = new TreeMap<>();
        for (int i = 4; i < fields.length; i++) {
            int at = fields[i].indexOf('@');
            away.put(
                    Long.parseLong(fields[i].substring(at + 1)),
                    Long.parseLong(fields[i].substring(0, Math.max(0, at))));
        }
        return new SpentPermits(
                fields[0], numbers, Long.parseLong(fields[2]), Long.parseLong(fields[3]), away);
    }
}
