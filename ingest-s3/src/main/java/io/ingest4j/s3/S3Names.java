package io.ingest4j.s3;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The names that buckets and objects may have, after "Bucket naming rules" and "Naming Amazon S3 objects"
 * in the S3 User Guide. What other servers, or AWS long ago, allow for buckets is allowed too.
 */
final class S3Names {

    private static final int MAX_KEY_BYTES = 1_024;
    private static final int SHOWN = 60;

    /** A tenant of Ceph comes before the name, with a colon. */
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9._:-]{1,255}");

    private static final Pattern ARN = Pattern.compile("arn:[!-~]+");

    private S3Names() {}

    static void requireBucket(String bucket) {
        Objects.requireNonNull(bucket, "bucket must not be null");
        requireNotEmpty("bucket", bucket);
        TryOptions.require(
                BUCKET.matcher(bucket).matches() || ARN.matcher(bucket).matches(),
                "bucket must be at most 255 letters, digits, dots, dashes and underscores (ASCII), or the ARN of"
                        + " an access point",
                shown(bucket));
    }

    static void requireKey(String key) {
        Objects.requireNonNull(key, "key must not be null");
        requireNotEmpty("key", key);
        requireLength("key", key);
    }

    /** Checks the begin of keys, or one that was made of it. */
    static void requireLength(String name, String key) {
        Objects.requireNonNull(key, name + " must not be null");
        TryOptions.require(
                StandardCharsets.UTF_8.newEncoder().canEncode(key),
                name + " must be Unicode without half a surrogate pair",
                shown(key.replaceAll("\\p{Cs}", "?")));
        int bytes = key.getBytes(StandardCharsets.UTF_8).length;
        TryOptions.require(
                bytes <= MAX_KEY_BYTES,
                name + " must have at most " + MAX_KEY_BYTES + " bytes in UTF-8",
                bytes + " in " + shown(key));
    }

    private static void requireNotEmpty(String name, String value) {
        TryOptions.require(!value.isEmpty(), name + " must not be empty", "\"\"");
    }

    private static String shown(String value) {
        int end =
                value.offsetByCodePoints(
                        0, Math.min(SHOWN, value.codePointCount(0, value.length())));
        return '"' + value.substring(0, end) + (end < value.length() ? "…" : "") + '"';
    }
}
