package io.ingest4j.s3;

import io.ingest4j.api.SourceChangedException;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * Fills ranges with the bytes of one pinned object. A broken range goes on after its last byte.
 * Nothing that an answer says is taken on trust: status, Content-Range, ETag and length are compared
 * with what was asked before a byte is used, and the bytes are counted. Safe for several threads.
 */
final class RangeFetcher {

    private final Requests requests;
    private final Pin pin;
    private final ReadOptions options;

    RangeFetcher(Requests requests, Pin pin, ReadOptions options) {
        this.requests = requests;
        this.pin = pin;
        this.options = options;
    }

    /**
     * Fills the range.
     *
     * @throws SourceChangedException if the object is another one by now
     * @throws IOException if the tries are used up or make no sense
     */
    void fetch(Range range) throws IOException {
        Tries tries = new Tries(options.tries(), false, range.cancellation(), requests.outage());
        while (!range.isFull()) {
            tries.run(() -> place(range), () -> attempt(range, tries));
        }
    }

    private String place(Range range) {
        long offset = range.start() + range.filled();
        return "reading "
                + pin.name()
                + " at offset "
                + offset
                + " of "
                + pin.length()
                + requests.where();
    }

    /** Looks whether the pinned version is still there, for a reader that has nothing to read. */
    void verify() throws IOException {
        Tries tries = new Tries(options.tries(), false, new Cancellation(), requests.outage());
        tries.run(() -> "looking at " + pin.name() + requests.where(), this::requireUnchanged);
    }

    /** What the object is now, as far as the server tells. */
    private record Present(@Nullable String etag, long length) {
        Present(HeadObjectResponse head) {
            this(head.eTag(), head.contentLength());
        }

        @Override
        public String toString() {
            return "ETag " + etag + ", " + length + " bytes";
        }
    }

    private void requireUnchanged() throws IOException {
        try {
            Present now =
                    Requests.certain(
                            () -> new Present(requests.head(pin)),
                            found ->
                                    isPinned(found)
                                            && pin.etag().isEmpty() == (found.etag == null));
            if (!isPinned(now)) {
                throw changed(now.toString());
            }
        } catch (AwsServiceException e) {
            throw orChanged(e);
        }
    }

    private boolean isPinned(Present found) {
        return pin.hasEtag(found.etag) && found.length == pin.length();
    }

    private void attempt(Range range, Tries tries) throws IOException {
        int before = range.filled();
        try {
            download(range);
        } finally {
            if (range.filled() > before) {
                tries.progress();
            }
        }
    }

    private void download(Range range) throws IOException {
        long from = range.start() + range.filled();
        long last = range.start() + range.length() - 1;
        ResponseInputStream<GetObjectResponse> body = open(from, last);
        boolean whole = false;
        CompletableFuture<Void> deadline = new CompletableFuture<>();
        try {
            if (!range.cancellation().attach(body)) {
                throw new IOException("closed");
            }
            check(body.response(), from, last);
            var unused =
                    deadline.orTimeout(options.tries().timeoutNanos(), TimeUnit.NANOSECONDS)
                            .exceptionallyAsync(
                                    late -> {
                                        range.cancellation().abort(body);
                                        return null;
                                    });
            fill(range, body);
            whole = true;
        } catch (IOException | RuntimeException e) {
            if (deadline.isCompletedExceptionally()) {
                throw new IOException(
                        "the body took longer than "
                                + Duration.ofNanos(options.tries().timeoutNanos()),
                        e);
            }
            throw e;
        } finally {
            deadline.complete(null);
            range.cancellation().detach();
            if (whole) {
                body.close();
            } else {
                body.abort();
            }
        }
    }

    private ResponseInputStream<GetObjectResponse> open(long from, long last) {
        try {
            return requests.get(pin, from, last);
        } catch (AwsServiceException e) {
            throw orChanged(e);
        }
    }

