package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one pinned resource, over one connection at a time. After a broken body it asks for
 * the rest; where the server sends all again, or can't prove that the rest is of the same state, it
 * reads again what it has delivered and compares. Read by one thread, closed by any.
 */
final class DownloadStream extends InputStream {

    private static final int SKIP_BYTES = 64 << 10;

    private final Asker asker;
    private final DownloadTries tries;
    private final Lifeline lifeline;
    private final boolean trustConnectionEnd;
    private final long first;
    private final Fingerprint delivered;
    private final byte[] one = new byte[1];

    private Pin pin;
    private long position;
    private @Nullable Body body;
    private boolean wholeOnly;
    private boolean ended;

    private DownloadStream(
            Asker asker,
            DownloadTries tries,
            Lifeline lifeline,
            boolean trustConnectionEnd,
            Pin pin,
            long offset) {
        this.asker = asker;
        this.tries = tries;
        this.lifeline = lifeline;
        this.trustConnectionEnd = trustConnectionEnd;
        this.pin = pin;
        first = offset;
        position = offset;
        delivered = new Fingerprint(pin.version().isNone());
    }

    /** Opens at an offset and waits for the head of the body. */
    static DownloadStream open(
            Asker asker,
            DownloadTries tries,
            Lifeline lifeline,
            boolean trustConnectionEnd,
            Pin pin,
            long offset)
            throws IOException {
        DownloadStream stream =
                new DownloadStream(asker, tries, lifeline, trustConnectionEnd, pin, offset);
        try {
            stream.body();
            return stream;
        } catch (IOException | RuntimeException | Error e) {
            stream.close();
            throw e;
        }
    }

    private String place() {
        return "reading " + pin.name() + " at offset " + position;
    }

    /** Returns the body that is at the position, after as many tries as it takes; null at the end. */
    private @Nullable Body body() throws IOException {
        while (body == null && !ended) {
            try {
                body = connect();
            } catch (IOException e) {
                lifeline.drop();
                tries.failed(this::place, e);
            }
        }
        return body;
    }

    /** Makes one attempt; null if there is nothing left to read. */
    private @Nullable Body connect() throws IOException {
        while (true) {
            boolean ranged = position > 0 && !wholeOnly && !pin.version().isNone();
            Answer answer = asker.ask("GET", ranged ? rest() : Map.of());
            if (ranged && answer.status() == 416) {
                if (isAtEnd(answer)) {
                    end();
                    return null;
                }
            } else {
                Body found = Body.of(answer, pin, position, ranged, trustConnectionEnd);
                if (found != null) {
                    pin = pin.withLength(found.total());
                    skip(found);
                    return found;
                }
            }
            answer.abort();
            wholeOnly = true;
        }
    }

    private Map<String, String> rest() {
        return Map.of("Range", "bytes=" + position + '-', "If-Range", pin.version().ifRange());
    }

    /** Tells what status 416 means; false if it proves nothing. */
    private boolean isAtEnd(Answer answer) {
        long total = ContentRange.of(answer).map(ContentRange::total).orElse(ByteObject.UNKNOWN);
        Optional<Boolean> same = pin.version().matches(answer, total);
        boolean lengthDiffers =
                pin.length() != ByteObject.UNKNOWN
                        && total != ByteObject.UNKNOWN
                        && total != pin.length();
        if (lengthDiffers || !same.orElse(true)) {
            throw pin.changed(answer, total);
        }
        return same.isPresent() && pin.length() == ByteObject.UNKNOWN && total == position;
    }

    /** Reads again what comes before the position, of which this stream may have delivered a part. */
    private void skip(Body from) throws IOException {
        if (from.start() == position) {
            return;
        }
        Fingerprint again = delivered.fresh();
        byte[] buffer = new byte[SKIP_BYTES];
        long at = from.start();
        while (at < position) {
            // Not across the first byte delivered, so that a buffer is compared whole or not at
            // all.
            long stop = at < first ? first : position;
            int got = from.read(buffer, 0, (int) Math.min(buffer.length, stop - at), at);
            if (got < 0) {
                throw pin.changed("one that ends at byte " + at);
            }
            if (at >= first) {
                again.update(buffer, 0, got);
            }
            at += got;
            tries.alive();
        }
        if (!again.isOfSameBytes(delivered)) {
            throw pin.changed("other bytes before byte " + position);
        }
    }

    @Override
    public int read() throws IOException {
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        lifeline.requireWhole();
        if (count == 0) {
            return 0;
        }
        tries.alive();
        while (true) {
            Body from = body();
            if (from == null) {
                return -1;
            }
            try {
                int got = from.read(target, offset, count, position);
                if (got > 0) {
                    delivered.update(target, offset, got);
                    position += got;
                    tries.progress();
                    return got;
                }
                if (got == 0) {
                    continue;
                }
                body = null;
                if (from.end() == ByteObject.UNKNOWN || position == from.total()) {
                    end();
                }
            } catch (IOException e) {
                body = null;
                lifeline.drop();
                tries.failed(this::place, e);
            }
        }
    }

    private void end() {
        ended = true;
        lifeline.drop();
    }

    /**
     * Never 0 before the end, because readers such as {@link java.util.zip.GZIPInputStream} take 0
     * between two members for the end.
     */
    @Override
    public int available() throws IOException {
        lifeline.requireWhole();
        return ended || position == pin.length() ? 0 : 1;
    }

    @Override
    public void close() {
        lifeline.cut();
    }
}
