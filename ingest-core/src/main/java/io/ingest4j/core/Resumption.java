package io.ingest4j.core;

import io.ingest4j.api.CheckpointStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a run can be continued by a later one.
 *
 * @param store where checkpoints are kept; null if none are
 * @param interval how often they are written
 * @param maxUncheckpointed how many records a later run may have to send again
 * @param startOver whether this run is to ignore where an earlier one came to
 * @param source the identity of the source; empty if it has none
 * @param sink the identity of the sink; empty if it has none
 */
record Resumption(
        @Nullable CheckpointStore store,
        Duration interval,
        long maxUncheckpointed,
        boolean startOver,
        String source,
        String sink) {

    /** A run that leaves nothing behind. */
    static final Resumption NONE =
            new Resumption(null, Duration.ofSeconds(1), Long.MAX_VALUE, false, "", "");
}
