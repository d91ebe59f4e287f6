package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.core.loop.Require;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** PostgreSQL: a server for several processes, whose clock is the one that counts. */
final class PostgresDialect implements JdbcDialect {

    static final String CLOCK = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

    private static final long SCHEMA_LOCK = 0x696e6765737434L;

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long LEAST_STUCK_MILLIS = 1_000;
    private static final long LEAST_LOCKED_MILLIS = 100;
    private static final long MOST_LOCKED_MILLIS = 1_000;

    private final String clock;
    private final long stuckMillis;
    private final String limitLocks;

    /**
     * A process that stops in the middle of a transaction has its locks for a quarter of the lease. A claim
     * waits for them for an eighth, so that what its process does after it is in time.
     */
    PostgresDialect(String clock, Duration lease) {
        this.clock = clock;
        long millis = Require.nanos(lease) / NANOS_PER_MILLI;
        stuckMillis = Math.max(LEAST_STUCK_MILLIS, Math.min(Integer.MAX_VALUE, millis / 4));
        long locked = Math.max(LEAST_LOCKED_MILLIS, Math.min(MOST_LOCKED_MILLIS, millis / 8));
        limitLocks = "SET LOCAL lock_timeout = " + locked;
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
    public void limitLocks(JdbcSession session) throws SQLException {
        session.execute(limitLocks);
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
