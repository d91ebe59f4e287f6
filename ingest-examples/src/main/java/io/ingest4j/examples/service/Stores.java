package io.ingest4j.examples.service;

import io.ingest4j.core.schedule.ItemForm;
import io.ingest4j.core.schedule.ScheduleStore;
import io.ingest4j.core.schedule.ScheduleStores;
import io.ingest4j.core.schedule.jdbc.JdbcScheduleStore;
import java.math.BigInteger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteDataSource;

/** Makes the store that the settings choose. */
final class Stores {

    private Stores() {}

    static ScheduleStore<BigInteger> open(Database database) {
        if (database instanceof Database.Memory) {
            return ScheduleStores.memory();
        }
        return JdbcScheduleStore.of(dataSource(database), ItemForm.bigIntegers());
    }

    /** The store opens two connections and keeps them, so there is no need of a pool. */
    private static DataSource dataSource(Database database) {
        if (database instanceof Database.Postgresql postgresql) {
            PGSimpleDataSource server = new PGSimpleDataSource();
            server.setUrl(postgresql.jdbcUrl());
            if (!postgresql.user().isEmpty()) {
                server.setUser(postgresql.user());
            }
            if (!postgresql.password().isEmpty()) {
                server.setPassword(postgresql.password());
            }
            return server;
        }
        SQLiteDataSource file = new SQLiteDataSource();
        file.setUrl("jdbc:sqlite:" + ((Database.SqliteFile) database).file());
        return file;
    }
}
