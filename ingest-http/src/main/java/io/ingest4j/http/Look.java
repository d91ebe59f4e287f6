package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server tells about a resource without sending it.
 *
 * @param contentType the Content-Type, or empty
 */
record Look(DownloadVersion version, long length, boolean ranges, String contentType) {

    /**
     * Asks with HEAD; where that is refused, or does not tell all, with GET for the first byte, of
     * which no more than the head is read. Makes one attempt.
     *
     * @param withHead false to ask with GET only, as after an attempt that failed
     */
    static Look at(Asker asker, boolean withHead) throws IOException {
        Look told = withHead ? head(asker) : null;
        return told != null && told.isAll() ? told : first(asker, told);
    }

    private boolean isAll() {
        // Some servers answer HEAD with a length of 0 for what they make on demand.
        return !version.isNone() && length > 0 && ranges;
    }

    private static @Nullable Look head(Asker asker) throws IOException {
        try {
            Answer answer = asker.ask("HEAD", Map.of());
            answer.abort();
            return answer.status() == 200 && !isEncoded(answer)
                    ? of(answer, lengthTold(answer), acceptsRanges(answer))
                    : null;
        } catch (Setback e) {
            boolean refused = e.status() == 501 || (e.status() / 100 == 4 && !e.isPassing());
            if (refused) {
                return null;
            }
            throw e;
        }
    }

    private static Look first(Asker asker, @Nullable Look head) throws IOException {
        Answer answer = asker.ask("GET", Map.of("Range", "bytes=0-0"));
        answer.abort();
        if (answer.status() == 416) { // as for an empty file
            answer = asker.ask("GET", Map.of());
            answer.abort();
        }
        if (isEncoded(answer)) {
            throw Setback.lasting(
                    "the server sent an encoded body (Content-Encoding), though identity was asked for");
        }
        if (answer.status() == 206) {
            ContentRange range = ContentRange.of(answer).orElse(null);
            if (range == null || range.start() != 0) {
                throw Setback.lasting("the server sent a part (206) that must begin at byte 0");
            }
            return of(answer, range.total(), true);
        }
        if (answer.status() != 200) {
            throw Setback.lasting(
                    "the server sent status " + answer.status() + ", where 200 or 206 must come");
        }
        long length = answer.length();
        if (length < 0 && head != null && head.length > 0) {
            length = head.length;
        }
        return of(answer, length, acceptsRanges(answer));
    }

    private static Look of(Answer answer, long length, boolean ranges) {
        return new Look(
                DownloadVersion.of(answer, length), length, ranges, answer.header("Content-Type"));
    }

    private static boolean isEncoded(Answer answer) {
        String encoding = answer.header("Content-Encoding");
        return !encoding.isEmpty() && !encoding.equalsIgnoreCase("identity");
    }

    private static boolean acceptsRanges(Answer answer) {
        return answer.header("Accept-Ranges").toLowerCase(Locale.ROOT).equals("bytes");
    }

    /** An answer to HEAD has no body to take the length from. */
    private static long lengthTold(Answer answer) {
        String told = answer.header("Content-Length");
        return told.matches("[0-9]{1,18}") ? Long.parseLong(told) : ByteObject.UNKNOWN;
    }

    /** Opening at an offset needs a version, without which nothing proves the rest to be the same. */
    ByteObject object(String name) {
        return new ByteObject(name, version.text(), length, ranges && !version.isNone());
    }
}
