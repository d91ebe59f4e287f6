package io.ingest4j.s3;

import io.ingest4j.spi.Ticker;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The object of one job. It is replaced on the condition that it is still the one that was last seen,
 * and where an answer leaves it open whether that was done, the object itself tells.
 */
final class CheckpointObject {

    private static final int REFUSED = 412;
    private static final int NOT_FOUND = 404;
    private static final int NO_SUCH_RANGE = 416;
    private static final int WHOLE = Integer.MAX_VALUE;
    private static final String NEVER_AN_ETAG = "\"00000000000000000000000000000000\"";

    /** Headers give whole seconds. */
    private static final Duration COARSENESS = Duration.ofSeconds(1);

    /**
     * What the object is now.
     *
     * @param ageNanos how long ago it was written, at least, by the server's clock; 0 if unknown
     */
    record Stored(String etag, Envelope envelope, long ageNanos) {

        boolean hasEtag(String other) {
            return !other.isEmpty() && new Pin("", "", etag, "", 0).hasEtag(other);
        }
    }

    /**
     * A writing that was done.
     *
     * @param sinceNanos when the attempt began that did it, or the first that may have
     */
    record Written(String etag, long sinceNanos) {}

    private final Requests requests;
    private final String bucket;
    private final String key;
    private final TryOptions options;
    private final Ticker ticker;

    CheckpointObject(
            Requests requests, String bucket, String key, TryOptions options, Ticker ticker) {
        this.requests = requests;
        this.bucket = bucket;
        this.key = key;
        this.options = options;
        this.ticker = ticker;
    }

    String name() {
        return Pin.nameOf(bucket, key);
    }

    /** Reads the object whole; empty if there is none. */
    Optional<Stored> read() throws IOException {
        return tried(WHOLE);
    }

    /** Looks at the object's first line only: the form of the checkpoint is cut off. */
    Optional<Stored> peek() throws IOException {
        return tried(Envelope.LONGEST_LINE);
    }

    private Optional<Stored> tried(int bytes) throws IOException {
        AtomicReference<Optional<Stored>> found = new AtomicReference<>(Optional.empty());
        tries(options, true)
                .run(
                        () -> "reading checkpoint " + name() + requests.where(),
                        () -> found.set(look(bytes)));
        return Objects.requireNonNull(found.get());
    }

