package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.core.schedule.ScheduleRules;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Removes some of what is too old. Its result tells whether there may be more. */
final class JdbcUpkeep extends JdbcOperation<Boolean> {

    private static final int SUBMISSIONS_AT_A_TIME = 100;
    private static final int ITEMS_AT_A_TIME = 2_000;
    private static final int KEYS_AT_A_TIME = 2_000;
    private static final int DISPATCHES_AT_A_TIME = 2_000;
    private static final long DISPATCHES_KEPT_MICROS = JdbcTime.micros(Duration.ofMinutes(10));

    /** Of more turns than that, the tenants that were not served for longest count as never served. */
    private static final long MOST_TURNS = 100_000;

    private static final String ENDED =
            "SELECT number FROM {submission} WHERE ended_at IS NOT NULL AND ended_at <= ? ORDER BY"
                    + " ended_at LIMIT "
                    + SUBMISSIONS_AT_A_TIME;
    private static final String DELETE_ITEMS =
            "DELETE FROM {item} WHERE submission = ? AND idx IN (SELECT idx FROM {item} WHERE"
                    + " submission = ? ORDER BY submission, idx LIMIT ?)";

    /** From now on there is no such submission, though a part of it is still to be removed. */
    private static final String HIDE = "UPDATE {submission} SET item_count = 0 WHERE number = ?";

    private static final String FORGET_DISPATCHES =
            "DELETE FROM {dispatch} WHERE claimed_at <= ? AND number < (SELECT MAX(number) FROM"
                    + " {dispatch}) AND number >= (SELECT MIN(number) FROM {dispatch}) AND number <"
                    + " (SELECT MIN(number) FROM {dispatch}) + "
                    + DISPATCHES_AT_A_TIME;

    private final ScheduleRules rules;

    JdbcUpkeep(ScheduleRules rules) {
        super(Kind.UPKEEP);
        this.rules = rules;
    }

    @Override
    Boolean apply(JdbcSession session, long now) throws SQLException {
        boolean more = forgetSubmissions(session, now);
        int keys =
                session.update(
                        "DELETE FROM {known} WHERE content_key IN (SELECT content_key FROM {known} WHERE"
                                + " until <= ? ORDER BY until"
                                + " LIMIT "
                                + KEYS_AT_A_TIME
                                + session.dialect().lockFree()
                                + ")",
                        now);
        int dispatches = session.update(FORGET_DISPATCHES, now - DISPATCHES_KEPT_MICROS);
        if (rules.fairTenants()) {
            session.update(
                    "DELETE FROM {turn} WHERE served < (SELECT MAX(served) FROM {turn}) - ?",
                    MOST_TURNS);
        }
        return more || keys == KEYS_AT_A_TIME || dispatches == DISPATCHES_AT_A_TIME;
    }

    private boolean forgetSubmissions(JdbcSession session, long now) throws SQLException {
        List<Long> ended =
                session.list(
                        ENDED + session.dialect().lockFree(),
                        row -> row.getLong(1),
                        now - JdbcTime.micros(rules.retention()));
        int left = ITEMS_AT_A_TIME;
        for (long number : ended) {
            int deleted = session.update(DELETE_ITEMS, number, number, left);
            if (deleted == left) {
                session.update(HIDE, number);
                return true;
            }
            session.update("DELETE FROM {submission} WHERE number = ?", number);
            left -= deleted;
        }
        return ended.size() == SUBMISSIONS_AT_A_TIME;
    }
}
