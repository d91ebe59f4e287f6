package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.core.schedule.ScheduleQueue.Cancellation;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Cancels what of a submission was never claimed. No claim is granted meanwhile. */
final class JdbcCancel extends JdbcOperation<Cancellation> {

    /** What is known of a submission. */
    private record Known(int rank, int batchSize, int open, int failed, int cancelled) {}

    private static final String FIND =
            "SELECT priority, batch_size, open_count, failed_count, cancelled_count FROM"
                    + " {submission} WHERE number = ? AND item_count > 0";
    private static final String LAST_STARTED =
            "SELECT MAX(idx) FROM {item} WHERE submission = ? AND started = 1";
    private static final String CANCEL =
            "UPDATE {item} SET state = 4 WHERE submission = ? AND idx >= ? AND state IN (0, 5)";
    private static final String COUNT =
            "UPDATE {submission} SET open_count = open_count - ?, cancelled_count = cancelled_count"
                    + " + ?, ended_at = ? WHERE number = ?";
    private static final String COUNT_OPEN =
            "UPDATE {submission} SET open_count = open_count - ?, cancelled_count = cancelled_count"
                    + " + ? WHERE number = ?";

    private final long number;
    private final JdbcDepth depth;

    JdbcCancel(long number, JdbcDepth depth) {
        super(Kind.CANCEL);
        this.number = number;
        this.depth = depth;
    }

    @Override
    Cancellation apply(JdbcSession session, long now) throws SQLException {
        Known known = find(session);
        if (known == null) {
            return new Cancellation(false, Optional.empty());
        }
        Integer last =
                session.first(
                        LAST_STARTED, row -> row.getObject(1) == null ? -1 : row.getInt(1), number);
        int started = last == null ? 0 : last + 1;
        long from = ((long) started + known.batchSize - 1) / known.batchSize * known.batchSize;
        int cancelled = session.update(CANCEL, number, from);
        int open = known.open - cancelled;
        if (cancelled > 0) {
            depth.add(known.rank, -cancelled);
            if (open == 0) {
                session.update(COUNT, cancelled, cancelled, now, number);
            } else {
                session.update(COUNT_OPEN, cancelled, cancelled, number);
            }
        }
        State state =
                open > 0 ? State.TRIGGERED : endState(known.failed, known.cancelled + cancelled);
        return new Cancellation(cancelled > 0, Optional.of(state));
    }

    private @Nullable Known find(JdbcSession session) throws SQLException {
        return session.first(
                FIND + session.dialect().lock(),
                row ->
                        new Known(
                                row.getInt(1),
                                row.getInt(2),
                                row.getInt(3),
                                row.getInt(4),
                                row.getInt(5)),
                number);
    }

    static State endState(long failed, long cancelled) {
        return failed > 0 ? State.FAILED : cancelled > 0 ? State.CANCELLED : State.COMPLETED;
    }
}
