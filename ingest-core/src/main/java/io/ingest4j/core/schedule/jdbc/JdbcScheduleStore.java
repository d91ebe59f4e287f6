package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.ScheduleStore;
import io.ingest4j.spi.Ticker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * Keeps submissions in a database, so that an acknowledged one survives the process and the loss of power,
 * as far as the database's disk does. Its tables are made, and later brought up to date, when it is
 * opened.
 *
 * <ul>
 *   <li>SQLite (a file, with the driver {@code org.xerial:sqlite-jdbc}): for one process at a time. What a
 *       process had taken when it died is taken up again when its lease has ended.
 *   <li>PostgreSQL: for any number of processes, which share the rate and the work. The database's clock
 *       is the one that counts. A process that stops in the middle of a transaction loses its connection
 *       after a quarter of the lease, at least a second; the others' claims wait until then, cancellations fail,
 *       their leases are renewed meanwhile.
 * </ul>
 *
 * <p>A scheduler that is opened within a period after the newest dispatch, with SQLite after any, waits for
 * a period first, as calls may have begun later than their claim. An item whose text the form can't read
 * is put off for a minute, as often as it takes, and is logged; a form that can read it finds it there.
 *
 * <p>Each scheduler keeps two connections of the data source as long as it is open; a data source that
 * doesn't give two at the same time, within ten seconds, is refused when the store is opened. They are
 * opened on a thread of their own: a transaction that the caller has open is never used, committed or
 * changed, and what was submitted within it is kept even if it is rolled back.
 *
 * <p>On PostgreSQL, version 12 or later, each transaction sets what it needs for itself, and sessions keep
 * no setting. So a pooler such as PgBouncer may be in front, in session mode or in transaction mode. In the
 * latter it has to know prepared statements (PgBouncer 1.21 and later with {@code
 * max_prepared_statements}), or the JDBC URL has {@code prepareThreshold=0}; otherwise the store is not
 * opened, and says why.
 *
 * <p>Of several processes the next dispatch of one is claimed when a period has passed since the calls of
 * the last dispatch of another had begun. A process that dies between its claim and its calls holds the
 * others up for a quarter of its lease, ten seconds at the most.
 *
 * <p>Submissions of several threads go to the disk together. Immutable; safe for use by several threads.
 *
 * @param <T> the item type
 * @since 0.1
 */
public final class JdbcScheduleStore<T> implements ScheduleStore<T> {

    private final DataSource source;
    private final ItemForm<T> form;
    private final JdbcTables tables;
    private final String postgresClock;

    private JdbcScheduleStore(
            DataSource source, ItemForm<T> form, JdbcTables tables, String postgresClock) {
        this.source = Objects.requireNonNull(source, "source");
        this.form = Objects.requireNonNull(form, "form");
        this.tables = tables;
        this.postgresClock = postgresClock;
    }

    /**
     * Keeps submissions in the tables {@code ingest4j_*} of a database.
     *
     * @param source gives connections; each open scheduler keeps two
     * @param form how items stand in the database
     * @param <T> the item type
     * @return the store, whose tables can be given other names
     */
    public static <T> JdbcScheduleStore<T> of(DataSource source, ItemForm<T> form) {
        return new JdbcScheduleStore<>(
                source, form, new JdbcTables("", "ingest4j_"), PostgresDialect.CLOCK);
    }

    /**
     * Sets what the names of the tables begin with, so that several stores can share a database. {@code
     * ingest4j_} by default.
     *
     * @param prefix lower-case letters, digits and underscores, not beginning with a digit, at most 32
     * @return a changed copy
     * @throws IllegalArgumentException if it has another form
     */
    public JdbcScheduleStore<T> tablePrefix(String prefix) {
        return new JdbcScheduleStore<>(
                source, form, new JdbcTables(tables.schema(), prefix), postgresClock);
    }

    /**
     * Sets the schema of the tables, which must exist. By default the one that the connection has; SQLite
     * has none.
     *
     * @param schema lower-case letters, digits and underscores, not beginning with a digit, at most 32
     * @return a changed copy
     * @throws IllegalArgumentException if it has another form
     */
    public JdbcScheduleStore<T> schema(String schema) {
        return new JdbcScheduleStore<>(
                source, form, new JdbcTables(schema, tables.prefix()), postgresClock);
    }

    /** Takes the time of PostgreSQL from another expression, in microseconds. */
    JdbcScheduleStore<T> postgresClock(String expression) {
        return new JdbcScheduleStore<>(source, form, tables, expression);
    }

    /**
     * Opens the store for one scheduler.
     *
     * @throws IngestException if the database can't be reached, is of another kind or too old, gives only
     *     one connection, is behind a pooler that loses prepared statements, or its tables are newer than
     *     this release
     */
    @Override
    public ScheduleQueue<T> open(ScheduleRules rules, Ticker ticker, InstantSource clock) {
        JdbcConnections connections = new JdbcConnections(source, tables);
        JdbcDialect dialect;
        try {
            dialect = dialect(connections.product(), rules, clock);
        } catch (SQLException e) {
            throw new IngestException("the schedule's database can't be reached", e);
        }
        try {
            return JdbcQueue.open(form, rules, ticker, dialect, connections);
        } catch (SQLException e) {
            throw new IngestException(
                    "the schedule's database can't be opened" + dialect.advice(e), e);
        }
    }

    private JdbcDialect dialect(String product, ScheduleRules rules, InstantSource clock) {
        return switch (product) {
            case "SQLite" -> new SqliteDialect(clock);
            case "PostgreSQL" -> new PostgresDialect(postgresClock, rules.lease());
            default ->
                    throw new IngestException(
                            "the schedule's database must be SQLite or PostgreSQL, was " + product,
                            null);
        };
    }

    @Override
    public ByteBuffer bytes(T item) {
        return ByteBuffer.wrap(form.print().apply(item).getBytes(StandardCharsets.UTF_8))
                .asReadOnlyBuffer();
    }
}
