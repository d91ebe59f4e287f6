package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Reads on a connection of its own, so that nobody who asks waits for those who write. */
final class JdbcReader implements AutoCloseable {

    /** Reads something. */
    interface Query<R> {
        R read(JdbcSession session) throws SQLException;
    }

    private final JdbcDialect dialect;
    private final JdbcWriter.Opener opener;

    /** Of callers one at a time waits for the connection, lest the scheduler waits for many of them. */
    private final ReentrantLock callers = new ReentrantLock(true);

    private final ReentrantLock connection = new ReentrantLock(true);
    private @Nullable JdbcSession session;
    private boolean closed;

    JdbcReader(JdbcDialect dialect, JdbcWriter.Opener opener, JdbcSession first)
            throws SQLException {
        this.dialect = dialect;
        this.opener = opener;
        session = first.reading();
    }

    /** Reads for one of many callers. */
    <R> R read(Query<R> query) {
        callers.lock();
        try {
            return readNext(query);
        } finally {
            callers.unlock();
        }
    }

    /** Reads for the scheduler, which waits for one caller at the most. */
    <R> R readNext(Query<R> query) {
        connection.lock();
        try {
            return readOrReopen(query);
        } finally {
            connection.unlock();
        }
    }

    /** A connection that broke since the last time is replaced once. */
    private <R> R readOrReopen(Query<R> query) {
        boolean isNew = session == null;
        try {
            return query.read(session());
        } catch (SQLException e) {
            drop();
            if (isNew) {
                throw failure(e);
            }
        }
        try {
            return query.read(session());
        } catch (SQLException e) {
            drop();
            throw failure(e);
        }
    }

    private IngestException failure(SQLException cause) {
        return new IngestException(
                "the schedule's database can't be read" + dialect.advice(cause), cause);
    }

    private JdbcSession session() throws SQLException {
        if (closed) {
            throw JdbcQueue.closed();
        }
        JdbcSession current = session;
        if (current == null) {
            current = opener.open().reading();
            session = current;
        }
        return current;
    }

    @Override
    public void close() {
        connection.lock();
        try {
            closed = true;
            drop();
        } finally {
            connection.unlock();
        }
    }

    private void drop() {
        JdbcSession old = session;
        session = null;
        if (old != null) {
            old.close();
        }
    }
}
