package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.core.schedule.ScheduleQueue.Claim;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.jdbc.JdbcLease.Place;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes the items of the next dispatch. One claim is granted after the other, whoever asks. */
final class JdbcClaim<T> extends JdbcOperation<Claim<T>> {

    /** The newest dispatch of all. */
    private record Last(long number, long claimedAt) {}

    private static final long LONGEST_WAIT_SHARED_NANOS = 250_000_000;

    private static final String LAST =
            "SELECT number, claimed_at FROM {dispatch} ORDER BY number DESC LIMIT 1";
    private static final String DISPATCH =
            "INSERT INTO {dispatch} (number, claimed_at, epoch, item_count) VALUES (?, ?, ?, ?)";
    private static final String TAKE =
            "UPDATE {item} SET state = 1, started = 1, epoch = ? WHERE submission = ? AND idx = ?";
    private static final String NEXT_DUE = "SELECT MIN(due_at) FROM {item} WHERE state = 5";

    private static final List<Priority> BY_RANK =
            Arrays.stream(Priority.values())
                    .sorted(Comparator.comparingInt(Priority::rank))
                    .toList();

    private final ScheduleRules rules;
    private final JdbcLease lease;
    private final JdbcDepth depth;
    private final String prefix;
    private final Function<String, T> parse;
    private final List<JdbcLane.Row> rows = new ArrayList<>();

    JdbcClaim(
            ScheduleRules rules,
            JdbcLease lease,
            JdbcDepth depth,
            String prefix,
            Function<String, T> parse) {
        super(Kind.CLAIM);
        this.rules = rules;
        this.lease = lease;
        this.depth = depth;
        this.prefix = prefix;
        this.parse = parse;
    }

    @Override
    Claim<T> apply(JdbcSession session, long now) throws SQLException {
        rows.clear();
        if (!lease.isAlive(session, now)) {
            lease.lose();
            return new Claim<>(List.of(), 1);
        }
        lease.putBackUnknown(session, depth);
        Last last = last(session, now);
        if (last != null) {
            long left = JdbcTime.micros(rules.period()) - (now - last.claimedAt);
            if (left > 0) {
                return none(session, left);
            }
        }
        lease.reclaim(session, depth, now);
        session.update("UPDATE {item} SET state = 0 WHERE state = 5 AND due_at <= ?", now);
        rows.addAll(new JdbcChoice(session, rules, now).choose());
        if (rows.isEmpty()) {
            long due = session.number(NEXT_DUE);
            long next = Math.min(due == 0 ? Long.MAX_VALUE : due, lease.nextEnd(session));
            return none(session, next == Long.MAX_VALUE ? next : next - now);
        }
        take(session);
        long number = last == null ? 1 : last.number + 1;
        session.update(DISPATCH, number, now, lease.epoch(), rows.size());
        return new Claim<>(items(), 0);
    }

    /** A clock that was set back makes nobody wait for longer than a period. */
    private static @Nullable Last last(JdbcSession session, long now) throws SQLException {
        Last last = session.first(LAST, row -> new Last(row.getLong(1), row.getLong(2)));
        if (last == null || last.claimedAt <= now) {
            return last;
        }
        session.update("UPDATE {dispatch} SET claimed_at = ? WHERE number = ?", now, last.number);
        return new Last(last.number, now);
    }

    private Claim<T> none(JdbcSession session, long waitMicros) {
        long wait = JdbcTime.nanos(waitMicros);
        return new Claim<>(
                List.of(),
                session.dialect().isShared() ? Math.min(wait, LONGEST_WAIT_SHARED_NANOS) : wait);
    }

    private void take(JdbcSession session) throws SQLException {
        PreparedStatement row = session.prepare(TAKE);
        for (JdbcLane.Row one : rows) {
            row.setLong(1, lease.epoch());
            row.setLong(2, one.submission());
            row.setInt(3, one.index());
            row.addBatch();
            depth.add(one.rank(), -1);
        }
        row.executeBatch();
    }

    private List<ScheduledItem<T>> items() {
        List<ScheduledItem<T>> items = new ArrayList<>(rows.size());
        for (JdbcLane.Row row : rows) {
            String id = prefix + row.submission();
            items.add(
                    new ScheduledItem<>(
                            id,
                            id + '-' + (row.index() / row.batchSize() + 1),
                            row.index(),
                            parse.apply(row.text()),
                            BY_RANK.get(row.rank()),
                            row.tenant(),
                            row.attempts()));
        }
        return items;
    }

    @Override
    void kept(Claim<T> claim) {
        lease.sure();
        for (int i = 0; i < rows.size(); i++) {
            JdbcLane.Row row = rows.get(i);
            lease.hold(claim.items().get(i), new Place(row.submission(), row.index()));
        }
    }

    @Override
    void unsure() {
        lease.unsure();
    }
}
