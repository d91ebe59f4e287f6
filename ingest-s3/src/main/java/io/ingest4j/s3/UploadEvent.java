package io.ingest4j.s3;

import java.time.Duration;
import java.util.Objects;

/**
 * A step of an upload. What begins is followed by its end, unless it fails; attempts that are made
 * again in between are not told apart.
 *
 * @param kind what began or ended
 * @param bucket name of the bucket
 * @param key key of the object
 * @param uploadId the multipart upload; empty for {@code PUT_*} and {@code CREATE_START}
 * @param part number of the part, from 1; 0 but for {@code PART_*}
 * @param bytes size of the part for {@code PART_*}, of the object for {@code PUT_*} and {@code
 *     COMPLETE_*}; 0 for others
 * @param elapsed time since the beginning, pauses and attempts in vain included; zero for what
 *     begins
 * @since 0.1
 */
public record UploadEvent(
        Kind kind,
        String bucket,
        String key,
        String uploadId,
        int part,
        long bytes,
        Duration elapsed) {

    /** What began or ended. */
    public enum Kind {
        /** A multipart upload is asked for. */
        CREATE_START,
        /** A multipart upload is there. */
        CREATE_COMPLETE,
        /** A part is sent. */
        PART_START,
        /** The server has a part. */
        PART_COMPLETE,
        /** An object that needs no parts is sent. */
        PUT_START,
        /** The server has an object that needed no parts; it is not verified yet. */
        PUT_COMPLETE,
        /** The server is asked to make the object of its parts. */
        COMPLETE_START,
        /** The object has been made of its parts; it is not verified yet. */
        COMPLETE_DONE,
        /** The server is asked to forget a multipart upload. */
        ABORT_START,
        /** The server has forgotten a multipart upload. */
        ABORT_DONE
    }

    /** Checks that nothing is missing. */
    public UploadEvent {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(bucket, "bucket");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(uploadId, "uploadId");
        Objects.requireNonNull(elapsed, "elapsed");
    }
}
