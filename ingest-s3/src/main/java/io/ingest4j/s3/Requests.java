package io.ingest4j.s3;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.exception.RetryableException;
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
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Request;

/** The requests of a source or store, each one attempt with a deadline for its answer. */
final class Requests {

    private static final Predicate<String> HALF_QUOTED =
            Pattern.compile("(W/)?\"[^\"]*").asMatchPredicate();

    /** What is asked about an object. */
    @FunctionalInterface
    interface Look<V> {
        V find() throws IOException;
    }

    private final SharedClient.Lease lease;
    private final S3Client client;
    private final RequestCounts counts;
    private final Outage outage;
    private final AwsRequestOverrideConfiguration override;

    Requests(SharedClient.Lease lease, TryOptions options) {
        this.lease = lease;
        client = lease.client();
        counts = lease.counts();
        outage = lease.outage();
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

    /** Counts a request and sends it. An answer that refuses it then tells what was asked. */
    static <R extends S3Request, A> A ask(
            RequestCounts counts, String kind, R request, Function<R, A> send) {
        counts.count(kind);
        try {
            A answer = send.apply(request);
            if (answer instanceof ResponseInputStream<?> body) {
                requireWhole((SdkResponse) body.response(), body::abort);
            } else if (answer instanceof SdkResponse response) {
                requireWhole(response, () -> {});
            }
            return answer;
        } catch (AwsServiceException e) {
            e.addSuppressed(new Asked(request));
            throw e;
        }
    }

    /**
     * Fails if the answer is cut off in its ETag. The SDK's HTTP client takes an answer whose
     * connection ends within the head for a whole one, with half a header as its last.
     *
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3">RFC 9110, 8.8.3</a>
     */
    private static void requireWhole(SdkResponse answer, Runnable abort) {
        Optional<String> etag =
                Optional.ofNullable(answer.sdkHttpResponse())
                        .flatMap(head -> head.firstMatchingHeader("ETag"));
        if (etag.filter(HALF_QUOTED).isPresent()) {
            abort.run();
            throw RetryableException.create("the answer is cut off within ETag: " + etag.get());
        }
    }

    /**
     * Fails if an answer says nothing of what each list says, not even what was asked for: with a cut-off
     * head it would be taken for an empty list.
     */
    static void requireBody(@Nullable Object... said) {
        if (Arrays.stream(said).allMatch(Objects::isNull)) {
            throw RetryableException.create("the answer is cut off before its body");
        }
    }

    static @Nullable Object first(List<?> list) {
        return list.isEmpty() ? null : list.get(0);
    }

    /**
     * Looks until it is sure what it saw, or saw it twice. The answer to HEAD has no body that would tell
     * a whole head from one that is cut off, so that any header may be missing, and the last be a half.
     *
     * @param isSure tells a finding that no cut-off head could give
     */
    static <V> V certain(Look<V> look, Predicate<V> isSure) throws IOException {
        V found = look.find();
        if (isSure.test(found) || found.equals(look.find())) {
            return found;
        }
        throw new IOException("two answers about the same object differ");
    }

    /**
     * Looks at an object. Where that is refused, the exception tells why, if the server does. What the
     * answer says may be cut off, see {@link #certain}; but it has a length.
     */
    static HeadObjectResponse head(
            S3Client client, RequestCounts counts, HeadObjectRequest request) {
        try {
            HeadObjectResponse answer = ask(counts, "head_object", request, client::headObject);
            if (answer.contentLength() == null) {
                throw RetryableException.create("the server does not tell the length");
            }
            return answer;
        } catch (S3Exception e) {
            throw e.statusCode() == 403 || e.statusCode() == 400
                    ? reasoned(client, counts, request, e)
                    : e;
        }
    }

    /** The answer to HEAD has no body that tells a reason; that to GET, which needs the same right, has. */
    private static S3Exception reasoned(
            S3Client client, RequestCounts counts, HeadObjectRequest head, S3Exception refused) {
        GetObjectRequest firstByte =
                GetObjectRequest.builder()
                        .bucket(head.bucket())
                        .key(head.key())
                        .versionId(head.versionId())
                        .range("bytes=0-0")
                        .overrideConfiguration(head.overrideConfiguration().orElse(null))
                        .build();
        try {
            ask(counts, "get_object", firstByte, asked -> client.getObject(asked)).abort();
        } catch (S3Exception e) {
            if (e.statusCode() == refused.statusCode()) {
                return e;
            }
        } catch (RuntimeException e) {
            refused.addSuppressed(e);
        }
        return refused;
    }

    Outage outage() {
        return outage;
    }

    HeadObjectResponse head(String bucket, String key) {
        return head(
                client,
                counts,
                HeadObjectRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .overrideConfiguration(override)
                        .build());
    }

    /** Looks at the pinned version, and fails with 412 if that is no longer the object's. */
    HeadObjectResponse head(Pin pin) {
        return head(
                client,
                counts,
                HeadObjectRequest.builder()
                        .bucket(pin.bucket())
                        .key(pin.key())
                        .ifMatch(emptyAsNull(pin.etag()))
                        .versionId(emptyAsNull(pin.versionId()))
                        .overrideConfiguration(override)
                        .build());
    }

    void headBucket(String bucket) {
        ask(
                counts,
                "head_bucket",
                HeadBucketRequest.builder().bucket(bucket).overrideConfiguration(override).build(),
                client::headBucket);
    }

    /** Lists a page; keys come URL-encoded over the wire, since XML can't hold them all. */
    ListObjectsV2Response list(String bucket, String prefix, @Nullable String token) {
        ListObjectsV2Response page =
                ask(
                        counts,
                        "list_objects",
                        ListObjectsV2Request.builder()
                                .bucket(bucket)
                                .prefix(emptyAsNull(prefix))
                                .continuationToken(token)
                                .encodingType(EncodingType.URL)
                                .overrideConfiguration(override)
                                .build(),
                        client::listObjectsV2);
        requireBody(
                page.name(),
                page.keyCount(),
                page.maxKeys(),
                page.isTruncated(),
                first(page.contents()));
        return page;
    }

    /** Begins to read the bytes {@code from} to {@code last} of the pinned version. */
    ResponseInputStream<GetObjectResponse> get(Pin pin, long from, long last) {
        return ask(
                counts,
                "get_object",
                GetObjectRequest.builder()
                        .bucket(pin.bucket())
                        .key(pin.key())
                        .range("bytes=" + from + '-' + last)
                        .ifMatch(emptyAsNull(pin.etag()))
                        .versionId(emptyAsNull(pin.versionId()))
                        .overrideConfiguration(override)
                        .build(),
                request -> client.getObject(request));
    }

    /** Begins to read an object, whatever its version, or only its first bytes. */
    ResponseInputStream<GetObjectResponse> read(String bucket, String key, int first) {
        return ask(
                counts,
                "get_object",
                GetObjectRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .range(first == Integer.MAX_VALUE ? null : "bytes=0-" + (first - 1))
                        .overrideConfiguration(override)
                        .build(),
                request -> client.getObject(request));
    }

    /**
     * Replaces an object of this ETag, or makes one that is missing if the ETag is empty; fails with
     * 412 (or 404) if that is not so.
     */
    PutObjectResponse replace(
            String bucket, String key, String etag, byte[] content, long timeoutNanos) {
        return ask(
                counts,
                "put_object",
                PutObjectRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .ifMatch(emptyAsNull(etag))
                        .ifNoneMatch(etag.isEmpty() ? "*" : null)
                        .contentType("application/octet-stream")
                        .overrideConfiguration(override(lease, timeoutNanos))
                        .build(),
                request -> client.putObject(request, RequestBody.fromBytes(content)));
    }

    /** Says which server is asked, for messages. */
    String where() {
        return lease.where();
    }

    private static @Nullable String emptyAsNull(String value) {
        return value.isEmpty() ? null : value;
    }
}
