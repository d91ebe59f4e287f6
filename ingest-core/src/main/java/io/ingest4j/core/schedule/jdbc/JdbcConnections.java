package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;

/**
 * Opens connections, each on a thread of its own: on that of a caller, a data source may give the
 * connection of the caller's transaction, which is not ours to use, to commit or to keep.
 */
final class JdbcConnections {

    /** What an open scheduler keeps. */
    static final int NEEDED = 2;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    /** Opens something. */
    private interface Work<R> {
        R get() throws SQLException;
    }

    private final DataSource source;
    private final JdbcTables tables;

    JdbcConnections(DataSource source, JdbcTables tables) {
        this.source = source;
        this.tables = tables;
    }

    /** The name of the database's product. */
    String product() throws SQLException {
        try {
            return apart(() -> productOf(source), Long.MAX_VALUE);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static String productOf(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection()) {
            return connection.getMetaData().getDatabaseProductName();
        }
    }

    JdbcSession open(JdbcDialect dialect) throws SQLException {
        try {
            return apart(() -> JdbcSession.open(source, dialect, tables), Long.MAX_VALUE);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Opens one beside another that is open, and says so if there is only that one. */
    JdbcSession openAnother(JdbcDialect dialect) throws SQLException {
        String rule =
                "the schedule's data source must give "
                        + NEEDED
                        + " connections at the same time, gave 1 and ";
        try {
            return apart(
                    () -> {
                        JdbcSession session = JdbcSession.open(source, dialect, tables);
                        try {
                            // a pooler may give a connection, and let the first query wait
                            session.now();
                        } catch (SQLException | RuntimeException | Error e) {
                            session.close();
                            throw e;
                        }
                        return session;
                    },
                    LONGEST_WAIT.toNanos());
        } catch (TimeoutException e) {
            throw new IngestException(
                    rule + "no other within " + LONGEST_WAIT.toSeconds() + " s", e);
        } catch (SQLException e) {
            throw new IngestException(rule + "then failed" + dialect.advice(e), e);
        }
    }

    private static <R> R apart(Work<R> work, long nanos) throws SQLException, TimeoutException {
        CompletableFuture<R> opened = new CompletableFuture<>();
        Thread thread =
                new Thread(null, () -> complete(opened, work), "ingest4j-connection", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
        thread.start();
        try {
            return await(opened, nanos);
        } catch (TimeoutException e) {
            if (opened.completeExceptionally(e)) {
                thread.interrupt(); // most pools wait no longer then
                throw e;
            }
            return await(opened, nanos);
        }
    }

    /** What comes too late is closed. */
    private static <R> void complete(CompletableFuture<R> opened, Work<R> work) {
        try {
            R result = work.get();
            if (!opened.complete(result) && result instanceof AutoCloseable late) {
                late.close();
            }
        } catch (Throwable e) {
            opened.completeExceptionally(e);
        }
    }

    /** An interrupt waits until it is done. */
    private static <R> R await(CompletableFuture<R> opened, long nanos)
            throws SQLException, TimeoutException {
        boolean interrupted = false;
        long since = System.nanoTime();
        try {
            while (true) {
                try {
                    return opened.get(nanos - (System.nanoTime() - since), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw cause(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static SQLException cause(ExecutionException failure) {
        Throwable cause = failure.getCause();
        if (cause instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof SQLException sql ? sql : new SQLException(cause);
    }
}
