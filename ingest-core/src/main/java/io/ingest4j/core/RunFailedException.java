package io.ingest4j.core;

import io.ingest4j.api.IngestException;

/**
 * A run failed. The cause says why, the report what was done until then.
 *
 * @since 0.1
 */
public final class RunFailedException extends IngestException {

    private static final long serialVersionUID = 1;

    private final transient IngestReport report;

    RunFailedException(IngestReport report) {
        super(report.job() + " failed: " + report.failureLine(), report.failure().orElse(null));
        this.report = report;
    }

    /**
     * Returns what was done until the failure.
     *
     * @return the report
     */
    public IngestReport report() {
        return report;
    }
}
