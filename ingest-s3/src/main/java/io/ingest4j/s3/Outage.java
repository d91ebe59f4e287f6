package io.ingest4j.s3;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log once that requests of a source, sink or store have to be tried again and again, and once
 * that this is over, or that the last one was given up, however many requests there are. Safe for use by
 * several threads.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final int FEW_FAILURES = 3;
    private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** What became of a request. */
    enum End {
        ANSWERED,
        GIVEN_UP,
        /** Nobody wants its answer any more, which says nothing about S3. */
        CANCELLED
    }

    private int suffering;
    private long begun;
    private End last = End.CANCELLED;
    private long lastAt;
    private String lastWhat = "";

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
     * @param limit when it is given up, such as {@code 3 attempts}
     */
    synchronized void begin(long since, String what, String trouble, String limit) {
        if (suffering++ == 0) {
            begun = since;
            last = End.CANCELLED;
            LOG.warn("S3 is in trouble, {} is tried again for up to {}: {}", what, limit, trouble);
        }
    }

    /** One of them doesn't any more. */
    synchronized void end(End end, String what, long now) {
        if (end != End.CANCELLED) {
            last = end;
            lastAt = now;
            lastWhat = what;
        }
        if (--suffering == 0 && last != End.CANCELLED) {
            LOG.info(
                    last == End.ANSWERED
                            ? "S3 answers again after {} ms: {}"
                            : "S3 is still in trouble after {} ms, given up: {}",
                    TimeUnit.NANOSECONDS.toMillis(lastAt - begun),
                    lastWhat);
        }
    }
}
