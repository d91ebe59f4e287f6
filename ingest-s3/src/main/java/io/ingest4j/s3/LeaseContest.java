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
 * object within its lease time, measured here from when it was first seen, or by the server's clock
 * from when it was written; the owner's own clock plays no part. Nobody waits for an owner whose process
 * is known to be dead.
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

    private Optional<Stored> awaitFree() throws IOException, InterruptedException {
        Optional<Stored> now = object.read();
        String etag = now.map(Stored::etag).orElse("");
        long firstSeen = clock.nanos();
        for (boolean isTold = false; isHeld(now); isTold = true) {
            Stored stored = now.orElseThrow();
            Envelope envelope = stored.envelope();
            if (envelope.isOwnerDead()) {
                LOG.atInfo()
                        .addKeyValue("job", job)
                        .log(
                                "job '{}' on {} is taken at once: the process that had it is dead",
                                job,
                                object.name());
                return now;
            }
            if (!stored.hasEtag(etag)) {
                throw taken("lives, and replaced it while this one waited");
            }
            long leaseNanos = TimeUnit.MILLISECONDS.toNanos(envelope.leaseMillis());
            long left = leaseNanos - Math.max(stored.ageNanos(), clock.nanos() - firstSeen);
            if (left <= 0) {
                LOG.atInfo()
                        .addKeyValue("job", job)
                        .log(
                                "job '{}' is taken from a run that did not renew its lease of {} ms on {}",
                                job,
                                envelope.leaseMillis(),
                                object.name());
                return now;
            }
            if (!isTold) {
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
            now = object.read();
        }
        return now;
    }

    private static boolean isHeld(Optional<Stored> stored) {
        return stored.isPresent() && stored.get().envelope().held();
    }

    private CheckpointException taken(String why) {
        return new CheckpointException(
                "job '%s' is taken on %s: another run %s; wait until it has ended, or give this run another job name"
                        .formatted(job, object.name(), why),
                null);
    }
}
