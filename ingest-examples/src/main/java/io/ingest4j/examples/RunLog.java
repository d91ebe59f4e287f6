package io.ingest4j.examples;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.IngestListener;
import io.ingest4j.api.Progress;
import io.ingest4j.api.RunState;
import io.ingest4j.api.WriteFailure;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what happens in a run to the log. */
final class RunLog implements IngestListener {

    private static final Logger LOG = LoggerFactory.getLogger(RunLog.class);

    @Override
    public void onStart(Progress progress) {
        LOG.info("start: {}", progress);
    }

    @Override
    public void onProgress(Progress progress) {
        LOG.info("progress: {}", progress);
    }

    @Override
    public void onRetry(int records, WriteFailure failure, Duration delay) {
        LOG.info("{} record(s) again in {} ms: {}", records, delay.toMillis(), failure);
    }

    @Override
    public void onDeadLetter(DeadLetter letter) {
        LOG.warn("given up: {} {}", letter.position(), letter.failure());
    }

    @Override
    public void onEnd(RunState state, Progress progress) {
        LOG.info("end: {} {}", state, progress);
    }
}
