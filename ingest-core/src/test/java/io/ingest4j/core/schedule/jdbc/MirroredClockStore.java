package io.ingest4j.core.schedule.jdbc;

import io.ingest4j.core.schedule.ScheduleQueue;
import io.ingest4j.core.schedule.ScheduleRules;
import io.ingest4j.core.schedule.ScheduleStore;
import io.ingest4j.spi.Ticker;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * Sets a database's virtual clock to the test's before each call. Its schedulers wait for a period after
 * any dispatch when they are opened, as the model has it.
 */
final class MirroredClockStore<T> implements ScheduleStore<T> {

    private final ScheduleStore<T> store;
    private final TestDatabase database;
    private long set = Long.MIN_VALUE;

    MirroredClockStore(ScheduleStore<T> store, TestDatabase database) {
        this.store = store;
        this.database = database;
    }

    @Override
    @SuppressWarnings("unchecked")
    public ScheduleQueue<T> open(ScheduleRules rules, Ticker ticker, InstantSource clock) {
        mirror(clock);
        ScheduleQueue<T> queue = store.open(rules, ticker, clock);
        return (ScheduleQueue<T>)
                Proxy.newProxyInstance(
                        ScheduleQueue.class.getClassLoader(),
                        new Class<?>[] {ScheduleQueue.class},
                        (self, method, arguments) -> {
                            if (method.getName().equals("hasDispatched")) {
                                return database.number("SELECT COUNT(*) FROM ingest4j_dispatch")
                                        > 0;
                            }
                            mirror(clock);
                            try {
                                return method.invoke(queue, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private void mirror(InstantSource clock) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        if (now != set) {
            database.setVirtualClock(now);
            set = now;
        }
    }
}
