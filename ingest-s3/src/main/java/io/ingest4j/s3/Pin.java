package io.ingest4j.s3;

import io.ingest4j.api.ByteObject;
import org.jspecify.annotations.Nullable;

/**
 * One version of one object. Its printable version is the ETag, followed by the version id if the
 * source insists on that too.
 */
record Pin(String bucket, String key, String etag, String versionId, long length) {

    private static final String VERSION_ID = " versionId=";

    static Pin of(String bucket, ByteObject object) {
        String start = nameOf(bucket, "");
        if (!object.name().startsWith(start)) {
            throw new IllegalArgumentException(
                    "object must be in s3://" + bucket + ", was " + object.name());
        }
        if (object.length() == ByteObject.UNKNOWN) {
            throw new IllegalArgumentException(
                    "object must have a length, was unknown for " + object.name());
        }
        String version = object.version();
        int at = version.lastIndexOf(VERSION_ID);
        return new Pin(
                bucket,
                object.name().substring(start.length()),
                at < 0 ? version : version.substring(0, at),
                at < 0 ? "" : version.substring(at + VERSION_ID.length()),
                object.length());
    }

    static String nameOf(String bucket, String key) {
        return "s3://" + bucket + '/' + key;
    }

    String name() {
        return nameOf(bucket, key);
    }

    String version() {
        return versionId.isEmpty() ? etag : etag + VERSION_ID + versionId;
    }

    ByteObject toByteObject() {
        return new ByteObject(name(), version(), length, true);
    }

    /** Compares ETags without the quotes, which some servers leave out in some answers. */
    boolean hasEtag(@Nullable String other) {
        return etag.isEmpty() || other == null || unquoted(etag).equals(unquoted(other));
    }

    static String unquoted(String etag) {
        boolean quoted = etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"");
        return quoted ? etag.substring(1, etag.length() - 1) : etag;
    }
}
