package io.ingest4j.s3;

import io.ingest4j.s3.ObjectUpload.Refused;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Has the server make an object of its parts. An attempt whose answer was lost may have done it, so
 * that the object is looked at before the next one, and after the last.
 */
final class Completion {

    private static final int LOOKS = 3;
    private static final Duration LOOKING = Duration.ofSeconds(30);

    private final ObjectUpload object;
    private final WriteOptions options;
    private final Cancellation cancellation;
    private final List<UploadedPart> parts;
    private final long length;
    private boolean uncertain;

    /** An answer after which a server may have ended the upload. */
    private @Nullable S3Exception conflict;

    Completion(
            ObjectUpload object,
            WriteOptions options,
            Cancellation cancellation,
            List<UploadedPart> parts,
            long length) {
        this.object = object;
        this.options = options;
        this.cancellation = cancellation;
        this.parts = parts;
        this.length = length;
    }

    /** Returns the ETag that the server told; empty if only the object tells that it was done. */
    Optional<String> complete() throws IOException {
        try {
            return object.run(patience(), "completing", cancellation, this::attempt);
        } catch (IOException e) {
            if (uncertain && isDoneAfterAll(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** One attempt may take minutes, and another must be possible after it. */
    private TryOptions patience() {
        TryOptions tries = options.tries();
        return tries.withGiveUpAfter(
                Duration.ofNanos(tries.giveUpAfterNanos())
                        .plusNanos(UploadRequests.completionNanos(tries)));
    }

    private boolean isDoneAfterAll(IOException failure) {
        TryOptions few = options.tries().withMaxAttempts(LOOKS).withGiveUpAfter(LOOKING);
        try {
            return object.run(few, "looking at", cancellation, () -> object.isDone(length));
        } catch (IOException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    private Optional<String> attempt() throws IOException {
        if (uncertain && object.isDone(length)) {
            return Optional.empty();
        }
        boolean maybeDone = uncertain;
        uncertain = true;
        try {
            CompleteMultipartUploadResponse answer =
                    object.requests().complete(object.uploadId(), parts, object.failsIfExists());
            String etag = ObjectUpload.required("ETag", answer.eTag());
            uncertain = false;
            object.requireSame(parts, answer.checksumCRC32C());
            return Optional.of(Pin.unquoted(etag));
        } catch (S3Exception e) {
            return judged(e, maybeDone);
        }
    }

    private Optional<String> judged(S3Exception e, boolean maybeDone) throws IOException {
        // The condition may fail after the answer began, and is then told inside a 200.
        boolean exists = e.statusCode() == 412 || Trouble.code(e).equals("PreconditionFailed");
        boolean gone = e.statusCode() == 404 && Trouble.code(e).equals("NoSuchUpload");
        if ((gone || exists) && object.isDone(length)) {
            return Optional.empty();
        }
        boolean refused = Trouble.patience(e) == Trouble.Patience.NONE;
        uncertain = !refused || (maybeDone && !exists);
        if (exists) {
            throw new Refused(object.existsError());
        }
        if (gone && conflict != null) {
            throw new Refused(
                    new IOException(
                            "completing "
                                    + object.name()
                                    + " failed: another writer of this key was faster, and the"
                                    + " server has ended the upload; start over to upload"
                                    + " everything anew",
                            conflict));
        }
        if (gone && maybeDone) {
            throw new IOException("it is not known yet whether it is done", e);
        }
        if (Trouble.code(e).equals("ConditionalRequestConflict")) {
            conflict = e;
        }
        throw e;
    }
}
