package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Something to be done in a transaction, alone or together with others. It may be begun several times,
 * each time in a new transaction.
 */
abstract class JdbcOperation<R> {

    /** In this order, which is that of the locks that they take. */
    enum Kind {
        SUBMIT,
        SETTLE,
        UPKEEP,
        CANCEL,
        CLAIM
    }

    private final Kind kind;
    private @Nullable R result;
    private @Nullable RuntimeException failure;

    JdbcOperation(Kind kind) {
        this.kind = kind;
    }

    final Kind kind() {
        return kind;
    }

    /** The transaction has begun, and is about to read the time that {@link #apply} gets. */
    void beforeTime() {}

    /** Does it; what it changes outside of the database waits for {@link #kept}. */
    abstract R apply(JdbcSession session, long now) throws SQLException;

    /** Gives an answer without doing anything, as another has the lock; false if there is none to give. */
    boolean skip() {
        return false;
    }

    /** The transaction is durable. */
    void kept(R outcome) {}

    /** Nobody knows whether the transaction is durable. */
    void unsure() {}

    final void attempt(JdbcSession session, long now) throws SQLException {
        result = apply(session, now);
    }

    final void succeed(R outcome) {
        result = outcome;
        failure = null;
    }

    final void fail(RuntimeException reason) {
        result = null;
        failure = reason;
    }

    final void forget() {
        result = null;
        failure = null;
    }

    final void settle() {
        if (failure == null && result != null) {
            kept(result);
        }
    }

    final R result() {
        if (failure != null) {
            throw failure;
        }
        if (result == null) {
            throw new IngestException(
                    "the schedule's database failed unexpectedly, whether this was kept is unknown",
                    null);
        }
        return result;
    }
}
