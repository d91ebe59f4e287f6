package io.ingest4j.s3;

import io.ingest4j.s3.UploadEvent.Kind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a listener of an object's upload, one event at a time, and survives it. */
final class UploadEvents {

    private static final Logger LOG = LoggerFactory.getLogger(UploadEvents.class);

    private final @Nullable UploadListener listener;
    private final String bucket;
    private final String key;

    UploadEvents(@Nullable UploadListener listener, String bucket, String key) {
        this.listener = listener;
        this.bucket = bucket;
        this.key = key;
    }

    /** Tells that something begins, and returns when. */
    long begin(Kind kind, String uploadId, int part, long bytes) {
        tell(kind, uploadId, part, bytes, Duration.ZERO);
        return System.nanoTime();
    }

    void end(Kind kind, String uploadId, int part, long bytes, long begun) {
        tell(kind, uploadId, part, bytes, Duration.ofNanos(System.nanoTime() - begun));
    }

    private synchronized void tell(
            Kind kind, String uploadId, int part, long bytes, Duration elapsed) {
        if (listener == null) {
            return;
        }
        try {
            listener.onUpload(new UploadEvent(kind, bucket, key, uploadId, part, bytes, elapsed));
        } catch (RuntimeException | Error e) {
            LOG.warn("The listener failed at {} of {}", kind, Pin.nameOf(bucket, key), e);
        }
    }
}
