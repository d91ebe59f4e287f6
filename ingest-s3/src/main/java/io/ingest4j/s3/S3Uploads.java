package io.ingest4j.s3;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The multipart uploads under a prefix that were begun and neither completed nor aborted. They are
 * invisible and billed. Safe for use by several threads.
 *
 * <pre>{@code
 * int aborted = S3Uploads.under(S3Access.defaults(), "my-bucket", "raw/")
 *         .abortOlderThan(Duration.ofDays(2));
 * }</pre>
 *
 * <p>Needs the rights {@code s3:ListBucketMultipartUploads} and {@code s3:AbortMultipartUpload}.
 *
 * @since 0.1
 */
public final class S3Uploads {

    private final SharedClient client;
    private final String bucket;
    private final String prefix;

    private S3Uploads(SharedClient client, String bucket, String prefix) {
        S3Names.requireBucket(bucket);
        S3Names.requireLength("prefix", prefix);
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
    }

    /**
     * Names uploads. A client is made when they are aborted, and closed about a second later.
     *
     * @param access how to reach the server
     * @param bucket name of the bucket, or ARN of an access point
     * @param prefix begin of the keys; empty for the whole bucket
     * @return the uploads, which nothing has asked for yet
     * @throws IllegalArgumentException if bucket or prefix is no such name
     */
    public static S3Uploads under(S3Access access, String bucket, String prefix) {
        return new S3Uploads(SharedClient.of(access), bucket, prefix);
    }

    /**
     * Names uploads, for the caller's client.
     *
     * @param client used and never closed
     * @param bucket name of the bucket, or ARN of an access point
     * @param prefix begin of the keys; empty for the whole bucket
     * @return the uploads, which nothing has asked for yet
     * @throws IllegalArgumentException if bucket or prefix is no such name
     */
    public static S3Uploads under(S3Client client, String bucket, String prefix) {
        return new S3Uploads(SharedClient.of(client), bucket, prefix);
    }

    /**
     * Aborts now those that were begun at least so long ago, by the server's clock; also those that a
     * checkpoint needs, if they are so old.
     *
     * @param age zero for all; longer than a job may rest between two runs
     * @return how many were aborted
     * @throws IOException if that is not allowed, or failed; some may have been aborted
     * @throws IllegalArgumentException if {@code age} is negative
     * @throws io.ingest4j.api.IngestException if no region is set and the SDK finds none
     */
    public int abortOlderThan(Duration age) throws IOException {
        Objects.requireNonNull(age, "age must not be null");
        TryOptions.require(!age.isNegative(), "age must be >= 0", age);
        try (SharedClient.Lease lease = client.lease()) {
            Function<String, ObjectUpload> objects =
                    key ->
                            new ObjectUpload(
                                    new UploadRequests(lease, bucket, key, WriteOptions.DEFAULT),
                                    ObjectHeaders.NONE,
                                    WriteOptions.DEFAULT);
            return Orphans.under(objects.apply(prefix), objects).abort(age);
        }
    }

    /**
     * Counts the requests so far, each attempt when it is sent.
     *
     * @return how many by kind: {@code list_multipart_uploads} and {@code abort_multipart}
     */
    public Map<String, Long> requests() {
        return client.requests();
    }

    /**
     * Names the prefix.
     *
     * @return such as {@code uploads under s3://bucket/raw/}
     */
    @Override
    public String toString() {
        return "uploads under " + Pin.nameOf(bucket, prefix);
    }
}
