package io.ingest4j.core.schedule.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteDataSource;

/** A database of a test. */
record TestDatabase(String url, DataSource source) {

    /** The time of PostgreSQL in tests on virtual time: one row, set by the test. */
    static final String VIRTUAL_CLOCK = "virtual_now()";

    private static String clockUrl;
    private static Connection clockConnection;

    static TestDatabase sqlite(Path file) {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + file);
        return new TestDatabase(source.getUrl(), source);
    }

    static TestDatabase postgres() {
        return postgres(PostgresServer.newDatabase());
    }

    /** A schema of its own in a database that tests share, which is faster to make. */
    static TestDatabase postgresSchema(String url, String schema) {
        postgres(url).execute("CREATE SCHEMA " + schema);
        return postgres(url + "&currentSchema=" + schema);
    }

    static TestDatabase postgres(String url) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(url);
        return new TestDatabase(url, source);
    }

    boolean isPostgres() {
        return url.startsWith("jdbc:postgresql:");
    }

    void addVirtualClock(long micros) {
        execute("CREATE TABLE virtual_clock (micros BIGINT)");
        execute("INSERT INTO virtual_clock VALUES (" + micros + ")");
        execute(
                "CREATE FUNCTION virtual_now() RETURNS BIGINT LANGUAGE SQL VOLATILE AS 'SELECT"
                        + " micros FROM virtual_clock'");
    }

    /** On a connection that is kept, of one database at a time. */
    void setVirtualClock(long micros) {
        synchronized (TestDatabase.class) {
            try {
                if (!url.equals(clockUrl)) {
                    if (clockConnection != null) {
                        clockConnection.close();
                    }
                    clockConnection = source.getConnection();
                    clockUrl = url;
                }
                try (Statement statement = clockConnection.createStatement()) {
                    statement.execute("UPDATE virtual_clock SET micros = " + micros);
                }
            } catch (SQLException e) {
                throw new IllegalStateException("the virtual clock can't be set", e);
            }
        }
    }

    void execute(String sql) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    long number(String sql) {
        return numbers(sql).get(0);
    }

    List<Long> numbers(String sql) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<Long> all = new ArrayList<>();
            while (row.next()) {
                all.add(row.getLong(1));
            }
            return all;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    List<String> texts(String sql) {
        return texts(sql, 1);
    }

    List<String> texts(String sql, int column) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> all = new ArrayList<>();
            while (row.next()) {
                all.add(row.getString(column));
            }
            return all;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
