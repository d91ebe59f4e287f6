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
 * from when it was written; the owner's own clock plays no part.
 */
final class LeaseContest {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseContest.class);
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
        Optional<Stored> owned = object.read();
        if (owned.isPresent() && owned.get().envelope().held()) {
            Stored first = owned.get();
            owned = awaitEndOf(first);
        }
        if (!lease.take(owned)) {
            throw taken("took it at the same moment");
        }
    }

    private Optional<Stored> awaitEndOf(Stored first) throws IOException, InterruptedException {
        long leaseMillis = first.envelope().leaseMillis();
        long leaseNanos = TimeUnit.MILLISECONDS.toNanos(leaseMillis);
        long firstSeen = clock.nanos();
        Optional<Stored> now = Optional.of(first);
        while (true) {
            if (now.isEmpty() || !now.get().envelope().held()) {
                return now;
            }
            if (!now.get().hasEtag(first.etag())) {
                throw taken("lives, and replaced it while this one waited");
            }
            long unchanged = Math.max(now.get().ageNanos(), clock.nanos() - firstSeen);
            if (unchanged >= leaseNanos) {
                LOG.atInfo()
                        .addKeyValue("job", job)
                        .log(
                                "job '{}' is taken from a run that did not renew its lease of {} ms on {}",
                                job,
                                leaseMillis,
                                object.name());
                return now;
            }
            clock.sleep(Math.min(POLL_NANOS, leaseNanos - unchanged));
            now = object.read();
        }
    }

    private CheckpointException taken(String why) {
        return new CheckpointException(
                "job '%s' is taken on %s: another run %s; wait until it has ended, or give this run another job name"
                        .formatted(job, object.name(), why),
                null);
    }
}
