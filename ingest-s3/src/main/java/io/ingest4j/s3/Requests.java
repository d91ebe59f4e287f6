package io.ingest4j.s3;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** The requests of a source or store, each one attempt with a deadline for its answer. */
final class Requests {

    private final S3Client client;
    private final RequestCounts counts;
    private final AwsRequestOverrideConfiguration override;

    Requests(SharedClient.Lease lease, TryOptions options) {
        client = lease.client();
        counts = lease.counts();
        override = override(lease, options.timeoutNanos());
    }

    /** One attempt, which may take so long. */
    static AwsRequestOverrideConfiguration override(SharedClient.Lease lease, long timeoutNanos) {
        AwsRequestOverrideConfiguration.Builder builder =
                AwsRequestOverrideConfiguration.builder()
                        .apiCallAttemptTimeout(Duration.ofNanos(timeoutNanos));
        if (lease.mayRetry()) {
            builder.addPlugin(
                    plugged ->
                            plugged.overrideConfiguration(
                                    c -> c.retryStrategy(AwsRetryStrategy.doNotRetry())));
        }
        return builder.build();
    }

    HeadObjectResponse head(String bucket, String key) {
        counts.count("head_object");
        return client.headObject(
                HeadObjectRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .overrideConfiguration(override)
                        .build());
    }

    /** Looks at the pinned version, and fails with 412 if that is no longer the object's. */
    HeadObjectResponse head(Pin pin) {
        counts.count("head_object");
        return client.headObject(
                HeadObjectRequest.builder()
                        .bucket(pin.bucket())
                        .key(pin.key())
                        .ifMatch(emptyAsNull(pin.etag()))
                        .versionId(emptyAsNull(pin.versionId()))
                        .overrideConfiguration(override)
                        .build());
    }

    void headBucket(String bucket) {
        counts.count("head_bucket");
        client.headBucket(
                HeadBucketRequest.builder().bucket(bucket).overrideConfiguration(override).build());
    }

    /** Lists a page; keys come URL-encoded over the wire, since XML can't hold them all. */
    ListObjectsV2Response list(String bucket, String prefix, @Nullable String token) {
        counts.count("list_objects");
        return client.listObjectsV2(
                ListObjectsV2Request.builder()
                        .bucket(bucket)
                        .prefix(emptyAsNull(prefix))
                        .continuationToken(token)
                        .encodingType(EncodingType.URL)
                        .overrideConfiguration(override)
                        .build());
    }

    /** Begins to read the bytes {@code from} to {@code last} of the pinned version. */
    ResponseInputStream<GetObjectResponse> get(Pin pin, long from, long last) {
        counts.count("get_object");
        return client.getObject(
                GetObjectRequest.builder()
                        .bucket(pin.bucket())
                        .key(pin.key())
                        .range("bytes=" + from + '-' + last)
                        .ifMatch(emptyAsNull(pin.etag()))
                        .versionId(emptyAsNull(pin.versionId()))
                        .overrideConfiguration(override)
                        .build());
    }

    /** Reads a small object whole, whatever its version. */
    ResponseBytes<GetObjectResponse> read(String bucket, String key) {
        counts.count("get_object");
        return client.getObjectAsBytes(
                GetObjectRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .overrideConfiguration(override)
                        .build());
    }

    /**
     * Replaces an object of this ETag, or makes one that is missing if the ETag is empty; fails with
     * 412 (or 404) if that is not so.
     */
    PutObjectResponse replace(String bucket, String key, String etag, byte[] content) {
        counts.count("put_object");
        return client.putObject(
                PutObjectRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .ifMatch(emptyAsNull(etag))
                        .ifNoneMatch(etag.isEmpty() ? "*" : null)
                        .contentType("application/octet-stream")
                        .overrideConfiguration(override)
                        .build(),
                RequestBody.fromBytes(content));
    }

    /** Says which server is asked, for messages. */
    String where() {
        return where(client);
    }

    static String where(S3Client client) {
        return " (region "
                + client.serviceClientConfiguration().region()
                + ", endpoint "
                + client.serviceClientConfiguration()
                        .endpointOverride()
                        .map(Object::toString)
                        .orElse("of AWS")
                + ')';
    }

    private static @Nullable String emptyAsNull(String value) {
        return value.isEmpty() ? null : value;
    }
}
