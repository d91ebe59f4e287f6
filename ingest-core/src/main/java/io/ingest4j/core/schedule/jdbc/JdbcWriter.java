package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.core.schedule.jdbc.JdbcOperation.Kind;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Executes operations in transactions on one connection. Safe for use by several threads. */
final class JdbcWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    private static final int MOST_ATTEMPTS = 5;
    private static final String LOCK = "SELECT value FROM {meta} WHERE name = 'rate'";

    /** Opens a connection. */
    interface Opener {
        JdbcSession open() throws SQLException;
    }

    private final Opener opener;
    private final JdbcDepth depth;
    private @Nullable JdbcSession session;
    private boolean closed;

    /** Whether nobody knows what became of the last transaction. */
    private boolean unsure;

    JdbcWriter(Opener opener, JdbcDepth depth) {
        this.opener = opener;
        this.depth = depth;
    }

    /** Executes all; each knows afterwards what became of it. */
    synchronized void execute(List<JdbcOperation<?>> all) {
        List<JdbcOperation<?>> ordered = new ArrayList<>(all);
        ordered.sort(Comparator.comparing(JdbcOperation::kind));
        int submits = 0;
        while (submits < ordered.size() && ordered.get(submits).kind() == Kind.SUBMIT) {
            submits++;
        }
        JdbcSession current = session;
        if (current != null && !current.dialect().isShared()) {
            transact(ordered);
            return;
        }
        // Other processes wait for a claim, which shall not wait for many submissions.
        transact(ordered.subList(0, submits));
        transact(ordered.subList(submits, ordered.size()));
    }

    private void transact(List<JdbcOperation<?>> operations) {
        if (operations.isEmpty()) {
            return;
        }
        int attempts = 1;
        while (!tryOnce(operations, attempts == MOST_ATTEMPTS)) {
            attempts++;
        }
    }

    /** Returns false if another attempt makes sense. */
    private boolean tryOnce(List<JdbcOperation<?>> operations, boolean isLast) {
        boolean committing = false;
        operations.forEach(JdbcOperation::forget);
        try {
            JdbcSession current = session();
            current.begin();
            depth.begin();
            if (unsure) {
                depth.count(current);
            }
            apply(current, operations);
            committing = true;
            current.commit();
        } catch (SQLException e) {
            boolean undone = session != null && session.dialect().isTransient(e);
            if (undone && !isLast) {
                rollBack();
                return false;
            }
            drop();
            fail(operations, e, committing && !undone);
            return true;
        } catch (RuntimeException | Error e) {
            drop();
            fail(operations, e, committing);
            return true;
        }
        unsure = false;
        depth.commit();
        operations.forEach(JdbcOperation::settle);
        return true;
    }

    private static void apply(JdbcSession current, List<JdbcOperation<?>> operations)
            throws SQLException {
        if (operations.stream().anyMatch(one -> one.kind().compareTo(Kind.CANCEL) >= 0)) {
            current.list(LOCK + current.dialect().lock(), row -> "");
        }
        long now = current.now();
        List<JdbcSubmit> submits = new ArrayList<>();
        for (JdbcOperation<?> one : operations) {
            if (one instanceof JdbcSubmit submit) {
                submits.add(submit);
            }
        }
        JdbcSubmit.applyAll(submits, current, now);
        for (JdbcOperation<?> one : operations) {
            if (one.kind() != Kind.SUBMIT) {
                one.attempt(current, now);
            }
        }
    }

    private void fail(List<JdbcOperation<?>> operations, Throwable cause, boolean unknown) {
        LOG.atDebug()
                .addKeyValue("operations", operations.size())
                .addKeyValue("unknown", unknown)
                .setCause(cause)
                .log("a transaction of the schedule's database failed");
        unsure |= unknown;
        for (JdbcOperation<?> one : operations) {
            one.fail(
                    new IngestException(
                            unknown
                                    ? "the schedule's database failed at the commit, whether this was"
                                            + " kept is unknown"
                                    : "the schedule's database failed, nothing of this was kept",
                            cause));
            if (unknown) {
                one.unsure();
            }
        }
    }

    private void rollBack() {
        try {
            session().rollback();
        } catch (SQLException e) {
            drop();
        }
    }

    private JdbcSession session() throws SQLException {
        if (closed) {
            throw new SQLException("the schedule's queue was closed");
        }
        JdbcSession current = session;
        if (current == null) {
            current = opener.open();
            session = current;
        }
        return current;
    }

    private void drop() {
        JdbcSession failed = session;
        session = null;
        if (failed != null) {
            failed.close();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        drop();
    }
}
