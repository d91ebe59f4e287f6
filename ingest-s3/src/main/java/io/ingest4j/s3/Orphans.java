package io.ingest4j.s3;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/** Sweeps multipart uploads of a key that nobody will complete, and that are billed until aborted. */
final class Orphans {

    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

    private final ObjectUpload object;

    Orphans(ObjectUpload object) {
        this.object = object;
    }

    /** Aborts what was begun at least so long ago, but for the object's own upload. */
    int abort(Duration olderThan) throws IOException {
        int aborted = 0;
        for (String uploadId : find(olderThan)) {
            if (object.abort(uploadId)) {
                aborted++;
                LOG.info("Aborted the abandoned upload {} of {}", uploadId, object.name());
            }
        }
        return aborted;
    }

    private List<String> find(Duration olderThan) throws IOException {
        List<String> found = new ArrayList<>();
        @Nullable String key = null;
        @Nullable String upload = null;
        boolean more = true;
        while (more) {
            String fromKey = key;
            String fromUpload = upload;
            ListMultipartUploadsResponse page =
                    object.tried(
                            "listing the uploads of",
                            () -> object.requests().listUploads(fromKey, fromUpload));
            Instant now = now(page);
            page.uploads().stream()
                    .filter(one -> object.requests().key().equals(one.key()))
                    .filter(one -> isOld(one, now, olderThan))
                    .map(MultipartUpload::uploadId)
                    .filter(id -> id != null && !id.equals(object.uploadId()))
                    .forEach(found::add);
            key = page.nextKeyMarker();
            upload = page.nextUploadIdMarker();
            more = Boolean.TRUE.equals(page.isTruncated());
            if (more && (key == null || (key.equals(fromKey) && sameText(upload, fromUpload)))) {
                throw new IOException(
                        "listing the uploads of "
                                + object.name()
                                + " failed: the server says that there are more, but not where to go on");
            }
        }
        return found;
    }

    private static boolean sameText(@Nullable String a, @Nullable String b) {
        return a == null ? b == null : a.equals(b);
    }

    /** The server's clock counts, as it said when each upload began. */
    private static Instant now(ListMultipartUploadsResponse page) {
        String date = page.sdkHttpResponse().firstMatchingHeader("Date").orElse("");
        try {
            return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        } catch (DateTimeException e) {
            return Instant.now();
        }
    }

    private static boolean isOld(MultipartUpload one, Instant now, Duration olderThan) {
        if (olderThan.isZero()) {
            return true;
        }
        Instant begun = one.initiated();
        return begun != null && Duration.between(begun, now).compareTo(olderThan) >= 0;
    }
}
