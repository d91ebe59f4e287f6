package io.ingest4j.s3;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListPartsRequest;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** The requests that write one object, each one attempt with a deadline for its answer. */
final class UploadRequests {

    private static final long COMPLETE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final SharedClient.Lease lease;
    private final S3Client client;
    private final RequestCounts counts;
    private final Outage outage;
    private final String bucket;
    private final String key;
    private final AwsRequestOverrideConfiguration brief;
    private final AwsRequestOverrideConfiguration upload;
    private final AwsRequestOverrideConfiguration completion;

    UploadRequests(SharedClient.Lease lease, String bucket, String key, WriteOptions options) {
        this.lease = lease;
        client = lease.client();
        counts = lease.counts();
        outage = lease.outage();
        this.bucket = bucket;
        this.key = key;
        long timeout = options.tries().timeoutNanos();
        brief = Requests.override(lease, timeout);
        upload = Requests.override(lease, options.uploadTimeoutNanos());
        completion = Requests.override(lease, completionNanos(options.tries()));
    }

    /** How long one attempt to make an object of its parts may take. */
    static long completionNanos(TryOptions tries) {
        return Math.max(tries.timeoutNanos(), COMPLETE_NANOS);
    }

    String name() {
        return Pin.nameOf(bucket, key);
    }

    String bucket() {
        return bucket;
    }

    String key() {
        return key;
    }

    String where() {
        return lease.where();
    }

    Outage outage() {
        return outage;
    }

    HeadObjectResponse head() {
        return Requests.head(
                client,
                counts,
                HeadObjectRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .overrideConfiguration(brief)
                        .build());
    }

    PutObjectResponse put(
            ObjectHeaders headers, String token, boolean isNew, RequestBody body, Digests digests) {
        return Requests.ask(
                counts,
                "put_object",
                headers.addTo(PutObjectRequest.builder(), token)
                        .bucket(bucket)
                        .key(key)
                        .ifNoneMatch(isNew ? "*" : null)
                        .contentMD5(digests.contentMd5())
                        .checksumCRC32C(digests.checksumCrc32c())
                        .overrideConfiguration(upload)
                        .build(),
                request -> client.putObject(request, body));
    }

    CreateMultipartUploadResponse create(ObjectHeaders headers, String token, boolean crc32c) {
        return Requests.ask(
                counts,
                "create_multipart",
                headers.addTo(CreateMultipartUploadRequest.builder(), token)
                        .bucket(bucket)
                        .key(key)
                        .checksumAlgorithm(crc32c ? ChecksumAlgorithm.CRC32_C : null)
                        .overrideConfiguration(brief)
                        .build(),
                client::createMultipartUpload);
    }

    UploadPartResponse part(String uploadId, int number, RequestBody body, Digests digests) {
        return Requests.ask(
                counts,
                "upload_part",
                UploadPartRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .uploadId(uploadId)
                        .partNumber(number)
                        .contentMD5(digests.contentMd5())
                        .checksumCRC32C(digests.checksumCrc32c())
                        .overrideConfiguration(upload)
                        .build(),
                request -> client.uploadPart(request, body));
    }

    CompleteMultipartUploadResponse complete(
            String uploadId, List<UploadedPart> parts, boolean isNew) {
        List<CompletedPart> named = parts.stream().map(UploadRequests::named).toList();
        return Requests.ask(
                counts,
                "complete_multipart",
                CompleteMultipartUploadRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .uploadId(uploadId)
                        .ifNoneMatch(isNew ? "*" : null)
                        .multipartUpload(upload -> upload.parts(named))
                        .overrideConfiguration(completion)
                        .build(),
                client::completeMultipartUpload);
    }

    private static CompletedPart named(UploadedPart part) {
        return CompletedPart.builder()
                .partNumber(part.number())
                .eTag(part.etag())
                .checksumCRC32C(part.crc32c().isEmpty() ? null : part.crc32c())
                .build();
    }

    void abort(String uploadId) {
        Requests.ask(
                counts,
                "abort_multipart",
                AbortMultipartUploadRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .uploadId(uploadId)
                        .overrideConfiguration(brief)
                        .build(),
                client::abortMultipartUpload);
    }

    ListPartsResponse listParts(String uploadId, @Nullable Integer after) {
        ListPartsResponse page =
                Requests.ask(
                        counts,
                        "list_parts",
                        ListPartsRequest.builder()
                                .bucket(bucket)
                                .key(key)
                                .uploadId(uploadId)
                                .partNumberMarker(after)
                                .overrideConfiguration(brief)
                                .build(),
                        client::listParts);
        Requests.requireBody(
                page.bucket(), page.uploadId(), page.isTruncated(), Requests.first(page.parts()));
        return page;
    }

    /** Lists uploads, also of keys that only begin like this one. */
    ListMultipartUploadsResponse listUploads(
            @Nullable String afterKey, @Nullable String afterUpload) {
        ListMultipartUploadsResponse page =
                Requests.ask(
                        counts,
                        "list_multipart_uploads",
                        ListMultipartUploadsRequest.builder()
                                .bucket(bucket)
                                .prefix(key)
                                .keyMarker(afterKey)
                                .uploadIdMarker(afterUpload)
                                .encodingType(EncodingType.URL)
                                .overrideConfiguration(brief)
                                .build(),
                        client::listMultipartUploads);
        Requests.requireBody(
                page.bucket(),
                page.maxUploads(),
                page.isTruncated(),
                Requests.first(page.uploads()));
        return page;
    }
}
