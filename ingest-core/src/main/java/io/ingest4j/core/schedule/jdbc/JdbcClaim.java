package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.core.loop.SecretIds;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.core.schedule.ScheduleQueue.Claim;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.jdbc.JdbcLease.Place;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the items of the next dispatch. One claim is granted after the other, whoever asks. */
final class JdbcClaim<T> extends JdbcOperation<Claim<T>> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    /** The newest dispatch of all. */
    private record Last(long number, long claimedAt, long beginUntil, long epoch) {}

    /** After so long a shared store is asked again for what others did. */
    static final long LONGEST_WAIT_SHARED_NANOS = 250_000_000;

    private static final long LOCKED_MICROS = 50_000;

    private static final String LAST =
            "SELECT number, claimed_at, begin_until, epoch FROM {dispatch} ORDER BY number DESC LIMIT 1";
    private static final String DISPATCH =
            "INSERT INTO {dispatch} (number, claimed_at, epoch, item_count, begin_until) VALUES (?, ?, ?,"
                    + " ?, ?)";
    private static final String TAKE =
            "UPDATE {item} SET state = 1, started = 1, epoch = ? WHERE submission = ? AND idx = ?";
    private static final String NEXT_DUE = "SELECT MIN(due_at) FROM {item} WHERE state = 5";

    private static final String PUT_ASIDE =
            "UPDATE {item} SET state = 5, due_at = ? WHERE submission = ? AND idx = ?";
    private static final long ASIDE_MICROS = JdbcTime.micros(Duration.ofMinutes(1));

    /** So many that can't be read are set aside by one claim. */
    private static final int MOST_ASIDE = 1_000;

    /** Until the next try when those that came next can't be read; others may be behind them. */
    private static final long AFTER_ASIDE_MICROS = 10_000;

    private static final List<Priority> BY_RANK =
            Arrays.stream(Priority.values())
                    .sorted(Comparator.comparingInt(Priority::rank))
                    .toList();

    private final ScheduleRules rules;
    private final JdbcLease lease;
    private final JdbcDepth depth;
    private final SecretIds ids;
    private final Function<String, T> parse;
    private final List<JdbcLane.Row> rows = new ArrayList<>();
    private final List<ScheduledItem<T>> items = new ArrayList<>();
    private final List<IngestException> unreadable = new ArrayList<>();
    private long dispatch;

    /** Before the database's time that the grant counts from, by this process's clock. */
    private long askedAt;

    JdbcClaim(
            ScheduleRules rules,
            JdbcLease lease,
            JdbcDepth depth,
            SecretIds ids,
            Function<String, T> parse) {
        super(Kind.CLAIM);
        this.rules = rules;
        this.lease = lease;
        this.depth = depth;
        this.ids = ids;
        this.parse = parse;
    }

    @Override
    void beforeTime() {
        askedAt = lease.nanos();
    }

    @Override
    Claim<T> apply(JdbcSession session, long now) throws SQLException {
        rows.clear();
        items.clear();
        unreadable.clear();
        if (!lease.isAlive(session, now)) {
            lease.lose();
            return new Claim<>(List.of(), 1);
        }
        lease.putBackUnknown(session, depth);
        Last last = last(session, now);
        if (last != null) {
            long left = left(last, now);
            if (left > 0) {
                return none(session, left);
            }
        }
        lease.reclaim(session, depth, now);
        JdbcDelays.limit(session, now);
        session.update("UPDATE {item} SET state = 0 WHERE state = 5 AND due_at <= ?", now);
        boolean areMore = choose(session, now);
        if (rows.isEmpty() && areMore) {
            return none(session, AFTER_ASIDE_MICROS);
        }
        if (rows.isEmpty()) {
            long due = session.number(NEXT_DUE);
            // What ended and is still there is locked by whoever takes it back.
            long end = Math.max(lease.nextEnd(session), now + LOCKED_MICROS);
            long next = Math.min(due == 0 ? Long.MAX_VALUE : due, end);
            return none(session, next == Long.MAX_VALUE ? next : next - now);
        }
        take(session);
        long number = last == null ? 1 : last.number + 1;
        session.update(DISPATCH, number, now, lease.epoch(), rows.size(), beginUntil(session, now));
        dispatch = number;
        return new Claim<>(items, 0);
    }

    private long beginUntil(JdbcSession session, long now) {
        return session.dialect().isShared() ? now + lease.beginMicros() : now;
    }

    /**
     * The period of this queue's own dispatch its scheduler counts from its calls. That of another's counts
     * from when its calls had begun; until that is known it is asked for in short intervals.
     */
    private long left(Last last, long now) {
        long period = JdbcTime.micros(rules.period());
        long left = period - (now - last.claimedAt);
        if (last.epoch == lease.epoch() || period == 0) {
            return left;
        }
        long leftAfterBegin = period - (now - last.beginUntil);
        return last.beginUntil <= now
                ? Math.max(left, leftAfterBegin)
                : Math.max(left, Math.min(leftAfterBegin, Math.min(period, LOCKED_MICROS)));
    }

    /** Chooses what can be read, and sets aside what can't; returns whether there may be more of that. */
    private boolean choose(JdbcSession session, long now) throws SQLException {
        boolean areMore = true;
        while (areMore && rows.isEmpty() && unreadable.size() < MOST_ASIDE) {
            List<JdbcLane.Row> chosen = new JdbcChoice(session, rules, now).choose();
            read(session, chosen, now);
            areMore = !chosen.isEmpty();
        }
        return areMore;
    }

    /** A clock that was set back makes nobody wait for longer than a period. */
    private static @Nullable Last last(JdbcSession session, long now) throws SQLException {
        Last last =
                session.first(
                        LAST,
                        row ->
                                new Last(
                                        row.getLong(1),
                                        row.getLong(2),
                                        row.getLong(3),
                                        row.getLong(4)));
        if (last == null || last.claimedAt <= now) {
            return last;
        }
        session.update(
                "UPDATE {dispatch} SET claimed_at = ?, begin_until = ? WHERE number = ?",
                now,
                now,
                last.number);
        return new Last(last.number, now, now, last.epoch);
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

    /** What the form can't read waits for one that can, and holds up nothing else. */
    private void read(JdbcSession session, List<JdbcLane.Row> chosen, long now)
            throws SQLException {
        PreparedStatement aside = session.prepare(PUT_ASIDE);
        int before = unreadable.size();
        for (JdbcLane.Row row : chosen) {
            try {
                items.add(item(row));
                rows.add(row);
            } catch (IngestException e) {
                unreadable.add(e);
                aside.setLong(1, now + ASIDE_MICROS);
                aside.setLong(2, row.submission());
                aside.setInt(3, row.index());
                aside.addBatch();
            }
        }
        if (unreadable.size() > before) {
            JdbcDelays.note(session, ASIDE_MICROS);
            aside.executeBatch();
        }
    }

    private ScheduledItem<T> item(JdbcLane.Row row) {
        String id = ids.id(row.submission());
        return new ScheduledItem<>(
                id,
                id + '-' + (row.index() / row.batchSize() + 1),
                row.index(),
                JdbcStatus.parsed(parse, row.text(), id, row.index()),
                BY_RANK.get(row.rank()),
                row.tenant(),
                row.attempts());
    }

    @Override
    void kept(Claim<T> claim) {
        lease.sure();
        if (!claim.items().isEmpty()) {
            lease.claimed(dispatch, askedAt);
        }
        for (IngestException one : unreadable) {
            LOG.atError()
                    .setCause(one.getCause())
                    .log("{}; it is tried again in {}", one.getMessage(), Duration.ofMinutes(1));
        }
        for (int i = 0; i < rows.size(); i++) {
            JdbcLane.Row row = rows.get(i);
            lease.hold(claim.items().get(i), new Place(row.submission(), row.index()));
        }
    }

    @Override
    boolean skip() {
        succeed(new Claim<>(List.of(), LONGEST_WAIT_SHARED_NANOS));
        return true;
    }

    @Override
    void unsure() {
        lease.unsure();
    }
}
