package io.ingest4j.s3;

import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore.Lease;
import io.ingest4j.spi.Ticker;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the object of one job as long as nobody else replaces it. The first failure ends it. */
final class S3Lease implements Lease {

    private static final Logger LOG = LoggerFactory.getLogger(S3Lease.class);

    private static final int MOST_SLOW_WRITINGS = 3;

    private final String job;
    private final CheckpointObject object;
    private final long leaseMillis;
    private final Ticker ticker;
    private final SharedClient.Lease client;
    private final String owner = UUID.randomUUID().toString();
    private final String process = OwnerProcess.current().map(OwnerProcess::toString).orElse("");

    private String etag = "";
    private Envelope present;
    private volatile long presentSince;
    private int slowWritings;
    private boolean isSlowTold;
    private @Nullable CheckpointException broken;
    private boolean closed;

    S3Lease(
            String job,
            CheckpointObject object,
            long leaseMillis,
            Ticker ticker,
            SharedClient.Lease client) {
        this.job = job;
        this.object = object;
        this.leaseMillis = leaseMillis;
        this.ticker = ticker;
        this.client = client;
        this.present = next(true, new byte[0]);
    }

    private Envelope next(boolean held, byte[] form) {
        return new Envelope(owner, Envelope.number(), held, leaseMillis, process, form);
    }

    /** Takes the object from who had it, with its checkpoint; false if someone else was faster. */
    boolean take(Optional<CheckpointObject.Stored> before) throws IOException {
        etag = before.map(CheckpointObject.Stored::etag).orElse("");
        byte[] form = before.map(stored -> stored.envelope().form()).orElse(new byte[0]);
        if (!replace(form)) {
            return false;
        }
        // What holds a checkpoint has been through this.
        if (form.length == 0 && !object.heedsConditions(present)) {
            throw new CheckpointException(
                    "the server of "
                            + object.name()
                            + " must heed If-Match and If-None-Match when an object is written, but ignores them;"
                            + " two runs of a job could not be kept apart there",
                    null);
        }
        return true;
    }

    private boolean replace(byte[] form) throws IOException {
        Envelope next = next(true, form);
        Optional<CheckpointObject.Written> written = object.replace(etag, next);
        if (written.isEmpty()) {
            return false;
        }
        etag = written.get().etag();
        present = next;
        presentSince = written.get().sinceNanos();
        return true;
    }

    @Override
    public Optional<Checkpoint> latest() {
        requireUsable();
        return present.checkpoint(job, object.name());
    }

    @Override
    public void save(Checkpoint checkpoint) {
        requireUsable();
        if (!checkpoint.job().equals(job)) {
            throw new IllegalArgumentException(
                    "checkpoint must be of job '" + job + "', was of '" + checkpoint.job() + "'");
        }
        write(Envelope.packed(checkpoint.encode()));
    }

    @Override
    public void renew() {
        requireUsable();
        if (ticker.nanos() - presentSince > TimeUnit.MILLISECONDS.toNanos(leaseMillis) / 3) {
            write(present.form());
        }
    }

    /** Counted from before the last writing, so it ends no later than a contender's count. */
    @Override
    public boolean isHeld() {
        return ticker.nanos() - presentSince < TimeUnit.MILLISECONDS.toNanos(leaseMillis);
    }

    @Override
    public void clear() {
        requireUsable();
        write(new byte[0]);
    }

    private void write(byte[] form) {
        boolean written;
        try {
            written = replace(form);
        } catch (IOException | RuntimeException e) {
            throw broken("the checkpoint of job '%s' may not be durable: ", e.getMessage(), e);
        }
        if (!written) {
            throw broken(
                    "the lease of job '%s' was lost: ",
                    "object "
                            + object.name()
                            + " was replaced or deleted by someone else, as another run does when this one has not"
                            + " saved or renewed for "
                            + leaseMillis
                            + " ms",
                    null);
        }
        judge(TimeUnit.NANOSECONDS.toMillis(ticker.nanos() - presentSince), form.length);
    }

    /** A lease that is over when its writing is done never lets the run send anything. */
    private void judge(long tookMillis, int bytes) {
        if (tookMillis <= leaseMillis / 3) {
            slowWritings = 0;
            return;
        }
        String rule =
                "leaseTime must be at least three times as long as a writing of the checkpoint takes, was "
                        + leaseMillis
                        + " ms, and writing "
                        + bytes
                        + " bytes to "
                        + object.name()
                        + " took "
                        + tookMillis
                        + " ms";
        slowWritings = tookMillis < leaseMillis ? 0 : slowWritings + 1;
        if (slowWritings == MOST_SLOW_WRITINGS) {
            throw broken("job '%s' could never send anything: ", rule, null);
        }
        if (!isSlowTold) {
            isSlowTold = true;
            LOG.atWarn().addKeyValue("job", job).log("job '{}': {}", job, rule);
        }
    }

    private CheckpointException broken(
            String what, @Nullable String detail, @Nullable Throwable cause) {
        broken = new CheckpointException(what.formatted(job) + detail, cause);
        return broken;
    }

    private void requireUsable() {
        if (closed) {
            throw new IllegalStateException("the lease of job '" + job + "' is closed");
        }
        if (broken != null) {
            throw new CheckpointException(
                    "the checkpoint of job '"
                            + job
                            + "' can't be used any more in this run, since an earlier call failed: "
                            + broken.getMessage(),
                    broken);
        }
    }

    /** Lets the next run take the job at once, if that can be had; after a failure it has to wait. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (client) {
            if (broken == null
                    && object.replaceBriefly(etag, next(false, present.form())).isEmpty()) {
                LOG.atWarn()
                        .addKeyValue("job", job)
                        .log("job '{}' was taken by another run from {}", job, object.name());
            }
        } catch (IOException | RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("job", job)
                    .log(
                            "job '{}' is not given back, the next run has to wait for {} ms: {}",
                            job,
                            leaseMillis,
                            e.getMessage());
        }
    }
}
