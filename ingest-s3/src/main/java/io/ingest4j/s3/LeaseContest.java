package io.ingest4j.s3;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.s3.CheckpointObject.Stored;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the object of a job from an owner that gave it back or died. An owner lives that replaces the
 * object within its lease time, measured here from when it was first seen. Where the server says that it
 * was written earlier, the wait is shorter, but never less than half the lease time: the two dates that
 * this is taken from may be of two clocks, and an owner that lives renews after a third. The owner's own
 * clock plays no part. Nobody waits for an owner whose process is known to be dead.
 */
final class LeaseContest {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseContest.class);
    private static final int MAX_ATTEMPTS = 5;
    private static final long POLL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String job;
    private final CheckpointObject object;
    private final S3Lease lease;
    private final WaitingClock clock;

    LeaseContest(String job, CheckpointObject object, S3Lease lease, WaitingClock clock) {
        this.job = job;
        this.object = object;
        this.lease = lease;
        this.clock = clock;
    }

    void win() throws IOException, InterruptedException {
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            Optional<Stored> owned = awaitFree();
            if (lease.take(owned)) {
                return;
            }
            // What a process had sent may arrive after its death.
            if (owned.isEmpty() || !owned.get().envelope().isOwnerDead()) {
                break;
            }
        }
        throw taken("took it at the same moment");
    }

    /** Reads the object whole once at first, and again if it was changed when it is free. */
    private Optional<Stored> awaitFree() throws IOException, InterruptedException {
        Optional<Stored> whole = object.read();
        Optional<Stored> now = whole;
        long firstSeen = clock.nanos();
        boolean isTold = false;
        while (true) {
            Stored stored = now.orElse(null);
            if (stored == null || !stored.envelope().held() || stored.envelope().isOwnerDead()) {
                if (sameEtag(now, whole)) {
                    return told(whole);
                }
                whole = object.read();
                now = whole;
                continue;
            }
            if (!sameEtag(now, whole)) {
                throw taken("lives, and replaced it while this one waited");
            }
            long leaseMillis = stored.envelope().leaseMillis();
            long lease = TimeUnit.MILLISECONDS.toNanos(leaseMillis);
            long watched = clock.nanos() - firstSeen;
            long left = Math.max(lease - Math.max(stored.ageNanos(), watched), lease / 2 - watched);
            if (left <= 0) {
                LOG.atInfo()
                        .addKeyValue("job", job)
                        .log(
                                "job '{}' is taken from a run that did not renew its lease of {} ms on {}",
                                job,
                                leaseMillis,
                                object.name());
                return whole;
            }
            if (!isTold) {
                isTold = true;
                LOG.atWarn()
                        .addKeyValue("job", job)
                        .log(
                                "job '{}' on {} is another run's that has not given it back: waiting for up to {} s"
                                        + " to see whether that run is alive",
                                job,
                                object.name(),
                                TimeUnit.NANOSECONDS.toSeconds(left + 999_999_999));
            }
            clock.sleep(Math.min(POLL_NANOS, left));
            now = object.peek();
        }
    }

    private static boolean sameEtag(Optional<Stored> one, Optional<Stored> other) {
        return (one.isPresent() && other.isPresent())
                ? one.get().hasEtag(other.get().etag())
                : one.isEmpty() && other.isEmpty();
    }

    private Optional<Stored> told(Optional<Stored> free) {
        if (free.isPresent() && free.get().envelope().held()) {
            LOG.atInfo()
                    .addKeyValue("job", job)
                    .log(
                            "job '{}' on {} is taken at once: the process that had it is dead",
                            job,
                            object.name());
        }
        return free;
    }

    private CheckpointException taken(String why) {
        return new CheckpointException(
                "job '%s' is taken on %s: another run %s; wait until it has ended, or give this run another job name"
                        .formatted(job, object.name(), why),
                null);
    }
}
