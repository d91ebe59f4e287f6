package io.ingest4j.core.report;

import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;

/** How progress is shown. */
interface ProgressView {

    /** The meter goes on measuring. */
    void begin(Progress progress, Meter meter);

    void update(Progress progress, Meter meter);

    void end(RunState state, Progress progress);
}
