package io.ingest4j.examples.service;

import io.ingest4j.core.schedule.ScheduleStore;
import io.ingest4j.core.schedule.ScheduleStores;
import java.math.BigInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the store that the settings choose. */
final class Stores {

    private static final Logger LOG = LoggerFactory.getLogger(Stores.class);

    private Stores() {}

    // TODO the durable stores: ScheduleStores.jdbc(dataSource, ItemForm.bigIntegers()).
    static ScheduleStore<BigInteger> open(Database database) {
        if (!(database instanceof Database.Memory)) {
            LOG.atWarn()
                    .addKeyValue("database", database)
                    .log("no store for this database yet: submissions are kept in memory");
        }
        return ScheduleStores.memory();
    }
}
