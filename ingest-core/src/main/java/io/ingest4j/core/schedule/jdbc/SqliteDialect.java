package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** SQLite: a file, whose writers take turns. */
final class SqliteDialect implements JdbcDialect {

    private static final int PRIMARY_CODE = 0xff;
    private static final int BUSY = 5;
    private static final int LOCKED = 6;

    private final InstantSource clock;

    SqliteDialect(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public void prepare(Connection connection, JdbcTables tables) throws SQLException {
        if (!tables.schema().isEmpty()) {
            throw new IngestException(
                    "schema must be empty for SQLite, was '" + tables.schema() + "'", null);
        }
        requireFile(connection);
        connection.setAutoCommit(true);
        JdbcDialect.execute(connection, "PRAGMA busy_timeout = 10000");
        JdbcDialect.execute(connection, "PRAGMA journal_mode = WAL");
        JdbcDialect.execute(connection, "PRAGMA synchronous = FULL");
        JdbcDialect.execute(connection, "PRAGMA journal_size_limit = 67108864");
        JdbcDialect.execute(connection, "PRAGMA cache_size = -16384");
    }

    /** Each connection to a database in memory has its own. */
    private static void requireFile(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA database_list")) {
            while (row.next()) {
                String file = row.getString("file");
                if ("main".equals(row.getString("name")) && (file == null || file.isEmpty())) {
                    throw new IngestException(
                            "the schedule's SQLite database must be a file, was one in memory;"
                                    + " ScheduleStores.memory() needs no database",
                            null);
                }
            }
        }
    }

    @Override
    public void restore(Connection connection) {
        // What was set is what a schedule's file should have whoever uses it.
    }

    @Override
    public void probe(JdbcSession one, JdbcSession other) {
        // A file's sessions are what they are.
    }

    @Override
    public String advice(SQLException failure) {
        return "";
    }

    @Override
    public void begin(Connection connection, boolean isLocked) throws SQLException {
        JdbcDialect.execute(connection, "BEGIN IMMEDIATE");
    }

    @Override
    public void commit(Connection connection) throws SQLException {
        JdbcDialect.execute(connection, "COMMIT");
    }

    @Override
    public void rollback(Connection connection) throws SQLException {
        JdbcDialect.execute(connection, "ROLLBACK");
    }

    @Override
    public void lockSchema(JdbcSession session) {
        // The transaction has the only write lock already.
    }

    @Override
    public void lockTable(JdbcSession session, String table) {
        // The transaction has the only write lock already.
    }

    @Override
    public String lock() {
        return "";
    }

    @Override
    public String lockFree() {
        return "";
    }

    @Override
    public String tableOptions() {
        return " WITHOUT ROWID";
    }

    @Override
    public String createNumbers() {
        return "INSERT INTO {meta} (name, value) VALUES ('number', '0')";
    }

    @Override
    public long[] numbers(JdbcSession session, int count) throws SQLException {
        session.update(
                "UPDATE {meta} SET value = CAST(value AS INTEGER) + ? WHERE name = 'number'",
                count);
        long last =
                session.number("SELECT CAST(value AS INTEGER) FROM {meta} WHERE name = 'number'");
        long[] numbers = new long[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = last - count + 1 + i;
        }
        return numbers;
    }

    @Override
    public long now(JdbcSession session) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    @Override
    public boolean mayClaim(JdbcSession session, long soonMicros) {
        return true; // nobody asks for what others did
    }

    @Override
    public boolean isTransient(SQLException failure) {
        int code = failure.getErrorCode() & PRIMARY_CODE;
        return code == BUSY || code == LOCKED;
    }
}
