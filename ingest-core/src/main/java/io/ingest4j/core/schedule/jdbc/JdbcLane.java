package io.ingest4j.core.schedule.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;

/** The next items of one priority, and of one tenant if they take turns, as a claim sees them. */
final class JdbcLane {

    /** An item that waits. */
    record Row(
            long submission,
            int index,
            int rank,
            String tenant,
            int batchSize,
            long submittedAt,
            int attempts,
            String text) {

        static Row read(ResultSet row) throws SQLException {
            return new Row(
                    row.getLong(1),
                    row.getInt(2),
                    row.getInt(3),
                    row.getString(4),
                    row.getInt(5),
                    row.getLong(6),
                    row.getInt(7),
                    row.getString(8));
        }
    }

    private static final String SELECT =
            "SELECT submission, idx, priority, tenant, batch_size, submitted_at, attempts, text FROM"
                    + " {item} WHERE state = 0 AND ";

    // Equality would make the order by submission and index look like that of the primary key,
    // which
    // begins with all that ended long ago.
    private static final String OF_PRIORITY =
            SELECT + "priority >= ? AND priority <= ? ORDER BY priority, submission, idx LIMIT ?";
    private static final String OF_TENANT =
            SELECT
                    + "(priority, tenant) >= (?, ?) AND (priority, tenant) <= (?, ?) ORDER BY"
                    + " priority, tenant, submission, idx LIMIT ?";

    final int rank;
    final String tenant;

    /** Of the next item. */
    long submission;

    long submittedAt;

    private final ArrayDeque<Row> rows = new ArrayDeque<>();
    private boolean loaded;

    JdbcLane(int rank, String tenant, long submission, long submittedAt) {
        this.rank = rank;
        this.tenant = tenant;
        this.submission = submission;
        this.submittedAt = submittedAt;
    }

    /** All of a priority. */
    static JdbcLane of(JdbcSession session, int rank, int most) throws SQLException {
        JdbcLane lane = new JdbcLane(rank, "", 0, 0);
        lane.rows.addAll(
                session.list(
                        OF_PRIORITY + session.dialect().lockFree(), Row::read, rank, rank, most));
        lane.loaded = true;
        lane.look();
        return lane;
    }

    /** Reads what is needed of a tenant whose turn it is. */
    void load(JdbcSession session, int most) throws SQLException {
        if (!loaded) {
            loaded = true;
            rows.addAll(
                    session.list(
                            OF_TENANT + session.dialect().lockFree(),
                            Row::read,
                            rank,
                            tenant,
                            rank,
                            tenant,
                            most));
            look();
        }
    }

    boolean isEmpty() {
        return loaded && rows.isEmpty();
    }

    int size() {
        return rows.size();
    }

    Row poll() {
        Row next = rows.remove();
        look();
        return next;
    }

    private void look() {
        Row next = rows.peek();
        if (next != null) {
            submission = next.submission;
            submittedAt = next.submittedAt;
        }
    }
}
