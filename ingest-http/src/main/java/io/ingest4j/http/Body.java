package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A body whose head was found to be what was asked for: the pinned state, from the right byte, with
 * an end that can be told from a broken connection.
 *
 * @param start offset of its first byte: the one asked for, or 0 if the server sends all
 * @param end offset after its last byte, or {@link ByteObject#UNKNOWN}
 * @param total length of the whole resource, or {@link ByteObject#UNKNOWN}
 */
record Body(Answer answer, long start, long end, long total) {

    /**
     * Looks at the head of an answer with status 2xx, 412 or 416.
     *
     * @param ranged whether only the bytes from the position on were asked for
     * @return null if it is a part of which the server doesn't say that it is of the pinned state
     */
    static @Nullable Body of(
            Answer answer, Pin pin, long position, boolean ranged, boolean trustConnectionEnd)
            throws IOException {
        String encoding = answer.header("Content-Encoding");
        if (!encoding.isEmpty() && !encoding.equalsIgnoreCase("identity")) {
            throw refused("an encoded body (Content-Encoding), though identity was asked for");
        }
        return switch (answer.status()) {
            case 200 -> whole(answer, pin, trustConnectionEnd);
            case 206 -> part(answer, pin, position, ranged);
            case 412 -> throw pin.changed("another (status 412)");
            default -> throw refused("status " + answer.status() + ", where 200 or 206 must come");
        };
    }

    private static Body whole(Answer answer, Pin pin, boolean trustConnectionEnd)
            throws IOException {
        long told = answer.length();
        boolean lengthDiffers =
                told >= 0 && pin.length() != ByteObject.UNKNOWN && told != pin.length();
        boolean same = pin.version().isNone() || pin.version().matches(answer, told).orElse(false);
        if (!same || lengthDiffers) {
            throw pin.changed(answer, told);
        }
        long total = told >= 0 ? told : pin.length();
        if (answer.isUnmarked() && total == ByteObject.UNKNOWN && !trustConnectionEnd) {
            throw refused(
                    "a body with neither length nor end mark, of which a broken connection can't be"
                            + " told from the end; trustConnectionEnd(true) takes it as it comes");
        }
        return new Body(answer, 0, total, total);
    }

    private static @Nullable Body part(Answer answer, Pin pin, long position, boolean ranged)
            throws IOException {
        if (!ranged) {
            throw refused("a part (206), though all was asked for");
        }
        String type = answer.header("Content-Type").toLowerCase(Locale.ROOT);
        if (type.startsWith("multipart/")) {
            throw refused("several parts (multipart), though one was asked for");
        }
        ContentRange range = ContentRange.of(answer).orElse(null);
        if (range == null || range.start() != position) {
            throw refused(
                    "a part that must begin at byte "
                            + position
                            + ", but began at "
                            + (range == null ? "none that it tells" : "byte " + range.start()));
        }
        long size = range.end() - range.start();
        if (answer.length() >= 0 && answer.length() != size) {
            throw refused(
                    "a part of "
                            + size
                            + " bytes by its range, but of "
                            + answer.length()
                            + " by its length");
        }
        long total = range.total() == ByteObject.UNKNOWN ? pin.length() : range.total();
        if (total == ByteObject.UNKNOWN) {
            return null;
        }
        boolean lengthDiffers = pin.length() != ByteObject.UNKNOWN && total != pin.length();
        if (lengthDiffers || !pin.version().matches(answer, total).orElse(true)) {
            throw pin.changed(answer, total);
        }
        if (range.end() > total) {
            throw refused("a part that ends after byte " + total + ", the last");
        }
        return pin.version().matches(answer, total).isPresent()
                ? new Body(answer, position, range.end(), total)
                : null;
    }

    private static Setback refused(String what) {
        return Setback.lasting("the server sent " + what);
    }

    /**
     * Reads on.
     *
     * @param position offset of the next byte
     * @return how many bytes were read, or -1 at the end, which is the right one
     * @throws IOException also if the body ends early or goes on too long
     */
    int read(byte[] target, int offset, int count, long position) throws IOException {
        if (position == end) {
            requireEnd();
            return -1;
        }
        long room = end == ByteObject.UNKNOWN ? count : Math.min(count, end - position);
        int got = answer.read(target, offset, (int) room);
        if (got < 0 && end != ByteObject.UNKNOWN) {
            throw Setback.passing(
                    "the body ended at byte " + position + ", where " + end + " must come");
        }
        return got;
    }

    private void requireEnd() throws IOException {
        int more = -1;
        if (answer.length() < 0) {
            try {
                more = answer.read(new byte[1], 0, 1);
            } catch (IOException e) {
                return; // all that was promised is here
            }
        }
        if (more >= 0) {
            throw refused("more than the " + end + " bytes that it promised");
        }
    }
}
