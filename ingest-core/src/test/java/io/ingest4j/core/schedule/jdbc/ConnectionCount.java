package io.ingest4j.core.schedule.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Counts how many connections of a data source are open at a time. */
final class ConnectionCount {

    private final DataSource source;
    private final List<Connection> given = new ArrayList<>();
    private int most;

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
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
