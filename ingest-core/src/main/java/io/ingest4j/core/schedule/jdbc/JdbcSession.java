package io.ingest4j.core.schedule.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A connection with its statements, which stay prepared. For one thread at a time. */
final class JdbcSession implements AutoCloseable {

    /** Makes something of a row. */
    interface RowReader<R> {
        R read(ResultSet row) throws SQLException;
    }

    private final Connection connection;
    private final JdbcDialect dialect;
    private final JdbcTables tables;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private @Nullable Statement plain;

    private JdbcSession(Connection connection, JdbcDialect dialect, JdbcTables tables) {
        this.connection = connection;
        this.dialect = dialect;
        this.tables = tables;
    }

    static JdbcSession open(DataSource source, JdbcDialect dialect, JdbcTables tables)
            throws SQLException {
        Connection connection = source.getConnection();
        try {
            dialect.prepare(connection, tables);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
        return new JdbcSession(connection, dialect, tables);
    }

    /**
     * From now on it only reads, outside of transactions, and nothing of a query is kept: the server plans
     * each for the tables as they are then.
     */
    JdbcSession reading() throws SQLException {
        connection.setAutoCommit(true);
        plain = connection.createStatement();
        return this;
    }

    JdbcDialect dialect() {
        return dialect;
    }

    /** Begins a transaction; see {@link JdbcDialect#begin}. */
    void begin(boolean isLocked) throws SQLException {
        dialect.begin(connection, isLocked);
    }

    void commit() throws SQLException {
        dialect.commit(connection);
    }

    void rollback() throws SQLException {
        dialect.rollback(connection);
    }

    /** The time by the clock that all who use the database have in common. */
    long now() throws SQLException {
        return dialect.now(this);
    }

    /** Executes a statement that is not needed again. */
    void execute(String template) throws SQLException {
        JdbcDialect.execute(connection, tables.expand(template));
    }

    PreparedStatement prepare(String template, Object... parameters) throws SQLException {
        PreparedStatement statement = statements.get(template);
        if (statement == null) {
            statement = connection.prepareStatement(tables.expand(template));
            statements.put(template, statement);
        }
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    int update(String template, Object... parameters) throws SQLException {
        return prepare(template, parameters).executeUpdate();
    }

    /** The first column of the first row; 0 without rows, or for NULL. */
    long number(String template, Object... parameters) throws SQLException {
        Long first = first(template, row -> row.getLong(1), parameters);
        return first == null ? 0 : first;
    }

    <R> @Nullable R first(String template, RowReader<R> reader, Object... parameters)
            throws SQLException {
        try (ResultSet row = query(template, parameters)) {
            return row.next() ? reader.read(row) : null;
        }
    }

    <R> List<R> list(String template, RowReader<R> reader, Object... parameters)
            throws SQLException {
        List<R> all = new ArrayList<>();
        try (ResultSet row = query(template, parameters)) {
            while (row.next()) {
                all.add(reader.read(row));
            }
        }
        return all;
    }

    private ResultSet query(String template, Object... parameters) throws SQLException {
        return plain == null
                ? prepare(template, parameters).executeQuery()
                : plain.executeQuery(withNumbers(tables.expand(template), parameters));
    }

    private static String withNumbers(String query, Object... numbers) {
        StringBuilder text = new StringBuilder(query);
        int from = 0;
        for (Object number : numbers) {
            if (!(number instanceof Number)) {
                throw new IllegalArgumentException("parameters must be numbers, were " + query);
            }
            int at = text.indexOf("?", from);
            String digits = number.toString();
            text.replace(at, at + 1, digits);
            from = at + digits.length();
        }
        return text.toString();
    }

    /** Undoes what was begun, and frees everything. Does not throw. */
    @Override
    public void close() {
        try {
            rollback();
        } catch (SQLException e) {
            // Nothing had begun, or the connection is broken, which undoes it as well.
        }
        List<Statement> all = new ArrayList<>(statements.values());
        if (plain != null) {
            all.add(plain);
        }
        for (Statement statement : all) {
            try {
                statement.close();
            } catch (SQLException e) {
                // It goes with the connection.
            }
        }
        try {
            dialect.restore(connection);
        } catch (SQLException e) {
            // A broken connection is not used again.
        }
        try {
            connection.close();
        } catch (SQLException e) {
            // It is no longer used, whatever becomes of it.
        }
    }
}
