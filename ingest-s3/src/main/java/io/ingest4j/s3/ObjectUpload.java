package io.ingest4j.s3;

import dev.failsafe.function.CheckedSupplier;
import io.ingest4j.api.IngestException;
import io.ingest4j.s3.UploadEvent.Kind;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Makes one object on the server, step by step, each tried again as the options say. All but {@link
 * #upload} belongs to one thread.
 */
final class ObjectUpload {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectUpload.class);
    private static final Pattern COMPOSITE = Pattern.compile("[0-9a-fA-F]{32}-(\\d+)");
    private static final int FEW_ATTEMPTS = 3;

    private final UploadRequests requests;
    private final ObjectHeaders headers;
    private final WriteOptions options;
    private final UploadEvents events;
    private final Cancellation cancellation = new Cancellation();
    private String token = "";
    private volatile String uploadId = "";

    /** What the completed object was found out to be; asking again must not hide it. */
    private @Nullable IOException damaged;

    ObjectUpload(UploadRequests requests, ObjectHeaders headers, WriteOptions options) {
        this.requests = requests;
        this.headers = headers;
        this.options = options;
        events = new UploadEvents(options.listener(), requests.bucket(), requests.key());
    }

    /** Ends the tries, as no other will do better. */
    static final class Refused extends IngestException {
        private static final long serialVersionUID = 1;
        private final IOException reason;

        Refused(IOException reason) {
            super(String.valueOf(reason.getMessage()), reason);
            this.reason = reason;
        }
    }

    /** What the object is now. */
    record Found(long length, String etag, String token) {}

    String name() {
        return requests.name();
    }

    String token() {
        return token;
    }

    /** The multipart upload; empty if there is none. */
    String uploadId() {
        return uploadId;
    }

    /** Says which upload this is, before anything else. */
    void identify(String token, String uploadId) {
        this.token = token;
        this.uploadId = uploadId;
    }

    /** Ends pauses and attempts of this thread's steps. */
    void cancel() {
        cancellation.cancel();
    }

    /** Looks at the object. */
    Optional<Found> find() throws IOException {
        return find(found -> false);
    }

    private Optional<Found> find(Predicate<Found> isExpected) throws IOException {
        return tried("looking at", () -> look(isExpected));
    }

    /** Looks once if what is there is expected, or nothing is there, and else again to be sure. */
    private Optional<Found> look(Predicate<Found> isExpected) throws IOException {
        return Requests.certain(
                this::lookOnce, found -> found.isEmpty() || isExpected.test(found.get()));
    }

    private Optional<Found> lookOnce() {
        HeadObjectResponse head;
        try {
            head = requests.head();
        } catch (S3Exception e) {
            if (e.statusCode() == 404) {
                return Optional.empty();
            }
            throw e;
        }
        String etag = Pin.unquoted(textOf(head.eTag()));
        return Optional.of(new Found(head.contentLength(), etag, token(head.metadata())));
    }

    /** Names of headers have no case, but the SDK keeps the server's. */
    private static String token(Map<String, String> metadata) {
        return metadata.entrySet().stream()
                .filter(entry -> entry.getKey().equalsIgnoreCase(ObjectHeaders.TOKEN))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("");
    }

    boolean isOurs(Found found) {
        return found.token().equals(token);
    }

    /** Tells whether the object is there, ours and whole. */
    boolean isDone(long length) throws IOException {
        Predicate<Found> isDone = found -> isOurs(found) && found.length() == length;
        return look(isDone).filter(isDone).isPresent();
    }

    FileAlreadyExistsException existsError() {
        return new FileAlreadyExistsException(
                name(), null, "must not exist as failIfExists() is set, but does");
    }

    /** Begins a multipart upload, if that was not done yet. */
    void begin() throws IOException {
        if (!uploadId.isEmpty()) {
            return;
        }
        long begun = events.begin(Kind.CREATE_START, "", 0, 0);
        boolean crc32c = options.checksum() == S3Sink.Checksum.CRC32C;
        String made =
                tried(
                        "beginning to upload",
                        () ->
                                required(
                                        "upload id",
                                        requests.create(headers, token, crc32c).uploadId()));
        uploadId = made;
        events.end(Kind.CREATE_COMPLETE, made, 0, 0, begun);
    }

    /** Uploads a part. Called by several threads. */
    UploadedPart upload(Part part, Cancellation cancelled) throws IOException {
        String id = uploadId;
        int number = part.number();
        long begun = events.begin(Kind.PART_START, id, number, part.length());
        Digests digests = Digests.of(part, options.checksum());
        UploadedPart done =
                tried(
                        "uploading part " + number + " of",
                        cancelled,
                        () -> {
                            UploadPartResponse answer =
                                    requests.part(id, number, body(part, cancelled), digests);
                            String etag = required("ETag", answer.eTag());
                            digests.compare(
                                    etag,
                                    answer.serverSideEncryptionAsString(),
                                    answer.checksumCRC32C());
                            return new UploadedPart(number, etag, part.length(), digests.crc32c());
                        });
        events.end(Kind.PART_COMPLETE, id, number, part.length(), begun);
        return done;
    }

    private RequestBody body(Part part, Cancellation cancelled) {
        return RequestBody.fromContentProvider(
                () -> part.open(cancelled), part.length(), "application/octet-stream");
    }

    /** Writes an object that needs no parts, and verifies it. */
    void put(Part whole) throws IOException {
        long length = whole.length();
        long begun = events.begin(Kind.PUT_START, "", 0, length);
        Digests digests = Digests.of(whole, options.checksum());
        AtomicReference<@Nullable IOException> damaged = new AtomicReference<>();
        Optional<String> etag =
                tried("writing", () -> putOnce(whole, digests, damaged).map(Pin::unquoted));
        events.end(Kind.PUT_COMPLETE, "", 0, length, begun);
        verify(length, etag, 0);
    }

    /**
     * Writes it once.
     *
     * @param damaged what an attempt before has found out about the object that it made
     */
    private Optional<String> putOnce(
            Part whole, Digests digests, AtomicReference<@Nullable IOException> damaged)
            throws IOException {
        try {
            PutObjectResponse answer =
                    requests.put(
                            headers,
                            token,
                            options.failIfExists(),
                            body(whole, cancellation),
                            digests);
            String etag = required("ETag", answer.eTag());
            try {
                digests.compare(
                        etag, answer.serverSideEncryptionAsString(), answer.checksumCRC32C());
            } catch (IOException e) {
                damaged.set(e);
                throw e;
            }
            return Optional.of(etag);
        } catch (S3Exception e) {
            if (e.statusCode() != 412) {
                throw e;
            }
            IOException damage = damaged.get();
            if (damage != null) {
                throw new Refused(new IOException(name() + " was stored, but damaged", damage));
            }
            if (isDone(whole.length())) {
                return Optional.empty(); // by an attempt before, whose answer was lost
            }
            throw new Refused(existsError());
        }
    }

    /** Makes the object of its parts, and verifies it. */
    void complete(List<UploadedPart> parts, long length) throws IOException {
        requireAll(parts, length);
        if (damaged != null) {
            throw damaged;
        }
        long begun = events.begin(Kind.COMPLETE_START, uploadId, 0, length);
        Optional<String> etag =
                new Completion(this, options, cancellation, parts, length).complete();
        events.end(Kind.COMPLETE_DONE, uploadId, 0, length, begun);
        verify(length, etag, parts.size());
    }

    /** Compares a checksum that the server may tell of the whole, which may be of another kind. */
    void requireSame(List<UploadedPart> parts, @Nullable String checksum) {
        String sent = Digests.composite(parts);
        if (sent.isEmpty()
                || checksum == null
                || !checksum.contains("-")
                || checksum.equals(sent)) {
            return;
        }
        damaged =
                new IOException(
                        name()
                                + " must have the checksum of its parts, "
                                + sent
                                + ", had "
                                + checksum
                                + "; it is there, but something else");
        throw new Refused(damaged);
    }

    /** The server would make an object of any parts that it is told of. */
    private void requireAll(List<UploadedPart> parts, long length) throws IOException {
        long sum = 0;
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).number() != i + 1) {
                throw new IOException(
                        name()
                                + " must have a part "
                                + (i + 1)
                                + ", had part "
                                + parts.get(i).number()
                                + " in its place");
            }
            sum += parts.get(i).size();
        }
        if (sum != length) {
            throw new IOException(
                    name() + " must be made of " + length + " bytes, its parts had " + sum);
        }
    }

    /** What the server says is there must be what was sent. */
    private void verify(long length, Optional<String> etag, int parts) throws IOException {
        Found found =
                find(one -> !one.etag().isEmpty() && difference(one, length, etag, parts).isEmpty())
                        .orElseThrow(() -> new IOException(name() + " must be there now, was not"));
        String difference = difference(found, length, etag, parts);
        if (!difference.isEmpty()) {
            throw new IOException(name() + " must " + difference);
        }
    }

    /** Says what the object must have or be and is not; empty if it is all. */
    private String difference(Found found, long length, Optional<String> etag, int parts) {
        if (!isOurs(found)) {
            String other = found.token().isEmpty() ? "of another writer" : found.token();
            return "be of upload " + token + ", was " + other;
        }
        if (found.length() != length) {
            return "have " + length + " bytes, had " + found.length();
        }
        if (etag.isPresent() && !found.etag().isEmpty() && !etag.get().equals(found.etag())) {
            return "have the ETag " + etag.get() + ", had " + found.etag();
        }
        var composite = COMPOSITE.matcher(found.etag());
        boolean hasOthers =
                composite.matches() && !composite.group(1).equals(String.valueOf(parts));
        return parts > 0 && hasOthers ? "have " + parts + " parts, had " + composite.group(1) : "";
    }

    /** Forgets the multipart upload; what can't be reached is left for a sweep, and told. */
    void abort() {
        String id = uploadId;
        try {
            abort(id);
        } catch (IOException | RuntimeException e) {
            LOG.warn(
                    "Upload {} of {} could not be aborted, and is billed until it is:"
                            + " abortOrphanedUploads or a lifecycle rule of the bucket can",
                    id,
                    name(),
                    e);
        }
    }

    /** Forgets a multipart upload of this key; returns false if it is not there any more. */
    boolean abort(String id) throws IOException {
        long begun = events.begin(Kind.ABORT_START, id, 0, 0);
        TryOptions few =
                options.tries()
                        .withMaxAttempts(Math.min(FEW_ATTEMPTS, options.tries().maxAttempts()));
        boolean was =
                run(
                        few,
                        "aborting upload " + id + " of",
                        new Cancellation(),
                        () -> {
                            try {
                                requests.abort(id);
                                return true;
                            } catch (S3Exception e) {
                                if (e.statusCode() == 404) {
                                    return false;
                                }
                                throw e;
                            }
                        });
        events.end(Kind.ABORT_DONE, id, 0, 0, begun);
        return was;
    }

    UploadRequests requests() {
        return requests;
    }

    boolean failsIfExists() {
        return options.failIfExists();
    }

    S3Sink.Checksum checksum() {
        return options.checksum();
    }

    @Nullable Duration orphanAge() {
        return options.orphanAge();
    }

    <V> V tried(String what, CheckedSupplier<V> attempt) throws IOException {
        return tried(what, cancellation, attempt);
    }

    private <V> V tried(String what, Cancellation cancelled, CheckedSupplier<V> attempt)
            throws IOException {
        return run(options.tries(), what, cancelled, attempt);
    }

    <V> V run(TryOptions patience, String what, Cancellation cancelled, CheckedSupplier<V> attempt)
            throws IOException {
        AtomicReference<@Nullable V> result = new AtomicReference<>();
        Supplier<String> place = () -> what + ' ' + name() + requests.where();
        try {
            new Tries(patience, false, cancelled, requests.outage())
                    .run(place, () -> result.set(attempt.get()));
        } catch (Refused e) {
            throw e.reason;
        }
        return Objects.requireNonNull(result.get());
    }

    static String required(String what, @Nullable String value) throws IOException {
        if (value == null || value.isEmpty()) {
            throw new IOException("the server tells no " + what);
        }
        return value;
    }

    private static String textOf(@Nullable String text) {
        return text == null ? "" : text;
    }
}
