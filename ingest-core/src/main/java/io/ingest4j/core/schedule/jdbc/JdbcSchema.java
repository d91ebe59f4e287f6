package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.api.IngestException;
import io.ingest4j.core.loop.SecretIds;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The tables, and how older ones become those of today. */
final class JdbcSchema {

    /** What an item is, in its column {@code state}. The partial indexes are made for the numbers. */
    static final int WAITING = 0;

    static final int TAKEN = 1;
    static final int COMPLETED = 2;
    static final int FAILED = 3;
    static final int CANCELLED = 4;
    static final int DELAYED = 5;

    private static final int PREFIX_BITS = 32;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private JdbcSchema() {}

    /** Brings the schema up to date; returns the ids of submissions. */
    static SecretIds migrate(JdbcSession session) throws SQLException {
        session.begin(false);
        session.dialect().lockSchema(session);
        session.execute(
                "CREATE TABLE IF NOT EXISTS {meta} (name VARCHAR(20) NOT NULL PRIMARY KEY, value"
                        + " VARCHAR(100) NOT NULL)");
        List<List<String>> migrations = migrations(session.dialect());
        long version =
                session.number("SELECT CAST(value AS INTEGER) FROM {meta} WHERE name = 'version'");
        if (version > migrations.size()) {
            throw new IngestException(
                    "the schedule's tables must have at most version "
                            + migrations.size()
                            + ", which this release knows, had "
                            + version,
                    null);
        }
        if (version == 1) {
            requireNoOlder(session);
        }
        if (version < migrations.size()) {
            for (List<String> steps : migrations.subList((int) version, migrations.size())) {
                for (String step : steps) {
                    session.execute(step);
                }
            }
            session.update("DELETE FROM {meta} WHERE name = 'version'");
            session.update(
                    "INSERT INTO {meta} (name, value) VALUES ('version', ?)",
                    String.valueOf(migrations.size()));
        }
        String prefix = required(session, "prefix");
        String secret = required(session, "secret");
        long sequential = Long.parseLong(required(session, "sequential"));
        session.commit();
        return new SecretIds(prefix, secret, sequential);
    }

    /** An older process gives ids that nobody finds any more, and doesn't keep the sums. */
    private static void requireNoOlder(JdbcSession session) throws SQLException {
        if (!session.dialect().isShared()) {
            return; // a file has one process at a time
        }
        session.dialect().lockTable(session, "{worker}");
        long now = session.now();
        long end = session.number("SELECT MAX(lease_until) FROM {worker}");
        if (end > now) {
            long seconds = (end - now - 1) / MICROS_PER_SECOND + 1;
            throw new IngestException(
                    "the schedule's tables of version 1 must be in use by no process when they are"
                            + " brought up to date, one has a lease for another "
                            + seconds
                            + " s; stop all processes of older releases, and start again when the"
                            + " lease has ended",
                    null);
        }
    }

    private static String required(JdbcSession session, String name) throws SQLException {
        String value =
                session.first(
                        "SELECT value FROM {meta} WHERE name = '" + name + "'",
                        row -> row.getString(1));
        if (value == null) {
            throw new IngestException(
                    "the schedule's table 'meta' must have a row '" + name + "'", null);
        }
        return value;
    }

    /** Each was released once and never changes; later ones are added at the end. */
    private static List<List<String>> migrations(JdbcDialect dialect) {
        return List.of(first(dialect), second(dialect));
    }

