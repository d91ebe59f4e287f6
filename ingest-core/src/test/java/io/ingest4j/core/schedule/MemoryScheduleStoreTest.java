package io.ingest4j.core.schedule;

class MemoryScheduleStoreTest extends ScheduleStoreContract {

    @Override
    ScheduleStore<String> create() {
        return ScheduleStores.memory();
    }
}
