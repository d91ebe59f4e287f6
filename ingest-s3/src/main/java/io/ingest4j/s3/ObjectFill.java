package io.ingest4j.s3;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.s3.ObjectUpload.Found;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an object on their way into its parts. Used on the sink's thread, but for {@link
 * #cancel}.
 */
final class ObjectFill {

    private static final byte[] NOTHING = {};
    private static final int MOST_IN_STATE = 1 << 30;

    private final ObjectUpload object;
    private final PartPlan plan;
    private final Segments memory;
    private final PartUploads uploads;
    private @Nullable Part part;
    private int number = 1;
    private long length;

    /** The object, if a run before has finished it: then bytes are only counted. */
    private @Nullable Found made;

    private List<UploadedPart> partsOfMade = List.of();
    private boolean published;

    /** What a part could not be handed over for; without it the object must not be made. */
    private @Nullable IOException broken;

    /** Whether a snapshot tells of parts, so that a later run needs the multipart upload. */
    private boolean kept;

    ObjectFill(ObjectUpload object, PartPlan plan) {
        this.object = object;
        this.plan = plan;
        memory = new Segments(plan.budget());
        uploads = new PartUploads(object, memory, plan.partsInFlight());
    }

    String name() {
        return object.name();
    }

    String checksum() {
        return object.checksum().name();
    }

    /** What a part failed with for good; null if none did. */
    @Nullable IOException failure() {
        return broken == null ? uploads.failure() : broken;
    }

    Segments memory() {
        return memory;
    }

    void begin() throws IOException {
        object.identify(UUID.randomUUID().toString(), "");
        if (object.failsIfExists() && object.find().isPresent()) {
            throw object.existsError();
        }
        sweep();
    }

    void resume(UploadState state) throws IOException {
        kept = !state.parts().isEmpty();
        made = new UploadResume(object, state).finished().orElse(null);
        if (made == null) {
            uploads.resume(state.parts());
            number = state.parts().size() + 1;
            length = state.length() - state.tail().remaining();
            append(state.tail().duplicate());
        } else {
            partsOfMade = state.parts();
            length = state.length();
        }
        sweep();
    }

    private void sweep() throws IOException {
        Duration age = object.orphanAge();
        if (age != null) {
            Orphans.of(object).abort(age);
        }
    }

    /** Takes all of the bytes, and waits for memory where it must. */
    void append(ByteBuffer bytes) throws IOException {
        if (made != null) {
            length += bytes.remaining();
            return;
        }
        while (bytes.hasRemaining()) {
            int before = bytes.remaining();
            Part filled = filling();
            filled.fill(bytes, memory);
            length += before - bytes.remaining();
            if (filled.isFull()) {
                cut(filled);
            }
        }
    }

    private Part filling() throws IOException {
        if (part == null) {
            if (number > PartPlan.MAX_PARTS) {
                throw new IOException(
                        name()
                                + " must have at most "
                                + PartPlan.MAX_PARTS
                                + " parts, which were used up after "
                                + length
                                + " bytes, the last of "
                                + plan.size(PartPlan.MAX_PARTS)
                                + "; set larger partBytes, or the expectedLength");
            }
            part = new Part(number, plan.size(number));
        }
        return part;
    }

    private void cut(Part filled) throws IOException {
        boolean submitted = false;
        try {
            object.begin();
            part = null;
            number++;
            uploads.submit(filled);
            submitted = true;
        } catch (IOException e) {
            broken = e;
            throw e;
        } catch (RuntimeException | Error e) {
            broken = new IOException("part " + filled.number() + " of " + name() + " is lost", e);
            throw e;
        } finally {
            if (!submitted) {
                part = null;
                filled.release(memory);
            }
        }
    }

    /** Brings to the server what can be, and describes the rest. */
    UploadState keep(String contentType, String head) throws IOException {
        Part open = part;
        if (open != null && plan.allowsEarlyCut(number, open.length(), length)) {
            cut(open);
        }
        List<UploadedPart> parts = made == null ? uploads.await() : partsOfMade;
        if (made == null && plan.needsParts()) {
            object.begin(); // before the first part goes out, so that no part is of an unknown
            // upload
        }
        kept = !parts.isEmpty();
        return new UploadState(
                name(),
                contentType,
                head,
                object.token(),
                checksum(),
                object.uploadId(),
                made != null,
                length,
                parts,
                ByteBuffer.wrap(part == null ? NOTHING : part.bytes(MOST_IN_STATE)));
    }

    /** Makes the object, unless that is done. */
    void finish() throws IOException {
        if (published) {
            return;
        }
        if (broken != null) {
            throw new IOException(broken.getMessage(), broken);
        }
        if (made != null) {
            requireLength(made);
        } else if (number == 1) {
            if (!object.uploadId().isEmpty()) {
                object.abort(); // at first, as nobody would know of it once the object is there
                object.identify(object.token(), "");
            }
            object.put(part == null ? new Part(1, 0) : part);
        } else {
            if (part != null) {
                cut(part);
            }
            object.complete(uploads.await(), length);
        }
        published = true;
        release();
    }

    /** Gives up all memory: a report of a run that ended may still refer to its writer. */
    void release() {
        if (part != null) {
            part.release(memory);
            part = null;
        }
        memory.end();
    }

    private void requireLength(Found found) {
        if (found.length() != length) {
            throw new CheckpointException(
                    name()
                            + " was finished by an earlier run with "
                            + found.length()
                            + " bytes, and can't be made of "
                            + length
                            + "; delete the checkpoint, or start over, to upload everything anew",
                    null);
        }
    }

    /** Lets nothing wait any more, and ends the uploading threads. Called by any thread. */
    void cancel() {
        object.cancel();
        uploads.end();
    }

    /** Leaves nothing behind on the server but what a snapshot needs. */
    void abortUnlessKept() {
        boolean interrupted = Thread.interrupted(); // may be left of a pause that was ended
        if (!kept && !published && !object.uploadId().isEmpty()) {
            object.abort();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
