package io.ingest4j.s3;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.s3.ObjectUpload.Found;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Finds out whether an upload can go on where a state says. */
final class UploadResume {

    private static final String REMEDY =
            "; delete the checkpoint, or start over, to upload everything anew";

    private final ObjectUpload object;
    private final UploadState state;

    UploadResume(ObjectUpload object, UploadState state) {
        this.object = object;
        this.state = state;
    }

    /**
     * Compares the state with what the server has.
     *
     * @return the object if it was finished already; empty if the upload can go on
     * @throws CheckpointException if it can't
     */
    Optional<Found> finished() throws IOException {
        object.identify(state.token(), state.uploadId());
        if (state.parts().isEmpty() && !state.finished()) {
            return withoutParts();
        }
        Optional<Map<Integer, Part>> listed =
                state.finished() || state.uploadId().isEmpty() ? Optional.empty() : listed();
        String missing = missing(listed);
        if (missing.isEmpty() && !object.failsIfExists()) {
            return Optional.empty();
        }
        Optional<Found> found = object.find();
        if (found.isPresent() && object.isOurs(found.get())) {
            return found;
        }
        if (!missing.isEmpty()) {
            throw error(missing + (found.isPresent() ? ", and the object is another's" : ""));
        }
        if (found.isPresent()) {
            throw object.existsError();
        }
        return Optional.empty();
    }

    /**
     * Gives up an upload of whose parts the state knows none: all bytes are sent again anyway, and a run
     * that has lost its lease may still abort that upload, but not a new one.
     */
    private Optional<Found> withoutParts() throws IOException {
        Optional<Found> found = object.find();
        boolean isOurs = found.isPresent() && object.isOurs(found.get());
        if (!state.uploadId().isEmpty()) {
            object.abort();
        }
        object.identify(state.token(), "");
        if (found.isPresent() && !isOurs && object.failsIfExists()) {
            throw object.existsError();
        }
        return isOurs ? found : Optional.empty();
    }

    /** Says what is not as the state says; empty if all is. */
    private String missing(Optional<Map<Integer, Part>> listed) {
        if (state.finished()) {
            return "the object that it had become is gone";
        }
        if (listed.isEmpty()) {
            return "there is no such upload any more";
        }
        return state.parts().stream()
                .map(part -> compare(part, listed.get().get(part.number())))
                .filter(difference -> !difference.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** Lists the parts by number; empty if there is no such upload. */
    private Optional<Map<Integer, Part>> listed() throws IOException {
        Map<Integer, Part> listed = new HashMap<>();
        @Nullable Integer after = null;
        do {
            Integer from = after;
            Optional<ListPartsResponse> page =
                    object.tried("listing the parts of", () -> page(from));
            if (page.isEmpty()) {
                return Optional.empty();
            }
            page.get().parts().forEach(part -> listed.put(part.partNumber(), part));
            after = next(page.get(), from);
        } while (after != null);
        return Optional.of(listed);
    }

    private Optional<ListPartsResponse> page(@Nullable Integer after) {
        try {
            return Optional.of(object.requests().listParts(state.uploadId(), after));
        } catch (S3Exception e) {
            if (e.statusCode() == 404 && Trouble.code(e).equals("NoSuchUpload")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private @Nullable Integer next(ListPartsResponse page, @Nullable Integer from)
            throws IOException {
        if (!Boolean.TRUE.equals(page.isTruncated())) {
            return null;
        }
        Integer next = page.nextPartNumberMarker();
        if (next == null || (from != null && next <= from)) {
            throw new IOException(
                    "listing the parts of "
                            + object.name()
                            + " failed: the server says that there are more, but not where to go on");
        }
        return next;
    }

    private static String compare(UploadedPart part, @Nullable Part found) {
        if (found == null) {
            return "part " + part.number() + " is missing";
        }
        String etag = found.eTag() == null ? "" : Pin.unquoted(found.eTag());
        if (!Pin.unquoted(part.etag()).equals(etag)) {
            return "part "
                    + part.number()
                    + " must have the ETag "
                    + part.etag()
                    + ", had "
                    + found.eTag();
        }
        if (found.size() == null || found.size() != part.size()) {
            return "part "
                    + part.number()
                    + " must have "
                    + part.size()
                    + " bytes, had "
                    + found.size();
        }
        return "";
    }

    private CheckpointException error(String found) {
        String upload =
                state.uploadId().isEmpty()
                        ? state.token()
                        : "upload " + state.uploadId() + " of " + object.name();
        return new CheckpointException(upload + " can't be continued: " + found + REMEDY, null);
    }
}
