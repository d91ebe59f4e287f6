package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import io.ingest4j.core.loop.Require;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** PostgreSQL: a server for several processes, whose clock is the one that counts. */
final class PostgresDialect implements JdbcDialect {

    static final String CLOCK = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

    private static final long SCHEMA_LOCK = 0x696e6765737434L;

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long LEAST_STUCK_MILLIS = 1_000;
    private static final long LEAST_LOCKED_MILLIS = 100;
    private static final long MOST_LOCKED_MILLIS = 1_000;

    private static final int OLDEST_VERSION = 12;

    /** The driver names a statement at its fifth execution unless told otherwise. */
    private static final int UNTIL_NAMED = 6;

    /** In the order of an index, which would be ignored in an EXISTS. */
    private static final String IS_WAITING =
            "(SELECT priority FROM {item} WHERE state = 0 ORDER BY priority, submission, idx LIMIT 1)"
                    + " IS NOT NULL";

    private static final String DUPLICATE_STATEMENT = "42P05";
    private static final String UNKNOWN_STATEMENT = "26000";

    private final String clock;
    private final String begin;
    private final String beginLocked;

    /**
     * A process that stops in the middle of a transaction has its locks for a quarter of the lease. A claim
     * waits for them for an eighth, so that what its process does after it is in time.
     *
     * <p>Each transaction says itself how it is executed. A session's settings may be those of another
     * client: a pooler such as PgBouncer gives each transaction the session that is free. A statement is
     * planned each time that it is executed, which takes a fraction of a millisecond, since a plan that was
     * made while a table was empty reads all of it for minutes after it has filled.
     */
    PostgresDialect(String clock, Duration lease) {
        this.clock = clock;
        long millis = Require.nanos(lease) / NANOS_PER_MILLI;
        long stuck = Math.max(LEAST_STUCK_MILLIS, Math.min(Integer.MAX_VALUE, millis / 4));
        long locked = Math.max(LEAST_LOCKED_MILLIS, Math.min(MOST_LOCKED_MILLIS, millis / 8));
        begin =
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;"
                        + " SET LOCAL synchronous_commit = on;"
                        + " SET LOCAL plan_cache_mode = force_custom_plan;"
                        + " SET LOCAL idle_in_transaction_session_timeout = "
                        + stuck;
        beginLocked = begin + "; SET LOCAL lock_timeout = " + locked;
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public void prepare(Connection connection, JdbcTables tables) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < OLDEST_VERSION) {
            throw new IngestException(
                    "the schedule's PostgreSQL must have version >= "
                            + OLDEST_VERSION
                            + ", had "
                            + version,
                    null);
        }
        connection.setAutoCommit(true);
    }

    @Override
    public void restore(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
    }

    /**
     * Has the driver name a statement of each session, and use the name. Where two sessions are one for
     * the server, the names get in each other's way.
     */
    @Override
    public void probe(JdbcSession one, JdbcSession other) throws SQLException {
        for (JdbcSession session : List.of(one, other, one)) {
            for (int i = 0; i < UNTIL_NAMED; i++) {
                session.begin(false);
                session.prepare("SELECT CAST(? AS INTEGER)", i).executeQuery().close();
                session.commit();
            }
        }
    }

    @Override
    public String advice(SQLException failure) {
        String state = failure.getSQLState();
        return DUPLICATE_STATEMENT.equals(state) || UNKNOWN_STATEMENT.equals(state)
                ? ": the pooler in front of PostgreSQL, such as PgBouncer in transaction mode, must know"
                        + " prepared statements, did not; add prepareThreshold=0 to the JDBC URL"
                : "";
    }

    @Override
    public void begin(Connection connection, boolean isLocked) throws SQLException {
        if (connection.getAutoCommit()) {
            connection.setAutoCommit(false);
        }
        JdbcDialect.execute(connection, isLocked ? beginLocked : begin);
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
    public void lockTable(JdbcSession session, String table) throws SQLException {
        session.execute("LOCK TABLE " + table + " IN EXCLUSIVE MODE");
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
    public boolean mayClaim(JdbcSession session, long soonMicros) throws SQLException {
        String soon = clock + " + ?";
        return session.number(
                        "SELECT CASE WHEN "
                                + IS_WAITING
                                + " OR EXISTS"
                                + " (SELECT 1 FROM {item} WHERE state = 5 AND due_at <= "
                                + soon
                                + ") OR EXISTS (SELECT 1 FROM {worker} WHERE lease_until <= "
                                + soon
                                + ") THEN 1 ELSE 0 END",
                        soonMicros,
                        soonMicros)
                == 1;
    }

    @Override
    public boolean isTransient(SQLException failure) {
        return "40001".equals(failure.getSQLState()) || "40P01".equals(failure.getSQLState());
    }
}
