package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.Priority;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many items wait, by priority. Counted once, then kept up to date by what this process does; what
 * others do is seen when it is counted again.
 */
final class JdbcDepth {

    private static final String COUNT =
            "SELECT priority, COUNT(*) FROM {item} WHERE state = 0 GROUP BY priority";
    private static final String COUNT_DELAYED =
            "SELECT priority, COUNT(*) FROM {item} WHERE state = 5 GROUP BY priority";

    private final AtomicLongArray kept = new AtomicLongArray(Priority.values().length);
    private final long[] pending = new long[Priority.values().length];

    /** A transaction begins. */
    void begin() {
        Arrays.fill(pending, 0);
    }

    /** The transaction changes the number. */
    void add(int rank, long items) {
        pending[rank] += items;
    }

    /** The transaction is durable. */
    void commit() {
        for (int i = 0; i < pending.length; i++) {
            kept.addAndGet(i, pending[i]);
        }
        begin();
    }

    /** Counts what waits, in a transaction that has changed nothing yet. */
    void count(JdbcSession session) throws SQLException {
        long[] counted = counted(session);
        for (int i = 0; i < counted.length; i++) {
            kept.set(i, counted[i]);
        }
    }

    /**
     * Counts what waits while others go on. What this process does meanwhile may count twice or not at all,
     * until the next time.
     */
    void recount(JdbcSession session) throws SQLException {
        long[] before = new long[pending.length];
        Arrays.setAll(before, kept::get);
        long[] counted = counted(session);
        for (int i = 0; i < counted.length; i++) {
            kept.addAndGet(i, counted[i] - before[i]);
        }
    }

    private static long[] counted(JdbcSession session) throws SQLException {
        long[] counted = new long[Priority.values().length];
        for (String query : new String[] {COUNT, COUNT_DELAYED}) {
            session.list(query, row -> counted[row.getInt(1)] += row.getLong(2));
        }
        return counted;
    }

    /** All that wait, as the transaction will leave them. */
    long queued() {
        long all = 0;
        for (int i = 0; i < pending.length; i++) {
            all += kept.get(i) + pending[i];
        }
        return Math.max(0, all);
    }

    Map<Priority, Long> byPriority() {
        Map<Priority, Long> depth = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            depth.put(priority, Math.max(0, kept.get(priority.rank())));
        }
        return depth;
    }
}
