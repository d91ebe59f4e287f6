package io.ingest4j.s3;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log once that requests of a source, sink or store have to be tried again and again, and once
 * that this is over, however many requests there are. Safe for use by several threads.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final int FEW_FAILURES = 3;
    private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private int suffering;
    private long begun;
    private boolean answered;
    private long answeredAt;
    private String answeredWhat = "";

    /** Tells whether one request has failed so often, or for so long, that people should know. */
    static boolean isWorthTelling(int failures, long nanosWithoutProgress) {
        return failures >= FEW_FAILURES || nanosWithoutProgress >= SHORT_NANOS;
    }

    /**
     * One more request fails again and again.
     *
     * @param since when it last made progress
     * @param what such as {@code reading s3://bucket/key at offset 7}
     * @param trouble what it failed with
     */
    synchronized void begin(long since, String what, String trouble, long patienceNanos) {
        if (suffering++ == 0) {
            begun = since;
            answered = false;
            LOG.warn(
                    "S3 is in trouble, {} is tried again for up to {} s: {}",
                    what,
                    TimeUnit.NANOSECONDS.toSeconds(patienceNanos),
                    trouble);
        }
    }

    /** One of them doesn't any more: it was answered, or given up. */
    synchronized void end(boolean isAnswered, String what, long now) {
        if (isAnswered) {
            answered = true;
            answeredAt = now;
            answeredWhat = what;
        }
        if (--suffering == 0 && answered) {
            LOG.info(
                    "S3 answers again after {} ms: {}",
                    TimeUnit.NANOSECONDS.toMillis(answeredAt - begun),
                    answeredWhat);
        }
    }
}
