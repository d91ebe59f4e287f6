package io.ingest4j.core;

import java.util.Map;

/** Where every record of the job is: read = delivered + deadLettered + skipped + pending. */
final class Ledger {

    long read;
    long delivered;
    long deadLettered;
    long skipped;
    long attempts;
    long retries;
    long sentBytes;

    /** How many runs there were, with this one. */
    long runs = 1;

    long nanosBefore;
    private long deliveredBefore;
    private long deadLetteredBefore;
    private long doneBefore;

    long pending() {
        return read - done();
    }

    private long done() {
        return delivered + deadLettered + skipped;
    }

    long deliveredNow() {
        return delivered - deliveredBefore;
    }

    long deadLetteredNow() {
        return deadLettered - deadLetteredBefore;
    }

    long doneNow() {
        return done() - doneBefore;
    }

    /** What a later run has to know; records that are pending now are read again then. */
    Map<String, Long> counters(long nanos) {
        return Map.of(
                "delivered", delivered,
                "deadLettered", deadLettered,
                "skipped", skipped,
                "attempts", attempts,
                "retries", retries,
                "sentBytes", sentBytes,
                "runs", runs,
                "nanos", nanosBefore + nanos);
    }

    /** Takes what earlier runs did, which this one continues. */
    void restore(Map<String, Long> counters) {
        restoreEnd(counters);
        runs++;
    }

    /** Takes what earlier runs did, to which this one adds nothing. */
    void restoreEnd(Map<String, Long> counters) {
        delivered = counters.getOrDefault("delivered", 0L);
        deadLettered = counters.getOrDefault("deadLettered", 0L);
        skipped = counters.getOrDefault("skipped", 0L);
        attempts = counters.getOrDefault("attempts", 0L);
        retries = counters.getOrDefault("retries", 0L);
        sentBytes = counters.getOrDefault("sentBytes", 0L);
        runs = counters.getOrDefault("runs", 1L);
        nanosBefore = counters.getOrDefault("nanos", 0L);
        read = done();
        deliveredBefore = delivered;
        deadLetteredBefore = deadLettered;
        doneBefore = done();
    }
}
