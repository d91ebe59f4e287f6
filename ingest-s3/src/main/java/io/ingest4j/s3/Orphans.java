package io.ingest4j.s3;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/** Sweeps multipart uploads that nobody will complete, and that are billed until aborted. */
final class Orphans {

    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

    private final ObjectUpload listed;
    private final Function<String, Optional<ObjectUpload>> owners;

    private record Orphan(ObjectUpload object, String uploadId) {}

    /**
     * @param listed whose key all uploads that are looked at begin with
     * @param owners finds the object of a key, if its uploads are to be swept
     */
    private Orphans(ObjectUpload listed, Function<String, Optional<ObjectUpload>> owners) {
        this.listed = listed;
        this.owners = owners;
    }

    /** Those of one object, but for the upload that it is going on with. */
    static Orphans of(ObjectUpload object) {
        String name = object.requests().key();
        return new Orphans(
                object, key -> key.equals(name) ? Optional.of(object) : Optional.empty());
    }

    /** Those of all objects whose keys begin so. */
    static Orphans under(ObjectUpload prefix, Function<String, ObjectUpload> objects) {
        return new Orphans(prefix, key -> Optional.of(objects.apply(key)));
    }

    /** Aborts what was begun at least so long ago. */
    int abort(Duration olderThan) throws IOException {
        int aborted = 0;
        for (Orphan orphan : find(olderThan)) {
            if (orphan.object.abort(orphan.uploadId)) {
                aborted++;
                LOG.info(
                        "Aborted the abandoned upload {} of {}",
                        orphan.uploadId,
                        orphan.object.name());
            }
        }
        return aborted;
    }

    private List<Orphan> find(Duration olderThan) throws IOException {
        List<Orphan> found = new ArrayList<>();
        @Nullable String key = null;
        @Nullable String upload = null;
        boolean more = true;
        while (more) {
            String fromKey = key;
            String fromUpload = upload;
            ListMultipartUploadsResponse page =
                    listed.tried(
                            "listing the uploads of",
                            () -> listed.requests().listUploads(fromKey, fromUpload));
            Instant now = now(page);
            page.uploads().stream()
                    .filter(one -> one.key() != null && one.uploadId() != null)
                    .filter(one -> isOld(one, now, olderThan))
                    .forEach(one -> orphan(one).ifPresent(found::add));
            key = page.nextKeyMarker();
            upload = page.nextUploadIdMarker();
            more = Boolean.TRUE.equals(page.isTruncated());
            if (more && (key == null || (key.equals(fromKey) && sameText(upload, fromUpload)))) {
                throw new IOException(
                        "listing the uploads of "
                                + listed.name()
                                + " failed: the server says that there are more, but not where to go on");
            }
        }
        return found;
    }

    private Optional<Orphan> orphan(MultipartUpload one) {
        return owners.apply(one.key())
                .filter(object -> !object.uploadId().equals(one.uploadId()))
                .map(object -> new Orphan(object, one.uploadId()));
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
