package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.Priority;
import io.ingest4j.spi.Ticker;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How many items wait, by priority. Each transaction adds what it changes to rows that stand for this
 * process, so that nobody ever counts the items of a queue at work, and all processes know the sum. For
 * the writer's thread, but for {@link #byPriority}.
 */
final class JdbcDepth {

    /** Few rows are read for a sum; processes that happen to share some wait for each other's commit. */
    private static final int SLOTS = 64;

    private static final long STALE_NANOS = 1_000_000_000L;

    private static final String FORGET = "DELETE FROM {depth}";
    private static final String COUNT =
            "INSERT INTO {depth} (slot, priority, items) SELECT state, priority, COUNT(*) FROM {item}"
                    + " WHERE state = %d GROUP BY state, priority";
    private static final String ADD =
            "INSERT INTO {depth} (slot, priority, items) VALUES (?, ?, ?) ON CONFLICT (slot, priority)"
                    + " DO UPDATE SET items = {depth}.items + excluded.items";
    private static final String SUM = "SELECT priority, SUM(items) FROM {depth} GROUP BY priority";

    private final Ticker ticker;
    private final int slot = ThreadLocalRandom.current().nextInt(SLOTS);

    /** As the last transaction left them. */
    private final long[] kept = new long[Priority.values().length];

    private final long[] pending = new long[Priority.values().length];
    private boolean isKnown;
    private long readAt;

    JdbcDepth(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Counts what waits, at the start of a schedule at which nobody is at work. */
    static void count(JdbcSession session) throws SQLException {
        session.dialect().lockTable(session, "{depth}");
        session.update(FORGET);
        for (String count : counts()) {
            session.update(count);
        }
    }

    static String[] counts() {
        return new String[] {
            COUNT.formatted(JdbcSchema.WAITING), COUNT.formatted(JdbcSchema.DELAYED)
        };
    }

    /** A transaction begins; what others did is seen a second later at the latest. */
    void begin(JdbcSession session) throws SQLException {
        Arrays.fill(pending, 0);
        boolean isStale = session.dialect().isShared() && ticker.nanos() - readAt > STALE_NANOS;
        if (!isKnown || isStale) {
            read(session, kept);
            readAt = ticker.nanos();
            isKnown = true;
        }
    }

    private static void read(JdbcSession session, long[] sums) throws SQLException {
        Arrays.fill(sums, 0);
        session.list(SUM, row -> sums[row.getInt(1)] = row.getLong(2));
    }

    /** The transaction changes the number. */
    void add(int rank, long items) {
        pending[rank] += items;
    }

    /** The last thing that a transaction does, as others may wait for it then. */
    void write(JdbcSession session) throws SQLException {
        for (int rank = 0; rank < pending.length; rank++) {
            if (pending[rank] != 0) {
                session.update(ADD, slot, rank, pending[rank]);
            }
        }
    }

    /** The transaction is durable. */
    void commit() {
        for (int i = 0; i < pending.length; i++) {
            kept[i] += pending[i];
        }
    }

    /** Nobody knows whether it is. */
    void unsure() {
        isKnown = false;
    }

    /** All that wait, as the transaction will leave them. */
    long queued() {
        long all = 0;
        for (int i = 0; i < pending.length; i++) {
            all += kept[i] + pending[i];
        }
        return Math.max(0, all);
    }

    static Map<Priority, Long> byPriority(JdbcSession session) throws SQLException {
        long[] sums = new long[Priority.values().length];
        read(session, sums);
        Map<Priority, Long> depth = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            depth.put(priority, Math.max(0, sums[priority.rank()]));
        }
        return depth;
    }
}
