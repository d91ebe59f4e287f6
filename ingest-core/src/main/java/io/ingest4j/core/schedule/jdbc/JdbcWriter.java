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

    /** From this kind on, there is one transaction after the other in all processes. */
    private static final Kind FIRST_LOCKED = Kind.CANCEL;

    /** What an attempt leads to. */
    private enum Next {
        DONE,
        AGAIN,
        APART
    }

    /** Opens a connection. */
    interface Opener {
        JdbcSession open() throws SQLException;
    }

    private final JdbcDialect dialect;
    private final Opener opener;
    private final JdbcDepth depth;
    private @Nullable JdbcSession session;
    private boolean closed;

    /** Begins with a session, and opens another when that breaks. */
    JdbcWriter(JdbcDialect dialect, Opener opener, JdbcSession first, JdbcDepth depth) {
        this.dialect = dialect;
        this.opener = opener;
        session = first;
        this.depth = depth;
    }

    /** Executes all; each knows afterwards what became of it. */
    synchronized void execute(List<JdbcOperation<?>> all) {
        if (closed) {
            all.forEach(one -> one.fail(JdbcQueue.closed()));
            return;
        }
        List<JdbcOperation<?>> ordered = new ArrayList<>(all);
        ordered.sort(Comparator.comparing(JdbcOperation::kind));
        if (!dialect.isShared()) {
            transact(ordered);
            return;
        }
        // A claim, for which others wait, shall not wait for many submissions; nor what needs no
        // lock for a claim.
        int submits = before(ordered, Kind.SETTLE);
        int unlocked = before(ordered, FIRST_LOCKED);
        transact(ordered.subList(0, submits));
        transact(ordered.subList(submits, unlocked));
        transact(ordered.subList(unlocked, ordered.size()));
    }

    private static int before(List<JdbcOperation<?>> ordered, Kind kind) {
        int count = 0;
        while (count < ordered.size() && ordered.get(count).kind().compareTo(kind) < 0) {
            count++;
        }
        return count;
    }

    private void transact(List<JdbcOperation<?>> operations) {
        if (operations.isEmpty()) {
            return;
        }
        for (int attempts = 1; ; attempts++) {
            Next next = tryOnce(operations, attempts == MOST_ATTEMPTS);
            if (next == Next.APART) {
                apart(operations);
            }
            if (next != Next.AGAIN) {
                return;
            }
        }
    }

    /** One of them can't be done, and shall fail alone. */
    private void apart(List<JdbcOperation<?>> operations) {
        int submits = before(operations, Kind.SETTLE);
        if (submits < operations.size()) {
            transact(operations.subList(0, submits));
        } else {
            submits = 0;
        }
        for (JdbcOperation<?> one : operations.subList(submits, operations.size())) {
            transact(List.of(one));
        }
    }

    private Next tryOnce(List<JdbcOperation<?>> operations, boolean isLast) {
        boolean committing = false;
        operations.forEach(JdbcOperation::forget);
        try {
            JdbcSession current = session();
            boolean isLocked = needsLock(operations);
            current.begin(isLocked);
            if (isLocked) {
                current.list(LOCK + dialect.lock(), row -> "");
            }
            depth.begin(current);
            apply(current, operations);
            depth.write(current);
            committing = true;
            current.commit();
        } catch (SQLException e) {
            boolean undone = dialect.isTransient(e);
            if (undone && !isLast) {
                rollBack();
                return Next.AGAIN;
            }
            if (!committing && isLocked(e)) {
                rollBack();
                fail(operations.stream().filter(one -> !one.skip()).toList(), e, false);
                return Next.DONE;
            }
            if (!committing && operations.size() > 1 && isData(e)) {
                rollBack();
                return Next.APART;
            }
            drop();
            fail(operations, e, committing && !undone);
            return Next.DONE;
        } catch (RuntimeException e) {
            if (!committing && operations.size() > 1) {
                rollBack();
                return Next.APART;
            }
            drop();
            fail(operations, e, committing);
            return Next.DONE;
        } catch (Error e) {
            drop();
            fail(operations, e, committing);
            return Next.DONE;
        }
        depth.commit();
        operations.forEach(JdbcOperation::settle);
        return Next.DONE;
    }

    /** Whether somebody else had a lock for too long, in PostgreSQL. */
    private static boolean isLocked(SQLException failure) {
        return "55P03".equals(failure.getSQLState());
    }

    /** Whether the database refused a value, not the connection. */
    private static boolean isData(SQLException failure) {
        String state = failure.getSQLState();
        return state != null && state.startsWith("22");
    }

    private static boolean needsLock(List<JdbcOperation<?>> operations) {
        return operations.stream().anyMatch(one -> one.kind().compareTo(FIRST_LOCKED) >= 0);
    }

    private static void apply(JdbcSession current, List<JdbcOperation<?>> operations)
            throws SQLException {
        operations.forEach(JdbcOperation::beforeTime);
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
        String advice = cause instanceof SQLException failure ? dialect.advice(failure) : "";
        LOG.atDebug()
                .addKeyValue("operations", operations.size())
                .addKeyValue("unknown", unknown)
                .setCause(cause)
                .log(
                        "a transaction of {} operations failed in the schedule's database, {}",
                        operations.size(),
                        unknown ? "whether it was kept is unknown" : "nothing of it was kept");
        if (unknown) {
            depth.unsure();
        }
        for (JdbcOperation<?> one : operations) {
            one.fail(
                    new IngestException(
                            (unknown
                                            ? "the schedule's database failed at the commit, whether"
                                                    + " this was kept is unknown"
                                            : "the schedule's database failed, nothing of this was"
                                                    + " kept")
                                    + advice,
                            cause));
            if (unknown) {
                one.unsure();
            }
        }
    }

    private void rollBack() {
        JdbcSession current = session;
        try {
            if (current != null) {
                current.rollback();
            }
        } catch (SQLException e) {
            drop();
        }
    }

    private JdbcSession session() throws SQLException {
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
