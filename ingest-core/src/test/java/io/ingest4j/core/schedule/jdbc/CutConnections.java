package io.ingest4j.core.schedule.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A data source whose connections break at a chosen call, before or after it reached the database. */
final class CutConnections {

    private static final Set<String> CALLS =
            Set.of("execute", "executeQuery", "executeUpdate", "executeBatch", "commit");

    private final DataSource real;

    /** Calls until one fails; negative for never. */
    final AtomicInteger left = new AtomicInteger(-1);

    /** Whether the call that fails is executed first, so that only its answer is lost. */
    volatile boolean afterwards;

    /** Whether the next commit is done and its answer lost. */
    volatile boolean losesCommit;

    /** Happens before each transaction in PostgreSQL. */
    volatile Runnable beforeTransaction = () -> {};

    /** Whether a call fails without the connection's end. */
    volatile boolean keepsOpen;

    volatile boolean hasCut;

    CutConnections(DataSource real) {
        this.real = real;
    }

    DataSource source() {
        return proxy(
                DataSource.class,
                (self, method, arguments) -> {
                    Object result = call(real, method, arguments);
                    return result instanceof Connection connection
                            ? connection(connection)
                            : result;
                });
    }

    private Connection connection(Connection connection) {
        return proxy(
                Connection.class,
                (self, method, arguments) -> {
                    boolean fails = CALLS.contains(method.getName()) && isCut();
                    if (fails && !afterwards) {
                        throw broken(connection);
                    }
                    Object result = call(connection, method, arguments);
                    boolean isLost = losesCommit && method.getName().equals("commit");
                    if (fails || isLost) {
                        losesCommit &= !isLost;
                        throw broken(connection);
                    }
                    if (result instanceof PreparedStatement statement) {
                        return statement(PreparedStatement.class, connection, statement);
                    }
                    return result instanceof Statement statement
                            ? statement(Statement.class, connection, statement)
                            : result;
                });
    }

    private <S extends Statement> S statement(Class<S> type, Connection connection, S statement) {
        return proxy(
                type,
                (self, method, arguments) -> {
                    boolean fails = CALLS.contains(method.getName()) && isCut();
                    if (fails && !afterwards) {
                        throw broken(connection);
                    }
                    if (arguments != null
                            && arguments[0] instanceof String sql
                            && sql.startsWith("SET TRANSACTION")) {
                        beforeTransaction.run();
                    }
                    // Nothing here loses its power, so nothing needs to be on the disk.
                    Object result =
                            arguments != null && "PRAGMA synchronous = FULL".equals(arguments[0])
                                    ? statement.execute("PRAGMA synchronous = OFF")
                                    : call(statement, method, arguments);
                    if (fails) {
                        throw broken(connection);
                    }
                    return result;
                });
    }

    private boolean isCut() {
        if (left.get() < 0 || left.getAndDecrement() > 0) {
            return false;
        }
        hasCut = true;
        return true;
    }

    private SQLException broken(Connection connection) throws SQLException {
        if (!keepsOpen) {
            connection.close();
        }
        return new SQLException("cut by the test", "08006");
    }

    private static Object call(Object target, java.lang.reflect.Method method, Object[] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <P> P proxy(Class<P> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
