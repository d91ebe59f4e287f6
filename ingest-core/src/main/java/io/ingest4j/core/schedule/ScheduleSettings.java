package io.ingest4j.core.schedule;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.core.RetryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a builder was told. */
record ScheduleSettings<T>(
        String name,
        RecordSink<T> sink,
        ScheduleRules rules,
        int maxInFlight,
        int maxCalls,
        Duration attemptTimeout,
        Duration stopTimeout,
        RetryPolicy retries,
        Optional<RecordSink<DeadLetter>> deadLetters,
        ScheduleStore<T> store,
        List<ScheduleListener<T>> listeners) {

    ScheduleSettings {
        listeners = List.copyOf(listeners);
    }
}
