package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.core.schedule.ScheduleRules;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Removes some of what is too old. Its result tells whether there may be more. */
final class JdbcUpkeep extends JdbcOperation<Boolean> {

    private static final int SUBMISSIONS_AT_A_TIME = 500;
    private static final int KEYS_AT_A_TIME = 5_000;
    private static final long DISPATCHES_AT_A_TIME = 20_000;
    private static final long DISPATCHES_KEPT_MICROS = JdbcTime.micros(Duration.ofMinutes(10));

    /** Of more turns than that, the tenants that were not served for longest count as never served. */
    private static final long MOST_TURNS = 100_000;

    private static final String ENDED =
            "SELECT number FROM {submission} WHERE ended_at IS NOT NULL AND ended_at <= ? ORDER BY"
                    + " ended_at LIMIT "
                    + SUBMISSIONS_AT_A_TIME;
    private static final String FORGET_DISPATCHES =
            "DELETE FROM {dispatch} WHERE claimed_at <= ? AND number < (SELECT MAX(number) FROM"
                    + " {dispatch}) AND number < (SELECT MIN(number) FROM {dispatch}) + "
                    + DISPATCHES_AT_A_TIME;

    private final ScheduleRules rules;

    JdbcUpkeep(ScheduleRules rules) {
        super(Kind.UPKEEP);
        this.rules = rules;
    }

    @Override
    Boolean apply(JdbcSession session, long now) throws SQLException {
        List<Long> ended =
                session.list(
                        ENDED + session.dialect().lockFree(),
                        row -> row.getLong(1),
                        now - JdbcTime.micros(rules.retention()));
        for (long number : ended) {
            session.update("DELETE FROM {item} WHERE submission = ?", number);
            session.update("DELETE FROM {submission} WHERE number = ?", number);
        }
        int keys =
                session.update(
                        "DELETE FROM {known} WHERE content_key IN (SELECT content_key FROM {known} WHERE"
                                + " until <= ?"
                                + " LIMIT "
                                + KEYS_AT_A_TIME
                                + session.dialect().lockFree()
                                + ")",
                        now);
        session.update(FORGET_DISPATCHES, now - DISPATCHES_KEPT_MICROS);
        if (rules.fairTenants()) {
            session.update(
                    "DELETE FROM {turn} WHERE served < (SELECT MAX(served) FROM {turn}) - ?",
                    MOST_TURNS);
        }
        return ended.size() == SUBMISSIONS_AT_A_TIME || keys == KEYS_AT_A_TIME;
    }
}
