package io.ingest4j.s3;

import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How a sink writes. */
record WriteOptions(
        PartPlan plan,
        TryOptions tries,
        long uploadTimeoutNanos,
        S3Sink.Checksum checksum,
        boolean failIfExists,
        @Nullable Duration orphanAge,
        @Nullable UploadListener listener)
        implements Serializable {

    static final WriteOptions DEFAULT =
            new WriteOptions(
                    PartPlan.DEFAULT,
                    TryOptions.DEFAULT.withGiveUpAfter(Duration.ofMinutes(5)),
                    TimeUnit.MINUTES.toNanos(2),
                    S3Sink.Checksum.CRC32C,
                    false,
                    null,
                    null);

    WriteOptions withPlan(PartPlan value) {
        return new WriteOptions(
                value, tries, uploadTimeoutNanos, checksum, failIfExists, orphanAge, listener);
    }

    WriteOptions withTries(TryOptions value) {
        return new WriteOptions(
                plan, value, uploadTimeoutNanos, checksum, failIfExists, orphanAge, listener);
    }

    WriteOptions withUploadTimeout(Duration value) {
        return new WriteOptions(
                plan,
                tries,
                TryOptions.positiveNanos("uploadTimeout", value),
                checksum,
                failIfExists,
                orphanAge,
                listener);
    }

    WriteOptions withChecksum(S3Sink.Checksum value) {
        return new WriteOptions(
                plan, tries, uploadTimeoutNanos, value, failIfExists, orphanAge, listener);
    }

    WriteOptions withFailIfExists() {
        return new WriteOptions(
                plan, tries, uploadTimeoutNanos, checksum, true, orphanAge, listener);
    }

    WriteOptions withOrphanAge(Duration value) {
        return new WriteOptions(
                plan, tries, uploadTimeoutNanos, checksum, failIfExists, value, listener);
    }

    WriteOptions withListener(UploadListener value) {
        return new WriteOptions(
                plan, tries, uploadTimeoutNanos, checksum, failIfExists, orphanAge, value);
    }
}
