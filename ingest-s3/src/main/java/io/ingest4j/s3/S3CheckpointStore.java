package io.ingest4j.s3;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.CheckpointStore;
import io.ingest4j.api.IngestException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Keeps checkpoints on S3, one object {@code <prefix><job>.checkpoint} for each job, so that a run can
 * be continued on another machine. Immutable; every setter returns a changed copy, and several threads
 * may use one store, each lease by the thread that acquired it.
 *
 * <pre>{@code
 * CheckpointStore store = S3CheckpointStore.in(S3Access.defaults(), "my-bucket", "ingest/state/");
 * }</pre>
 *
 * <p><b>One run at a time.</b> The object also says whose it is. Whoever writes it names the ETag that
 * it last saw ({@code If-Match}; {@code If-None-Match: *} for the first), so of two runs only one can
 * write, whatever their clocks say. A run that closes its lease gives the job back at once. One that
 * dies leaves it taken for {@link #leaseTime} (30 s): {@code acquire} looks at the object about once a
 * second; if it is replaced, the other run lives, and {@code acquire} fails; if it is not for as long,
 * it is taken over. The log says so, with the time that is left. What is measured are spans of this
 * machine's clock; the clock of the other run doesn't matter. An object that is older by the server's
 * dates is watched for less, but for half the lease time at least, as those may be of two clocks.
 *
 * <p>On Linux the object also tells the process that has the job, by a digest of the host name, the
 * boot and the process namespace, its id and its start. A run on the same machine, in the same
 * container or outside of any, that finds no such process any more takes the job at once. Virtual
 * machines made from one template, or cloned while they run, may be taken for the same machine unless
 * they have different host names: give them such, or job names of their own.
 *
 * <p>A run that can't reach the server for its lease time sends nothing until it can. One whose
 * checkpoints take longer to write than its lease time could never send anything: the third such writing in
 * a row ends it with {@link CheckpointException}, and what takes longer than a third of the lease time is
 * told to the log.
 *
 * <p><b>A run that was away</b> (a stopped container, a long pause of the JVM, a cut network) for
 * longer than its lease time goes on if nobody took the job meanwhile. If someone did, its next save or
 * renewal fails with {@link CheckpointException} and that run ends as failed. What it sent until
 * then is sent again by the other run, within the bound for records not in a checkpoint.
 *
 * <p><b>When something breaks.</b> After a broken connection, a time-out ({@link #timeout}), a 5xx
 * answer or a request to slow down, the object tells whether it was written; if not, it is written
 * again, with pauses that double from 100 ms to 10 s. No attempt begins after the 16th, or once 2
 * minutes have passed, or twice the {@code timeout} if that is longer, and for each 256 KiB of the
 * checkpoint a second more. After that the lease refuses everything. A job waits 5 minutes for one
 * save, and then fails, whatever is set here. The SDK's own retries are off for these requests, also in
 * the caller's client.
 *
 * <p><b>What it needs.</b> A server with strong consistency that heeds {@code If-Match} and {@code
 * If-None-Match} of PutObject: AWS has done so since November 2024; of others the first {@code acquire}
 * of a job finds out and refuses those that ignore them. The rights {@code s3:GetObject}, {@code
 * s3:PutObject} and {@code s3:ListBucket}; without the last, AWS answers 403 for an object that is
 * not there yet. In a bucket with versioning each save makes a version: let a lifecycle rule expire
 * those that are not current.
 *
 * <p><b>Large checkpoints</b>, of many objects or of a sink that gathers, are stored with gzip from 64
 * KiB on, and only read whole when a job is taken.
 *
 * <p>An object that is not a checkpoint, or not whole, or of another job, is refused by name and never
 * half read; delete it, or {@code clear} it where it is a lease with a spoilt checkpoint.
 *
 * <p><b>Who closes what.</b> From an {@link S3Access}, a client is made when a job is taken and closed
 * about a second after the last lease. A client given to the store is never closed by it.
 *
 * @since 0.1
 */
public final class S3CheckpointStore implements CheckpointStore {

    private static final Pattern JOB = Pattern.compile("[A-Za-z0-9._-]{1,100}");
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(2);
    private static final long LONGEST_LEASE_MILLIS = TimeUnit.DAYS.toMillis(10_000);
    private static final TryOptions OPTIONS =
            TryOptions.DEFAULT.withTimeout(Duration.ofSeconds(10));

    private final SharedClient client;
    private final String bucket;
    private final String prefix;
    private final long leaseMillis;
    private final TryOptions options;
    private final WaitingClock clock;

    private S3CheckpointStore(
            SharedClient client,
            String bucket,
            String prefix,
            long leaseMillis,
            TryOptions options,
            WaitingClock clock) {
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
        this.leaseMillis = leaseMillis;
        this.options = options;
        this.clock = clock;
    }

    /**
     * Keeps checkpoints in a bucket.
     *
     * @param access how to reach the server
     * @param bucket name of the bucket, or ARN of an access point
     * @param prefix begin of the keys, such as {@code state/}; may be empty
     * @return a store with a lease time of 30 s
     * @throws IllegalArgumentException if bucket or prefix is no such name
     */
    public static S3CheckpointStore in(S3Access access, String bucket, String prefix) {
        return of(SharedClient.of(Objects.requireNonNull(access, "access")), bucket, prefix);
    }

    /**
     * Keeps checkpoints in a bucket, with the caller's client.
     *
     * @param client used and never closed
     * @param bucket name of the bucket, or ARN of an access point
     * @param prefix begin of the keys, such as {@code state/}; may be empty
     * @return a store with a lease time of 30 s
     * @throws IllegalArgumentException if bucket or prefix is no such name
     */
    public static S3CheckpointStore in(S3Client client, String bucket, String prefix) {
        return of(SharedClient.of(Objects.requireNonNull(client, "client")), bucket, prefix);
    }

    private static S3CheckpointStore of(SharedClient client, String bucket, String prefix) {
        S3Names.requireBucket(bucket);
        S3Names.requireLength("prefix", prefix);
        return new S3CheckpointStore(
                client,
                bucket,
                prefix,
                TimeUnit.SECONDS.toMillis(30),
                OPTIONS,
                WaitingClock.system());
    }

    /**
     * Sets how long a run may be silent before another takes its job, and so how long a job stays
     * taken after a crash. 30 s by default. A run renews its lease after a third of it, but not while
     * its sink is opened, asked for its state or finished: a sink that takes longer for that, such as
     * one that uploads parts over a slow link, needs a longer lease. A lease lasts as long as the run
     * that has it said, whatever is set where another waits for it.
     *
     * @param leaseTime at least 1 s and longer than what the run's JVM may pause; parts of a
     *     millisecond don't count
     * @return a changed copy
     * @throws IllegalArgumentException if it is shorter than 1 s
     */
    public S3CheckpointStore leaseTime(Duration leaseTime) {
        Objects.requireNonNull(leaseTime, "leaseTime must not be null");
        if (leaseTime.compareTo(SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException(
                    "leaseTime must be >= " + SHORTEST_LEASE + ", was " + leaseTime);
        }
        long millis = Math.min(LONGEST_LEASE_MILLIS, TimeUnit.MILLISECONDS.convert(leaseTime));
        return new S3CheckpointStore(client, bucket, prefix, millis, options, clock);
    }

    /**
     * Returns the lease time: so long a job is waited for whose run seems to have died. Where that run
     * had a longer one, set it here, too.
     */
    @Override
    public Duration maxWait() {
        return Duration.ofMillis(leaseMillis);
    }

    /**
     * Sets how long one request may take, apart from the bytes of the checkpoint: for each 256 KiB of
     * them it may take a second more. 10 s by default. What takes longer than a third of the {@link
     * #leaseTime} to save needs a longer lease, too.
     *
     * @param timeout more than zero, at most 2 minutes: a job waits 5 minutes for one save
     * @return a changed copy
     * @throws IllegalArgumentException if it is out of range
     */
    public S3CheckpointStore timeout(Duration timeout) {
        TryOptions changed = options.withTimeout(timeout);
        TryOptions.require(
                timeout.compareTo(LONGEST_TIMEOUT) <= 0,
                "timeout must be <= " + LONGEST_TIMEOUT,
                timeout);
        long twice = 2 * changed.timeoutNanos();
        Duration giveUp = Duration.ofNanos(Math.max(OPTIONS.giveUpAfterNanos(), twice));
        return with(changed.withGiveUpAfter(giveUp), clock);
    }

    /** For tests, which wait for nothing. */
    S3CheckpointStore with(TryOptions options, WaitingClock clock) {
        return new S3CheckpointStore(client, bucket, prefix, leaseMillis, options, clock);
    }

    /**
     * Takes the job. Returns at once if nobody has it, or who has it is known to be dead; waits up to the
     * lease time to find out whether who has it is alive.
     *
     * @throws CheckpointException if another run has the job, the object is not a checkpoint, the
     *     server can't be reached or ignores conditions, or the thread is interrupted
     * @throws IngestException if no region is set and the SDK finds none
     */
    @Override
    public Lease acquire(String job) {
        if (!JOB.matcher(job).matches()) {
            throw new IllegalArgumentException(
                    "job must be 1 to 100 letters, digits, dots, dashes and underscores (ASCII), was '"
                            + job
                            + "'");
        }
        String key = prefix + job + ".checkpoint";
        S3Names.requireLength("prefix + job + \".checkpoint\"", key);
        SharedClient.Lease use = client.lease();
        try {
            CheckpointObject object =
                    new CheckpointObject(new Requests(use, options), bucket, key, options, clock);
            S3Lease lease = new S3Lease(job, object, leaseMillis, clock, use);
            new LeaseContest(job, object, lease, clock).win();
            return lease;
        } catch (IOException e) {
            use.close();
            throw new CheckpointException("job '" + job + "' can't be taken: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            use.close();
            Thread.currentThread().interrupt();
            throw new CheckpointException(
                    "job '" + job + "' is not taken: interrupted while waiting for its lease", e);
        } catch (RuntimeException | Error e) {
            use.close();
            throw e;
        }
    }

    /** {@inheritDoc} The kinds are {@code get_object} and {@code put_object}. */
    @Override
    public Map<String, Long> requests() {
        return client.requests();
    }

    /**
     * Names where the checkpoints are.
     *
     * @return such as {@code s3://bucket/prefix*.checkpoint}
     */
    @Override
    public String toString() {
        return Pin.nameOf(bucket, prefix) + "*.checkpoint";
    }
}
