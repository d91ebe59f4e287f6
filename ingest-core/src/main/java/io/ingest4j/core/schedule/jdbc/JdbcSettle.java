package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.core.schedule.Settlement;
import io.ingest4j.core.schedule.jdbc.JdbcLease.Place;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what became of items; of those only that this queue still holds by the database's clock. */
final class JdbcSettle<T> extends JdbcOperation<Map<Long, State>> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    /** A settlement and where its item lies. */
    private record Placed<T>(Place place, Settlement<T> settlement) {}

    /** What a submission loses and gains. */
    private static final class Change {
        int ended;
        int failed;
    }

    private static final String SETTLE =
            "UPDATE {item} SET state = ?, due_at = ?, attempts = ?, epoch = 0, reason = ? WHERE"
                    + " submission = ? AND idx = ? AND state = 1 AND epoch = ?";
    private static final String COUNT =
            "UPDATE {submission} SET open_count = open_count - ?, failed_count = failed_count + ?,"
                    + " ended_at = CASE WHEN open_count = ? THEN CAST(? AS BIGINT) ELSE ended_at END"
                    + " WHERE number = ?";
    private static final String ENDED =
            "SELECT failed_count, cancelled_count FROM {submission} WHERE number = ? AND open_count"
                    + " = 0";

    private final List<Settlement<T>> settlements;
    private final JdbcLease lease;
    private final JdbcDepth depth;

    JdbcSettle(List<Settlement<T>> settlements, JdbcLease lease, JdbcDepth depth) {
        super(Kind.SETTLE);
        this.settlements = settlements;
        this.lease = lease;
        this.depth = depth;
    }

    @Override
    Map<Long, State> apply(JdbcSession session, long now) throws SQLException {
        if (!lease.isAlive(session, now)) {
            lease.lose();
            ignore(settlements.size());
            return Map.of();
        }
        List<Placed<T>> placed = placed();
        int[] counts = update(session, placed, now);
        Map<Long, Change> changes = new TreeMap<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] == 1) {
                count(placed.get(i), changes);
            }
        }
        return end(session, changes, now);
    }

    @Override
    void kept(Map<Long, State> ended) {
        settlements.forEach(one -> lease.release(one.item()));
    }

    /** In one order, in which every process locks them. */
    private List<Placed<T>> placed() {
        List<Placed<T>> placed = new ArrayList<>();
        for (Settlement<T> settlement : settlements) {
            Place place = lease.place(settlement.item());
            if (place != null) {
                placed.add(new Placed<>(place, settlement));
            }
        }
        if (placed.size() < settlements.size()) {
            ignore(settlements.size() - placed.size());
        }
        placed.sort(
                Comparator.comparingLong((Placed<T> one) -> one.place.submission())
                        .thenComparingInt(one -> one.place.index()));
        return placed;
    }

    private static void ignore(int count) {
        LOG.atWarn()
                .addKeyValue("items", count)
                .log("the lease ended before {} items did, others process them again", count);
    }

    private int[] update(JdbcSession session, List<Placed<T>> placed, long now)
            throws SQLException {
        if (placed.isEmpty()) {
            return new int[0];
        }
        long longest = 0;
        PreparedStatement row = session.prepare(SETTLE);
        for (Placed<T> one : placed) {
            Settlement<T> settlement = one.settlement;
            long delay = JdbcTime.micros(settlement.delay());
            longest = Math.max(longest, delay);
            row.setInt(1, state(settlement, delay));
            row.setLong(2, now + delay);
            row.setInt(3, attempts(settlement));
            row.setString(4, JdbcText.clean(settlement.reason()));
            row.setLong(5, one.place.submission());
            row.setInt(6, one.place.index());
            row.setLong(7, lease.epoch());
            row.addBatch();
        }
        JdbcDelays.note(session, longest);
        return row.executeBatch();
    }

    private static int state(Settlement<?> settlement, long delay) {
        return switch (settlement.outcome()) {
            case COMPLETED -> JdbcSchema.COMPLETED;
            case FAILED -> JdbcSchema.FAILED;
            case RETRY, RETURNED -> delay > 0 ? JdbcSchema.DELAYED : JdbcSchema.WAITING;
        };
    }

    private static int attempts(Settlement<?> settlement) {
        int before = settlement.item().failedAttempts();
        return settlement.outcome() == Settlement.Outcome.RETRY ? before + 1 : before;
    }

    private void count(Placed<T> one, Map<Long, Change> changes) {
        Change change = changes.computeIfAbsent(one.place.submission(), any -> new Change());
        switch (one.settlement.outcome()) {
            case COMPLETED -> change.ended++;
            case FAILED -> {
                change.ended++;
                change.failed++;
            }
            case RETRY, RETURNED -> depth.add(one.settlement.item().priority().rank(), 1);
        }
    }

    private static Map<Long, State> end(JdbcSession session, Map<Long, Change> changes, long now)
            throws SQLException {
        Map<Long, State> ended = new LinkedHashMap<>();
        for (Map.Entry<Long, Change> entry : changes.entrySet()) {
            long number = entry.getKey();
            Change change = entry.getValue();
            if (change.ended == 0) {
                continue;
            }
            session.update(COUNT, change.ended, change.failed, change.ended, now, number);
            State state =
                    session.first(
                            ENDED,
                            row -> JdbcCancel.endState(row.getLong(1), row.getLong(2)),
                            number);
            if (state != null) {
                ended.put(number, state);
            }
        }
        return ended;
    }
}
