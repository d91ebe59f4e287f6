package io.ingest4j.examples.service;

import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleStore;
import io.ingest4j.core.schedule.ScheduleStores;
import io.ingest4j.core.schedule.jdbc.JdbcScheduleStore;
import java.math.BigInteger;
import java.time.Duration;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteDataSource;

/** Makes the store that the settings choose. */
final class Stores {

    private static final int CONNECT_SECONDS = 10;
    private static final int LEAST_SOCKET_SECONDS = 10;
    private static final int MOST_SOCKET_SECONDS = 60;

    private Stores() {}

    static ScheduleStore<BigInteger> open(Database database, Duration lease) {
        if (database instanceof Database.Memory) {
            return ScheduleStores.memory();
        }
        return JdbcScheduleStore.of(dataSource(database, lease), ItemForm.bigIntegers());
    }

    /** The store opens two connections and keeps them, so there is no need of a pool. */
    private static DataSource dataSource(Database database, Duration lease) {
        if (database instanceof Database.Postgresql postgresql) {
            return server(postgresql, lease);
        }
        SQLiteDataSource file = new SQLiteDataSource();
        file.setUrl("jdbc:sqlite:" + ((Database.SqliteFile) database).file());
        return file;
    }

    /** A server that went away without a word must not hold the service up for long. */
    static PGSimpleDataSource server(Database.Postgresql database, Duration lease) {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setUrl(database.jdbcUrl());
        if (!database.user().isEmpty()) {
            server.setUser(database.user());
        }
        if (!database.password().isEmpty()) {
            server.setPassword(database.password());
        }
        if (!database.names("tcpKeepAlive")) {
            server.setTcpKeepAlive(true);
        }
        if (!database.names("connectTimeout")) {
            server.setConnectTimeout(CONNECT_SECONDS);
        }
        if (!database.names("socketTimeout")) {
            long half = lease.toSeconds() / 2;
            server.setSocketTimeout(
                    (int) Math.max(LEAST_SOCKET_SECONDS, Math.min(MOST_SOCKET_SECONDS, half)));
        }
        return server;
    }
}