    private Optional<Stored> look(int bytes) throws IOException {
        ResponseInputStream<GetObjectResponse> body;
        try {
            body = requests.read(bucket, key, bytes);
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (S3Exception e) {
            if (e.statusCode() == NO_SUCH_RANGE) {
                return look(WHOLE); // there is no first byte
            }
            throw e;
        }
        String etag = body.response().eTag();
        if (etag == null || etag.isEmpty()) {
            body.abort();
            throw new IOException("the server tells no ETag");
        }
        if (body.response().contentLength() == null && !isChunked(body.response())) {
            body.abort(); // or a cut-off head would be taken for one without a body
            throw new IOException("the server does not tell the length");
        }
        Envelope envelope = Envelope.decode(name(), received(body, bytes));
        return Optional.of(new Stored(etag, envelope, ageNanos(body.response())));
    }

    /** Takes as long as the bytes do over a slow link; a server that stalls is given up. */
    private byte[] received(ResponseInputStream<GetObjectResponse> body, int most)
            throws IOException {
        long promised = Objects.requireNonNullElse(body.response().contentLength(), 0L);
        long wanted = Math.min(most, promised);
        Duration patience = Duration.ofNanos(options.forBytes(wanted).timeoutNanos());
        CompletableFuture<Void> deadline = new CompletableFuture<>();
        var unused =
                deadline.orTimeout(TimeUnit.NANOSECONDS.convert(patience), TimeUnit.NANOSECONDS)
                        .exceptionallyAsync(
                                late -> {
                                    body.abort();
                                    return null;
                                });
        try {
            byte[] bytes = body.readNBytes(most);
            if (bytes.length < wanted) {
                throw new EOFException(
                        "the connection ended "
                                + (wanted - bytes.length)
                                + " bytes before the promised end");
            }
            return bytes;
        } catch (IOException | RuntimeException e) {
            if (deadline.isCompletedExceptionally()) {
                throw new IOException("the body took longer than " + patience, e);
            }
            throw e;
        } finally {
            deadline.complete(null);
            if (promised > most) {
                body.abort(); // a server that sends more than was asked for
            } else {
                body.close();
            }
        }
    }

    private static boolean isChunked(GetObjectResponse answer) {
        return answer.sdkHttpResponse()
                .firstMatchingHeader("Transfer-Encoding")
                .filter("chunked"::equalsIgnoreCase)
                .isPresent();
    }

    private static long ageNanos(GetObjectResponse answer) {
        Instant written = answer.lastModified();
        Optional<String> date = answer.sdkHttpResponse().firstMatchingHeader("Date");
        if (written == null || date.isEmpty()) {
            return 0;
        }
        try {
            Instant now =
                    ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
            Duration age = Duration.between(written, now).minus(COARSENESS);
            return Math.max(0, TimeUnit.NANOSECONDS.convert(age));
        } catch (DateTimeParseException e) {
            return 0;
        }
    }

    /**
     * Replaces the object if it has this ETag, or makes it if it is missing and the ETag is empty.
     *
     * @return what was written, or empty if someone else has replaced, made or deleted it
     * @throws IOException if it may or may not have been replaced
     */
    Optional<Written> replace(String etag, Envelope next) throws IOException {
        return replace(etag, next, options);
    }

    /** Replaces the object without insisting on it. */
    Optional<Written> replaceBriefly(String etag, Envelope next) throws IOException {
        return replace(etag, next, options.withMaxAttempts(Math.min(2, options.maxAttempts())));
    }

    private Optional<Written> replace(String etag, Envelope next, TryOptions patience)
            throws IOException {
        byte[] content = next.encode();
        TryOptions enough = patience.forBytes(content.length);
        Replacement replacement = new Replacement(etag, next, content, enough.timeoutNanos());
        tries(enough, etag.isEmpty())
                .run(() -> "writing checkpoint " + name() + requests.where(), replacement::attempt);
        return Optional.ofNullable(replacement.done);
    }

    private Tries tries(TryOptions patience, boolean impatient) {
        return new Tries(patience, impatient, new Cancellation(), requests.outage());
    }

    /** Attempts to get one thing written. */
    private final class Replacement {

        private final String etag;
        private final Envelope next;
        private final byte[] content;
        private final long timeoutNanos;
        private final long begun = ticker.nanos();
        private boolean uncertain;
        private @Nullable Written done;

        Replacement(String etag, Envelope next, byte[] content, long timeoutNanos) {
            this.etag = etag;
            this.next = next;
            this.content = content;
            this.timeoutNanos = timeoutNanos;
        }

        void attempt() throws IOException {
            if (uncertain && isSettled()) {
                return;
            }
            uncertain = true;
            long before = ticker.nanos();
            String written;
            try {
                written = requests.replace(bucket, key, etag, content, timeoutNanos).eTag();
            } catch (S3Exception e) {
                if (e.statusCode() != REFUSED && e.statusCode() != NOT_FOUND) {
                    throw e;
                }
                if (!isSettled()) {
                    throw new IOException("the server refuses to replace what it still has", e);
                }
                return;
            }
            if (written == null) {
                throw new IOException("the server tells no ETag");
            }
            done = new Written(written, before);
        }

        /** Looks whether the object is ours now, or will never be. */
        private boolean isSettled() throws IOException {
            Optional<Stored> now = look(Envelope.LONGEST_LINE);
            if (now.isPresent() && now.get().envelope().isSameAs(next)) {
                done = new Written(now.get().etag(), begun);
                return true;
            }
            return now.isPresent() ? !now.get().hasEtag(etag) : !etag.isEmpty();
        }
    }

    /**
     * Finds out whether the server heeds conditions, by writing what is there on conditions that don't
     * hold.
     */
    boolean heedsConditions(Envelope present) throws IOException {
        return refuses("", present) && refuses(NEVER_AN_ETAG, present);
    }

    private boolean refuses(String etag, Envelope present) throws IOException {
        AtomicBoolean refused = new AtomicBoolean();
        tries(options, false)
                .run(
                        () -> "trying out conditions on " + name() + requests.where(),
                        () -> {
                            try {
                                requests.replace(
                                        bucket,
                                        key,
                                        etag,
                                        present.encode(),
                                        options.timeoutNanos());
                            } catch (S3Exception e) {
                                if (e.statusCode() != REFUSED) {
                                    throw e;
                                }
                                refused.set(true);
                            }
                        });
        return refused.get();
    }
}
