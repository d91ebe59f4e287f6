package io.ingest4j.core.schedule.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** PostgreSQL: a server for several processes, whose clock is the one that counts. */
final class PostgresDialect implements JdbcDialect {

    static final String CLOCK = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

    private static final long SCHEMA_LOCK = 0x696e6765737434L;

    private final String clock;
    private final long stuckMillis;

    /** A process that stops in the middle of a transaction keeps the others waiting for that long. */
    PostgresDialect(String clock, Duration stuck) {
        this.clock = clock;
        stuckMillis = Math.max(1, Math.min(Integer.MAX_VALUE, stuck.toSeconds() * 1000));
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public void prepare(Connection connection, JdbcTables tables) throws SQLException {
        connection.setAutoCommit(true);
        connection.setReadOnly(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        JdbcDialect.execute(connection, "SET synchronous_commit = on");
        JdbcDialect.execute(connection, "SET idle_in_transaction_session_timeout = " + stuckMillis);
        // Every query has its index, also while the statistics say that the tables are empty.
        JdbcDialect.execute(connection, "SET enable_seqscan = off");
    }

    @Override
    public void restore(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        JdbcDialect.execute(connection, "RESET synchronous_commit");
        JdbcDialect.execute(connection, "RESET idle_in_transaction_session_timeout");
        JdbcDialect.execute(connection, "RESET enable_seqscan");
    }

    @Override
    public void begin(Connection connection) throws SQLException {
        if (connection.getAutoCommit()) {
            connection.setAutoCommit(false);
        }
    }

    @Override
    public void commit(Connection connection) throws SQLException {
        connection.commit();
    }

    @Override
    public void rollback(Connection connection) throws SQLException {
        connection.rollback();
    }

    @Override
    public void lockSchema(JdbcSession session) throws SQLException {
        session.list("SELECT pg_advisory_xact_lock(?)", row -> "", SCHEMA_LOCK);
    }

    @Override
    public String lock() {
        return " FOR UPDATE";
    }

    @Override
    public String lockFree() {
        return " FOR UPDATE SKIP LOCKED";
    }

    @Override
    public String tableOptions() {
        return " WITH (autovacuum_vacuum_scale_factor = 0.02)";
    }

    @Override
    public String createNumbers() {
        return "CREATE SEQUENCE {number}";
    }

    @Override
    public long[] numbers(JdbcSession session, int count) throws SQLException {
        return session
                .list(
                        "SELECT nextval('{number}') FROM generate_series(1, ?)",
                        row -> row.getLong(1),
                        count)
                .stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    @Override
    public long now(JdbcSession session) throws SQLException {
        return session.number("SELECT " + clock);
    }

    @Override
    public boolean isTransient(SQLException failure) {
        return "40001".equals(failure.getSQLState()) || "40P01".equals(failure.getSQLState());
    }
}
