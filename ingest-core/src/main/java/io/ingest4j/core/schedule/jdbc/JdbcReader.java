package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Reads on a connection of its own, so that nobody who asks waits for those who write. */
final class JdbcReader implements AutoCloseable {

    /** Reads something. */
    interface Query<R> {
        R read(JdbcSession session) throws SQLException;
    }

    private final JdbcWriter.Opener opener;
    private @Nullable JdbcSession session;
    private boolean closed;

    JdbcReader(JdbcWriter.Opener opener) {
        this.opener = opener;
    }

    /** A connection that broke since the last time is replaced once. */
    synchronized <R> R read(Query<R> query) {
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

    private static IngestException failure(SQLException cause) {
        return new IngestException("the schedule's database can't be read", cause);
    }

    private JdbcSession session() throws SQLException {
        if (closed) {
            throw JdbcQueue.closed();
        }
        JdbcSession current = session;
        if (current == null) {
            current = opener.open();
            session = current;
        }
        return current;
    }

    @Override
    public synchronized void close() {
        closed = true;
        drop();
    }

    private void drop() {
        JdbcSession old = session;
        session = null;
        if (old != null) {
            old.close();
        }
    }
}
