package io.ingest4j.core.schedule.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** What differs between the databases. Times are microseconds since 1970. */
interface JdbcDialect {

    /** Whether several processes may be at work at the same time. */
    boolean isShared();

    /** Looks at a new connection, outside of a transaction, and sets it up as far as that is its own. */
    void prepare(Connection connection, JdbcTables tables) throws SQLException;

    /** Undoes that, since the connection may be used for something else later. */
    void restore(Connection connection) throws SQLException;

    /** Uses two sessions as they will be, so that what fails later fails at the start. */
    void probe(JdbcSession one, JdbcSession other) throws SQLException;

    /** What there is to do about a failure, to be added to a message; empty if that is not known. */
    String advice(SQLException failure);

    /**
     * Begins a transaction, and says how it is to be executed, for itself alone: the next may run in
     * another session.
     *
     * @param isLocked whether it takes locks that others hold; it waits for them, but not for long
     */
    void begin(Connection connection, boolean isLocked) throws SQLException;

    void commit(Connection connection) throws SQLException;

    void rollback(Connection connection) throws SQLException;

    /** Keeps other processes from changing the schema until the transaction ends. */
    void lockSchema(JdbcSession session) throws SQLException;

    /** Keeps others from changing a table until the transaction ends. */
    void lockTable(JdbcSession session, String table) throws SQLException;

    /** What follows a query whose rows are to be locked. */
    String lock();

    /** What follows a query whose rows are to be locked, as far as nobody else has. */
    String lockFree();

    /** What follows the columns of a table. */
    String tableOptions();

    /** Makes what {@link #numbers} needs. */
    String createNumbers();

    /** Gives ascending numbers that were never given before. */
    long[] numbers(JdbcSession session, int count) throws SQLException;

    long now(JdbcSession session) throws SQLException;

    /**
     * Whether there may be something to claim now or soon, within a time in microseconds; at less cost than
     * a claim, which nobody waits for while it is asked.
     */
    boolean mayClaim(JdbcSession session, long soonMicros) throws SQLException;

    /** Whether the transaction is undone, and another attempt makes sense at once. */
    boolean isTransient(SQLException failure);

    /** Executes one statement without result. */
    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
