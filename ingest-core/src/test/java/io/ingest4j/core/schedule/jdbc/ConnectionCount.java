package io.ingest4j.core.schedule.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Counts how many connections of a data source are open at a time. */
final class ConnectionCount {

    private final DataSource source;
    private final List<Connection> given = new ArrayList<>();
    private int most;
    private int refused = Integer.MAX_VALUE;

    ConnectionCount(DataSource source) {
        this.source = source;
    }

    DataSource source() {
        return (DataSource)
                Proxy.newProxyInstance(
                        DataSource.class.getClassLoader(),
                        new Class<?>[] {DataSource.class},
                        (self, method, arguments) -> {
                            try {
                                require();
                                Object result = method.invoke(source, arguments);
                                if (result instanceof Connection connection) {
                                    add(connection);
                                }
                                return result;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    /** Makes it a pool that has no more. */
    synchronized void refuseBeyond(int connections) {
        refused = connections;
    }

    private synchronized void require() throws SQLException {
        if (open() >= refused) {
            throw new SQLException("the pool has no more than " + refused);
        }
    }

    private synchronized void add(Connection connection) {
        given.add(connection);
        most = Math.max(most, open());
    }

    synchronized int open() {
        given.removeIf(ConnectionCount::isClosed);
        return given.size();
    }

    synchronized int most() {
        return most;
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