    private static void fill(Range range, ResponseInputStream<GetObjectResponse> body)
            throws IOException {
        int begun = range.filled();
        while (!range.isFull()) {
            int count = body.read(range.buffer(), range.filled(), range.length() - range.filled());
            if (count < 0) {
                throw new EOFException(
                        "the connection ended "
                                + (range.length() - range.filled())
                                + " bytes before the promised end");
            }
            range.filled(range.filled() + count);
        }
        // The end of the body, where the SDK frees the connection and compares checksums.
        try {
            if (body.read() >= 0) {
                throw new IOException("the server sent more than was asked for");
            }
        } catch (IOException | RuntimeException e) {
            range.filled(begun);
            throw e;
        }
    }

    private void check(GetObjectResponse answer, long from, long last) throws IOException {
        if (!pin.hasEtag(answer.eTag())) {
            throw doubted("ETag " + answer.eTag() + " instead of " + pin.etag());
        }
        long expected = last - from + 1;
        int status = answer.sdkHttpResponse().statusCode();
        if (status == 200 && expected == pin.length()) {
            checkLength(answer.contentLength(), expected);
            return;
        }
        String range = answer.contentRange();
        if (status != 206 || range == null) {
            throw new IOException(
                    "the server answered "
                            + status
                            + " with Content-Range "
                            + range
                            + " to a range");
        }
        long[] parts = parse(range);
        if (parts[0] != from || parts[1] != last) {
            throw new IOException(
                    "the server sent " + range + " instead of bytes " + from + '-' + last);
        }
        if (parts[2] >= 0 && parts[2] != pin.length()) {
            throw doubted("a total of " + parts[2] + " bytes instead of " + pin.length());
        }
        checkLength(answer.contentLength(), expected);
    }

    /**
     * An answer to a request for the pinned version that tells of another one. It may be cut off in its
     * head, so it is tried again unless a second look finds the object changed, too.
     */
    private IOException doubted(String found) throws IOException {
        requireUnchanged();
        return new IOException("the server sent " + found);
    }

    private static void checkLength(@Nullable Long length, long expected) throws IOException {
        if (length != null && length != expected) {
            throw new IOException(
                    "the server promised " + length + " bytes instead of " + expected);
        }
    }

    /** Reads {@code bytes 0-99/1000} (RFC 9110, 14.4); an unknown total is -1. */
    static long[] parse(String contentRange) throws IOException {
        int dash = contentRange.indexOf('-');
        int slash = contentRange.indexOf('/');
        if (!contentRange.startsWith("bytes ") || dash < 0 || slash < dash) {
            throw new IOException("the server sent a wrong Content-Range: " + contentRange);
        }
        try {
            String total = contentRange.substring(slash + 1).strip();
            return new long[] {
                Long.parseLong(contentRange.substring("bytes ".length(), dash).strip()),
                Long.parseLong(contentRange.substring(dash + 1, slash).strip()),
                total.equals("*") ? -1 : Long.parseLong(total)
            };
        } catch (NumberFormatException e) {
            throw new IOException("the server sent a wrong Content-Range: " + contentRange, e);
        }
    }

    /** What a pinned request fails with when the object is gone, shorter or another one. */
    private RuntimeException orChanged(AwsServiceException answer) {
        boolean gone = answer.statusCode() == 404 && !Trouble.code(answer).equals("NoSuchBucket");
        if (gone) {
            return changed("gone");
        }
        return answer.statusCode() == 412 || answer.statusCode() == 416
                ? changed(current())
                : answer;
    }

    /** Names the version that is there now, for a message. */
    private String current() {
        try {
            return new Present(requests.head(pin.bucket(), pin.key())).toString();
        } catch (RuntimeException e) {
            return "another one";
        }
    }

    private SourceChangedException changed(String found) {
        String expected = pin.version().isEmpty() ? pin.length() + " bytes" : pin.version();
        return new SourceChangedException(pin.name(), expected, found);
    }
}
