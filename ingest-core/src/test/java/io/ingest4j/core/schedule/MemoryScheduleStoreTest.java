package io.ingest4j.core.schedule;

class MemoryScheduleStoreTest extends ScheduleStoreContract {

    @Override
    protected ScheduleStore<String> create() {
        return ScheduleStores.memory();
    }
}
