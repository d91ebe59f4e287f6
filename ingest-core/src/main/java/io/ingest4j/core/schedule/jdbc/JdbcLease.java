package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.ScheduledItem;
import io.ingest4j.core.loop.Require;
import io.ingest4j.spi.Ticker;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The right of one queue to what it took. It has a number, the epoch, that no other lease ever has; the
 * database knows until when it lives, and this process knows when it was renewed by its own clock.
 */
final class JdbcLease {

    /** Where an item lies. */
    record Place(long submission, int index) {}

    /** An item that is taken, and perhaps nobody knows of it. */
    private record Unknown(Place place, int rank) {}

    private static final int BEGIN_SHARE = 4;
    private static final long MAX_BEGIN_NANOS = 10_000_000_000L;

    private final Ticker ticker;
    private final long leaseMicros;
    private final long leaseNanos;
    private final long beginNanos;

    /** What was taken under this lease, by identity: an equal item of an earlier one is another. */
    private final IdentityHashMap<ScheduledItem<?>, Place> held = new IdentityHashMap<>();

    /** The last dispatch of this queue of which nobody was told that its calls have begun; or 0. */
    private long unbegun;

    private long claimAskedAt;
    private volatile boolean lost = true;
    private volatile long renewedAt;
    private long epoch;

    /** Whether items may be taken that nobody here knows of. */
    private boolean unsure;

    JdbcLease(Ticker ticker, Duration lease) {
        this.ticker = ticker;
        leaseMicros = JdbcTime.micros(lease);
        leaseNanos = Require.nanos(lease);
        beginNanos = Math.min(MAX_BEGIN_NANOS, leaseNanos / BEGIN_SHARE);
        renewedAt = ticker.nanos();
    }

    boolean isHeld() {
        return !lost && ticker.nanos() - renewedAt < leaseNanos;
    }

    long epoch() {
        return epoch;
    }

    long nanos() {
        return ticker.nanos();
    }

    /** So long after its claim a call may begin; the others wait for it if its process died before. */
    long beginMicros() {
        return JdbcTime.micros(Duration.ofNanos(beginNanos));
    }

    /** Tells the same by this process's clock, from before the claim was granted. */
    boolean mayBegin() {
        return isHeld() && ticker.nanos() - claimAskedAt < beginNanos;
    }

    void claimed(long dispatch, long askedAt) {
        unbegun = dispatch;
        claimAskedAt = askedAt;
    }

    /** The dispatch whose calls have begun; 0 if that was said. */
    long begun() {
        long begun = unbegun;
        unbegun = 0;
        return begun;
    }

    /** Renews the lease, or takes a new one; returns its epoch. */
    long renew(JdbcSession session, long now) throws SQLException {
        if (!lost
                && session.update(
                                "UPDATE {worker} SET lease_until = ? WHERE epoch = ? AND"
                                        + " lease_until > ?",
                                now + leaseMicros,
                                epoch,
                                end(session, now))
                        == 1) {
            return epoch;
        }
        long next = session.dialect().numbers(session, 1)[0];
        session.update(
                "INSERT INTO {worker} (epoch, lease_until, lease) VALUES (?, ?, ?)",
                next,
                now + leaseMicros,
                leaseMicros);
        return next;
    }

    /** The renewal is durable; it was asked for at {@code askedAt} by this process's clock. */
    void renewed(long current, long askedAt) {
        if (current != epoch) {
            held.clear();
            unsure = false;
        }
        epoch = current;
        renewedAt = askedAt;
        lost = false;
    }

    /** Tells whether the database still knows the lease, and keeps it from ending in this transaction. */
    boolean isAlive(JdbcSession session, long now) throws SQLException {
        return !lost
                && session.number(
                                "SELECT lease_until FROM {worker} WHERE epoch = ?"
                                        + session.dialect().lock(),
                                epoch)
                        > end(session, now);
    }

    /**
     * A lease until then has ended. In a file, whose clock may be set, it lives until somebody takes it
     * away.
     */
    private static long end(JdbcSession session, long now) {
        return session.dialect().isShared() ? now : 0;
    }

    void lose() {
        lost = true;
    }

    /** Puts the items of those back whose lease has ended, and ends one that a clock set too late. */
    void reclaim(JdbcSession session, JdbcDepth depth, long now) throws SQLException {
        session.update(
                "UPDATE {worker} SET lease_until = ? + lease WHERE lease > 0 AND lease_until - ? > 2 *"
                        + " lease AND epoch <> ?",
                now,
                now,
                epoch);
        List<Long> ended =
                session.list(
                        "SELECT epoch FROM {worker} WHERE lease_until <= ? AND epoch <> ?"
                                + session.dialect().lockFree(),
                        row -> row.getLong(1),
                        now,
                        epoch);
        for (long dead : ended) {
            putBack(session, depth, dead);
            session.update("DELETE FROM {worker} WHERE epoch = ?", dead);
        }
    }

    /** Puts all back that was taken under this lease, unless another has ended it and done so. */
    void end(JdbcSession session, JdbcDepth depth) throws SQLException {
        long found =
                session.number(
                        "SELECT epoch FROM {worker} WHERE epoch = ?" + session.dialect().lock(),
                        epoch);
        if (found == epoch) {
            putBack(session, depth, epoch);
            session.update("DELETE FROM {worker} WHERE epoch = ?", epoch);
        }
    }

    /** Puts all back that was taken under a lease. Who calls it has locked the lease. */
    private static void putBack(JdbcSession session, JdbcDepth depth, long dead)
            throws SQLException {
        session.list(
                "SELECT priority, COUNT(*) FROM {item} WHERE state = 1 AND epoch = ? GROUP BY"
                        + " priority",
                row -> {
                    depth.add(row.getInt(1), row.getLong(2));
                    return "";
                },
                dead);
        session.update(
                "UPDATE {item} SET state = 0, epoch = 0 WHERE state = 1 AND epoch = ?", dead);
    }

    /** When the next of the others may end; {@link Long#MAX_VALUE} if there are none. */
    long nextEnd(JdbcSession session) throws SQLException {
        long next = session.number("SELECT MIN(lease_until) FROM {worker} WHERE epoch <> ?", epoch);
        return next == 0 ? Long.MAX_VALUE : next;
    }

    void unsure() {
        unsure = true;
    }

    boolean isSure() {
        return !unsure;
    }

    /** Puts back what was taken by a claim whose end nobody saw. */
    void putBackUnknown(JdbcSession session, JdbcDepth depth) throws SQLException {
        if (!unsure) {
            return;
        }
        Set<Place> known = new HashSet<>(held.values());
        List<Unknown> taken =
                session.list(
                        "SELECT submission, idx, priority FROM {item} WHERE state = 1 AND epoch = ?",
                        row -> new Unknown(new Place(row.getLong(1), row.getInt(2)), row.getInt(3)),
                        epoch);
        taken.removeIf(item -> known.contains(item.place));
        for (Unknown item : taken) {
            session.update(
                    "UPDATE {item} SET state = 0, epoch = 0 WHERE submission = ? AND idx = ?",
                    item.place.submission(),
                    item.place.index());
            depth.add(item.rank, 1);
        }
    }

    void sure() {
        unsure = false;
    }

    void hold(ScheduledItem<?> item, Place place) {
        held.put(item, place);
    }

    /** Where an item lies that is held; null if it isn't, or not any more. */
    @Nullable Place place(ScheduledItem<?> item) {
        return held.get(item);
    }

    void release(ScheduledItem<?> item) {
        held.remove(item);
    }
}
