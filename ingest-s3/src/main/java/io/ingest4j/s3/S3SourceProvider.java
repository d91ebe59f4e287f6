package io.ingest4j.s3;

import io.ingest4j.api.ByteSource;
import io.ingest4j.spi.ByteSourceProvider;
import java.net.URI;
import java.util.Optional;

/**
 * Reads {@code s3://bucket/key} as one object and {@code s3://bucket/prefix/}, which ends in a slash,
 * as all objects under it, with {@link S3Access#defaults()}. Percent-escapes are decoded; a question
 * mark or number sign in a key must be escaped.
 *
 * @since 0.1
 */
public final class S3SourceProvider implements ByteSourceProvider {

    /** Made by {@link java.util.ServiceLoader}. */
    public S3SourceProvider() {}

    @Override
    public Optional<ByteSource> source(URI uri) {
        if (!"s3".equalsIgnoreCase(uri.getScheme())) {
            return Optional.empty();
        }
        String bucket = uri.getAuthority();
        String path = uri.getPath();
        if (bucket == null || path == null || bucket.contains("@") || bucket.contains(":")) {
            throw new IllegalArgumentException(
                    "an s3 URI must be s3://bucket/key or s3://bucket/prefix/,"
                            + " was one without bucket, or with user or port");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "an s3 URI must have no query and no fragment (escape ? as %3F and # as %23), was one in bucket "
                            + bucket
                            + " that has");
        }
        String key = path.startsWith("/") ? path.substring(1) : path;
        S3Access access = S3Access.defaults();
        return Optional.of(
                key.isEmpty() || key.endsWith("/")
                        ? S3Source.prefix(access, bucket, key)
                        : S3Source.of(access, bucket, key));
    }
}
