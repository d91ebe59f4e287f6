package io.ingest4j.s3;

import io.ingest4j.api.ByteObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Finds out what there is to read in a bucket. */
final class Lookup {

    private final Requests requests;
    private final String bucket;
    private final ReadOptions options;

    Lookup(Requests requests, String bucket, ReadOptions options) {
        this.requests = requests;
        this.bucket = bucket;
        this.options = options;
    }

    ByteObject one(String key) throws IOException {
        AtomicReference<Pin> found = new AtomicReference<>();
        tries().run(
                        () -> "looking at " + Pin.nameOf(bucket, key) + requests.where(),
                        () -> found.set(Requests.certain(() -> head(key), pin -> false)));
        return Objects.requireNonNull(found.get()).toByteObject();
    }

    private Pin head(String key) {
        try {
            HeadObjectResponse head = requests.head(bucket, key);
            return new Pin(bucket, key, textOf(head.eTag()), versionId(head), head.contentLength());
        } catch (S3Exception e) {
            if (e.statusCode() == 404) {
                // The answer to HEAD has no body that tells a missing bucket from a missing object.
                requests.headBucket(bucket);
            }
            throw e;
        }
    }

    private String versionId(HeadObjectResponse head) {
        String id = options.pinVersionId() ? textOf(head.versionId()) : "";
        return id.equals("null") ? "" : id;
    }

    List<ByteObject> list(String prefix) throws IOException {
        List<S3Object> found = new ArrayList<>();
        Supplier<String> what = () -> "listing " + Pin.nameOf(bucket, prefix) + requests.where();
        Tries tries = tries();
        AtomicReference<@Nullable ListObjectsV2Response> page = new AtomicReference<>();
        String token = null;
        do {
            String from = token;
            tries.run(what, () -> page.set(requests.list(bucket, prefix, from)));
            tries.progress();
            ListObjectsV2Response answer = Objects.requireNonNull(page.get());
            found.addAll(answer.contents());
            token = next(answer, from, what);
        } while (token != null);
        return found.stream()
                .filter(object -> !(object.key().endsWith("/") && object.size() == 0))
                .sorted((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)))
                .map(
                        object ->
                                new Pin(
                                                bucket,
                                                object.key(),
                                                textOf(object.eTag()),
                                                "",
                                                object.size())
                                        .toByteObject())
                .toList();
    }

    private static @Nullable String next(
            ListObjectsV2Response answer, @Nullable String from, Supplier<String> what)
            throws IOException {
        if (!Boolean.TRUE.equals(answer.isTruncated())) {
            return null;
        }
        String next = answer.nextContinuationToken();
        if (next == null || next.equals(from)) {
            throw new IOException(
                    what.get()
                            + " failed: the server says that there is more, but not where to go on");
        }
        return next;
    }

    private Tries tries() {
        return new Tries(options.tries(), true, new Cancellation(), requests.outage());
    }

    private static byte[] utf8(S3Object object) {
        return object.key().getBytes(StandardCharsets.UTF_8);
    }

    private static String textOf(@Nullable String text) {
        return text == null ? "" : text;
    }
}