    private static List<String> first(JdbcDialect dialect) {
        String options = dialect.tableOptions();
        String prefix = Long.toHexString(new SecureRandom().nextLong() >>> PREFIX_BITS);
        return List.of(
                dialect.createNumbers(),
                "INSERT INTO {meta} (name, value) VALUES ('rate', '')",
                "INSERT INTO {meta} (name, value) VALUES ('prefix', '" + prefix + "-')",
                """
                CREATE TABLE {submission} (
                    number BIGINT NOT NULL PRIMARY KEY,
                    priority SMALLINT NOT NULL,
                    tenant TEXT NOT NULL,
                    batch_size INTEGER NOT NULL,
                    item_count INTEGER NOT NULL,
                    submitted_at BIGINT NOT NULL,
                    open_count INTEGER NOT NULL,
                    failed_count INTEGER NOT NULL,
                    cancelled_count INTEGER NOT NULL,
                    ended_at BIGINT
                )"""
                        + options,
                "CREATE INDEX [submission_ended] ON {submission} (ended_at) WHERE ended_at IS NOT"
                        + " NULL",
                """
                CREATE TABLE {item} (
                    submission BIGINT NOT NULL,
                    idx INTEGER NOT NULL,
                    priority SMALLINT NOT NULL,
                    tenant TEXT NOT NULL,
                    batch_size INTEGER NOT NULL,
                    submitted_at BIGINT NOT NULL,
                    state SMALLINT NOT NULL,
                    started SMALLINT NOT NULL,
                    due_at BIGINT NOT NULL,
                    attempts INTEGER NOT NULL,
                    epoch BIGINT NOT NULL,
                    text TEXT NOT NULL,
                    reason TEXT NOT NULL,
                    PRIMARY KEY (submission, idx)
                )"""
                        + options,
                "CREATE INDEX [item_waiting] ON {item} (priority, submission, idx) WHERE state = 0",
                "CREATE INDEX [item_turn] ON {item} (priority, tenant, submission, idx) WHERE state"
                        + " = 0",
                "CREATE INDEX [item_taken] ON {item} (epoch) WHERE state = 1",
                "CREATE INDEX [item_delayed] ON {item} (due_at) WHERE state = 5",
                "CREATE TABLE {worker} (epoch BIGINT NOT NULL PRIMARY KEY, lease_until BIGINT NOT"
                        + " NULL)",
                """
                CREATE TABLE {known} (
                    content_key TEXT NOT NULL PRIMARY KEY,
                    submission BIGINT NOT NULL,
                    content TEXT NOT NULL,
                    until BIGINT NOT NULL
                )"""
                        + options,
                "CREATE INDEX [known_until] ON {known} (until)",
                """
                CREATE TABLE {dispatch} (
                    number BIGINT NOT NULL PRIMARY KEY,
                    claimed_at BIGINT NOT NULL,
                    epoch BIGINT NOT NULL,
                    item_count INTEGER NOT NULL
                )"""
                        + options,
                "CREATE INDEX [dispatch_claimed] ON {dispatch} (claimed_at)",
                "CREATE TABLE {turn} (level SMALLINT NOT NULL, tenant TEXT NOT NULL, served BIGINT"
                        + " NOT NULL, PRIMARY KEY (level, tenant))");
    }

    /** Leases that know how long they are, dispatches that have begun, sums, and ids with a secret. */
    private static List<String> second(JdbcDialect dialect) {
        List<String> steps =
                new ArrayList<>(
                        List.of(
                                "ALTER TABLE {worker} ADD COLUMN lease BIGINT NOT NULL DEFAULT 0",
                                "ALTER TABLE {dispatch} ADD COLUMN begin_until BIGINT NOT NULL DEFAULT"
                                        + " 0",
                                "CREATE INDEX [item_delayed_since] ON {item} (submitted_at) WHERE state"
                                        + " = 5",
                                "CREATE INDEX [submission_open] ON {submission} (number) WHERE"
                                        + " ended_at IS NULL",
                                """
                                CREATE TABLE {depth} (
                                    slot INTEGER NOT NULL,
                                    priority SMALLINT NOT NULL,
                                    items BIGINT NOT NULL,
                                    PRIMARY KEY (slot, priority)
                                )"""
                                        + dialect.tableOptions(),
                                "INSERT INTO {meta} (name, value) VALUES ('secret', '"
                                        + SecretIds.newSecret()
                                        + "')",
                                "INSERT INTO {meta} (name, value) SELECT 'sequential',"
                                        + " CAST(COALESCE(MAX(number), 0) AS VARCHAR(20)) FROM"
                                        + " {submission}"));
        steps.addAll(List.of(JdbcDepth.counts()));
        return steps;
    }
}
