package io.ingest4j.core.schedule;

import javax.sql.DataSource;

/**
 * Where schedulers can keep their submissions.
 *
 * @since 0.1
 */
public final class ScheduleStores {

    private ScheduleStores() {}

    /**
     * Keeps submissions in this JVM's memory, as long as it lives. One scheduler at a time: a second one
     * that opens the store takes everything over, and the first is left with nothing.
     *
     * @param <T> the item type
     * @return a new store
     */
    public static <T> ScheduleStore<T> memory() {
        return new MemoryScheduleStore<>();
    }

    /**
     * Keeps submissions in a database, so that an acknowledged one survives the process and the loss of
     * power, as far as the database's disk does.
     *
     * <ul>
     *   <li>SQLite (a file, with the driver {@code org.xerial:sqlite-jdbc}): for one process at a time. What
     *       a process had taken when it died is taken up again when its lease has ended.
     *   <li>PostgreSQL: for any number of processes, which share the rate and the work. The database's
     *       clock is the one that counts.
     * </ul>
     *
     * @param source gives connections; each open scheduler keeps two
     * @param form how items stand in the database
     * @param <T> the item type
     * @return the store, whose tables can be given other names
     */
    public static <T> JdbcScheduleStore<T> jdbc(DataSource source, ItemForm<T> form) {
        return JdbcScheduleStore.of(source, form);
    }
}
