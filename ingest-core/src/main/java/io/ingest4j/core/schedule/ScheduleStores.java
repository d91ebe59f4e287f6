package io.ingest4j.core.schedule;

/**
 * Where schedulers can keep their submissions without a database; with one, see {@link
 * io.ingest4j.core.schedule.jdbc.JdbcScheduleStore}.
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
}
