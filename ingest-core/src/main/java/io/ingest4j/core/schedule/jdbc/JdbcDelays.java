package io.ingest4j.core.schedule.jdbc;

import java.sql.SQLException;

/**
 * The longest time for which an item was ever put off, as a file keeps it: what is due later than that was
 * put off before the clock was set back. A shared database's clock is left to those who keep it.
 */
final class JdbcDelays {

    private static final String NOTE =
            "INSERT INTO {meta} (name, value) VALUES ('delay', ?) ON CONFLICT (name) DO UPDATE SET"
                    + " value = excluded.value WHERE CAST({meta}.value AS INTEGER) <"
                    + " CAST(excluded.value AS INTEGER)";
    private static final String LONGEST =
            "SELECT CAST(value AS INTEGER) FROM {meta} WHERE name = 'delay'";
    private static final String LIMIT =
            "UPDATE {item} SET due_at = ? WHERE state = 5 AND due_at > ?";

    private JdbcDelays() {}

    /** Items are put off for that long. */
    static void note(JdbcSession session, long micros) throws SQLException {
        if (micros > 0 && !session.dialect().isShared()) {
            session.update(NOTE, String.valueOf(micros));
        }
    }

    /** Puts nothing off for longer than it can have been. */
    static void limit(JdbcSession session, long now) throws SQLException {
        if (session.dialect().isShared()) {
            return;
        }
        long longest = session.number(LONGEST);
        if (longest > 0) {
            session.update(LIMIT, now + longest, now + longest);
        }
    }
}
