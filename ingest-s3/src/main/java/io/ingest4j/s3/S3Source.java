package io.ingest4j.s3;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.IngestException;
import io.ingest4j.api.SourceChangedException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Reads one object on S3, or all objects under a prefix. Immutable; every setter returns a changed
 * copy, and several threads may use one source.
 *
 * <pre>{@code
 * S3Source one = S3Source.of(S3Access.defaults(), "my-bucket", "customers.csv");
 * S3Source many = S3Source.prefix(access, "my-bucket", "2025/").prefetch(8);
 * }</pre>
 *
 * <p><b>How it reads.</b> By ranges of {@link #rangeBytes} (8 MiB), each fetched whole before it is
 * handed out, {@link #prefetch} (2) of them ahead of the reader. An open stream holds at most
 * {@code rangeBytes x (prefetch + 1)} bytes. One connection to AWS carries somewhat less than 100
 * MB/s, so where that is too slow, prefetch more.
 *
 * <p><b>What it insists on.</b> Every request names the ETag found by {@link #objects()}
 * ({@code If-Match}). An object that was replaced, shortened or deleted meanwhile makes reading fail
 * with {@link SourceChangedException}; a stream never holds bytes of two versions. Range, length and
 * ETag of each answer are compared with what was asked for, and the bytes are counted.
 *
 * <p><b>When something breaks.</b> After a broken connection, a time-out, a 5xx answer or a request
 * to slow down, reading goes on after the last byte that arrived, with pauses that double from 100
 * ms to 10 s ({@link #backoff}). It gives up with an {@link IOException} that tells the offset after
 * {@link #maxAttempts} (16) requests, or {@link #giveUpAfter} (2 minutes), without a byte. What takes
 * more than a moment is told to the log, once when it begins and once when it is over or given up. Each
 * request is signed anew, so credentials that are renewed meanwhile are used. The SDK's own retries
 * are off for these requests, also in the caller's client.
 *
 * <p><b>Compressed objects.</b> Their bytes are handed out as they are. Objects in gzip are inflated by {@link
 * io.ingest4j.core.file.Gzip#of Gzip.of}: {@code Gzip.of(many).as(Csv.withHeader())}.
 *
 * <p><b>Who closes what.</b> From an {@link S3Access}, a client is made when needed and closed about
 * a second after the last stream. A client given to the source is never closed by it, and makes the
 * source impossible to serialize.
 *
 * @since 0.1
 */
public final class S3Source implements ByteSource {

    private static final long serialVersionUID = 1;

    private final SharedClient client;
    private final String bucket;
    private final String key;
    private final boolean prefix;
    private final ReadOptions options;

    private S3Source(
            SharedClient client, String bucket, String key, boolean prefix, ReadOptions options) {
        this.client = client;
        this.bucket = bucket;
        this.key = key;
        this.prefix = prefix;
        this.options = options;
    }

    /**
     * Reads one object.
     *
     * @param access how to reach the server
     * @param bucket name of the bucket, or ARN of an access point
     * @param key key of the object, 1 to 1,024 bytes in UTF-8
     * @return a source with the default settings
     * @throws IllegalArgumentException if bucket or key is no such name
     */
    public static S3Source of(S3Access access, String bucket, String key) {
        return one(SharedClient.of(Objects.requireNonNull(access, "access")), bucket, key);
    }

    /**
     * Reads one object with the caller's client.
     *
     * @param client used and never closed
     * @param bucket name of the bucket, or ARN of an access point
     * @param key key of the object, 1 to 1,024 bytes in UTF-8
     * @return a source with the default settings, which can't be serialized
     * @throws IllegalArgumentException if bucket or key is no such name
     */
    public static S3Source of(S3Client client, String bucket, String key) {
        return one(SharedClient.of(Objects.requireNonNull(client, "client")), bucket, key);
    }

    /**
     * Reads all objects whose keys begin with a prefix, in the order of their keys (as UTF-8). Keys
     * that end in a slash and hold no bytes, which consoles make to show a folder, are left out.
     *
     * @param access how to reach the server
     * @param bucket name of the bucket, or ARN of an access point
     * @param prefix begin of the keys; empty for the whole bucket
     * @return a source with the default settings
     * @throws IllegalArgumentException if bucket or prefix is no such name
     */
    public static S3Source prefix(S3Access access, String bucket, String prefix) {
        return many(SharedClient.of(Objects.requireNonNull(access, "access")), bucket, prefix);
    }

    /**
     * Reads all objects whose keys begin with a prefix with the caller's client, as {@link
     * #prefix(S3Access, String, String)} does.
     *
     * @param client used and never closed
     * @param bucket name of the bucket, or ARN of an access point
     * @param prefix begin of the keys; empty for the whole bucket
     * @return a source with the default settings, which can't be serialized
     * @throws IllegalArgumentException if bucket or prefix is no such name
     */
    public static S3Source prefix(S3Client client, String bucket, String prefix) {
        return many(SharedClient.of(Objects.requireNonNull(client, "client")), bucket, prefix);
    }

    private static S3Source one(SharedClient client, String bucket, String key) {
        S3Names.requireKey(key);
        S3Names.requireBucket(bucket);
        return new S3Source(client, bucket, key, false, ReadOptions.DEFAULT);
    }

    private static S3Source many(SharedClient client, String bucket, String prefix) {
        S3Names.requireBucket(bucket);
        S3Names.requireLength("prefix", prefix);
        return new S3Source(client, bucket, prefix, true, ReadOptions.DEFAULT);
    }

    /**
     * Sets how many bytes one request asks for. 8 MiB by default.
     *
     * @param rangeBytes from 1 to 1 GiB
     * @return a changed copy
     * @throws IllegalArgumentException if it is out of range
     */
    public S3Source rangeBytes(int rangeBytes) {
        return with(options.withRangeBytes(rangeBytes));
    }

    /**
     * Sets how many ranges are fetched ahead of the reader, and by how many threads and connections.
     * 2 by default. With 0 one thread fetches each range when the one before has been read.
     *
     * @param prefetch from 0 to 256; not more than the client has connections
     * @return a changed copy
     * @throws IllegalArgumentException if it is out of range
     */
    public S3Source prefetch(int prefetch) {
        return with(options.withPrefetch(prefetch));
    }

    /**
     * Sets how many requests in a row may fail; one that brought bytes starts the count again. 16 by
     * default. What seldom passes is tried at most 3 times: expired credentials, and in {@link
     * #objects()} a server that can't be reached.
     *
     * @param maxAttempts at least 1, which means no retry
     * @return a changed copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public S3Source maxAttempts(int maxAttempts) {
        return with(options.withTries(options.tries().withMaxAttempts(maxAttempts)));
    }

    /**
     * Sets how long to go on trying without receiving a byte. 2 minutes by default.
     *
     * @param giveUpAfter more than zero
     * @return a changed copy
     * @throws IllegalArgumentException if it is not positive
     */
    public S3Source giveUpAfter(Duration giveUpAfter) {
        return with(options.withTries(options.tries().withGiveUpAfter(giveUpAfter)));
    }

    /**
     * Sets the pauses between attempts, which double from one to the other; the actual pause is
     * random, from half of that to all of it. 100 ms and 10 s by default.
     *
     * @param first at least zero
     * @param longest at least {@code first}
     * @return a changed copy
     * @throws IllegalArgumentException if one is too small
     */
    public S3Source backoff(Duration first, Duration longest) {
        return with(options.withTries(options.tries().withBackoff(first, longest)));
    }

    /**
     * Sets how long one request may take for its headers, and then for its body. A body that takes
     * longer is broken off, and reading goes on after its last byte with another request. 30 s by
     * default.
     *
     * @param timeout more than zero
     * @return a changed copy
     * @throws IllegalArgumentException if it is not positive
     */
    public S3Source timeout(Duration timeout) {
        return with(options.withTries(options.tries().withTimeout(timeout)));
    }

    /**
     * Sets whether reading insists on the version id, in a bucket with versioning. Then a run goes on
     * reading the version that it began with even when the object is replaced; this needs the right
     * {@code s3:GetObjectVersion}. Off by default: the ETag is insisted on, and a replaced object is
     * an error.
     *
     * @param pinVersionId true to insist on it
     * @return a changed copy
     * @throws IllegalArgumentException if it is true for a prefix, whose listing has no version ids
     */
    public S3Source pinVersionId(boolean pinVersionId) {
        if (pinVersionId && prefix) {
            throw new IllegalArgumentException("pinVersionId must be false for a prefix, was true");
        }
        return with(options.withPinVersionId(pinVersionId));
    }

    private S3Source with(ReadOptions changed) {
        return new S3Source(client, bucket, key, prefix, changed);
    }

    /**
     * Looks at the object, or lists those under the prefix. A single object is looked at twice, as the
     * answer to HEAD may be cut off without a sign of it.
     *
     * @return one object, or those under the prefix in the order of their keys
     * @throws IOException if there is no such object or bucket, access is denied, or the server can't
     *     be reached
     * @throws IngestException if no region is set and the SDK finds none
     */
    @Override
    public List<ByteObject> objects() throws IOException {
        try (SharedClient.Lease lease = client.lease()) {
            Lookup lookup = new Lookup(new Requests(lease, options.tries()), bucket, options);
            return prefix ? lookup.list(key) : List.of(lookup.one(key));
        }
    }

    /**
     * Opens an object and waits until its first range is there. Reading it needs no further request
     * while what was fetched lasts. A thread that is interrupted while it waits, here or in a read,
     * gets an {@link java.io.InterruptedIOException}.
     */
    @Override
    public InputStream open(ByteObject object, long offset) throws IOException {
        Pin pin = Pin.of(bucket, object);
        if (offset < 0 || offset > pin.length()) {
            throw new IllegalArgumentException(
                    "offset must be between 0 and "
                            + pin.length()
                            + ", was "
                            + offset
                            + " for "
                            + pin.name());
        }
        if (prefix ? !pin.key().startsWith(key) : !pin.key().equals(key)) {
            throw new IllegalArgumentException(
                    "object must belong to " + this + ", was " + object.name());
        }
        SharedClient.Lease lease = client.lease();
        RangeFetcher fetcher = new RangeFetcher(new Requests(lease, options.tries()), pin, options);
        if (offset < pin.length()) {
            return RangedStream.open(fetcher, lease, pin, offset, options);
        }
        try (lease) {
            fetcher.verify();
            return InputStream.nullInputStream();
        }
    }

    /** {@inheritDoc} The kinds are {@code head_object}, {@code head_bucket}, {@code list_objects} and
     * {@code get_object}. */
    @Override
    public Map<String, Long> requests() {
        return client.requests();
    }

    /**
     * {@inheritDoc} Made of bucket and key, and of the endpoint if it is set in the {@link S3Access} or
     * the client.
     */
    @Override
    public String identity() {
        return client.identityOf(bucket, key + (prefix ? "*" : ""));
    }

    /**
     * Names what is read.
     *
     * @return such as {@code s3://bucket/key}
     */
    @Override
    public String toString() {
        return Pin.nameOf(bucket, key) + (prefix ? "*" : "");
    }
}
