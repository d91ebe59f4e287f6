package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What tells two states of a resource apart (RFC 9110, section 8.8): its strong ETag; failing that,
 * Last-Modified and length, with the weak ETag if there is one; failing that, nothing.
 *
 * <p>A weak ETag alone is no version, because it may stay when bytes change that don't matter to a
 * reader of the page. Nor is a Last-Modified less than a second before the answer's Date, because the
 * resource may change again within that second (section 8.8.2.2).
 *
 * @param etag empty if there is none
 * @param modified Last-Modified; empty if there is none that proves anything, or the ETag is strong
 * @param length of the whole resource; only told where the ETag is not strong
 */
record DownloadVersion(String etag, String modified, long length) {

    static final DownloadVersion NONE = new DownloadVersion("", "", ByteObject.UNKNOWN);

    private static final String WEAK = "W/";
    private static final String UNQUOTED = "etag ";
    private static final Pattern DATED =
            Pattern.compile("modified (.+?) (-1|[0-9]{1,18})(?: (W/.*))?");

    static DownloadVersion of(Answer answer, long length) {
        String etag = answer.header("ETag");
        if (!etag.isEmpty() && !etag.startsWith(WEAK)) {
            return new DownloadVersion(etag, "", ByteObject.UNKNOWN);
        }
        return isSettled(answer)
                ? new DownloadVersion(etag, answer.header("Last-Modified"), length)
                : NONE;
    }

    private static boolean isSettled(Answer answer) {
        Optional<Instant> date = RetryAfter.date(answer.header("Date"));
        return RetryAfter.date(answer.header("Last-Modified"))
                .flatMap(modified -> date.map(sent -> !sent.isBefore(modified.plusSeconds(1))))
                .orElse(false);
    }

    /** Reads what {@link #text} wrote. */
    static DownloadVersion parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        Matcher dated = DATED.matcher(text);
        if (dated.matches()) {
            String etag = dated.group(3) == null ? "" : dated.group(3);
            return new DownloadVersion(etag, dated.group(1), Long.parseLong(dated.group(2)));
        }
        String etag = text.startsWith(UNQUOTED) ? text.substring(UNQUOTED.length()) : text;
        return new DownloadVersion(etag, "", ByteObject.UNKNOWN);
    }

    boolean isNone() {
        return etag.isEmpty() && modified.isEmpty();
    }

    /** What If-Range may hold: never a weak ETag (RFC 9110, section 13.1.5). */
    String ifRange() {
        return modified.isEmpty() ? etag : modified;
    }

    /**
     * Compares with what an answer says.
     *
     * @param total the length of the whole resource after the answer, or {@link ByteObject#UNKNOWN}
     * @return empty if the answer has no such validator
     */
    Optional<Boolean> matches(Answer answer, long total) {
        if (modified.isEmpty()) {
            String found = answer.header("ETag");
            return found.isEmpty() ? Optional.empty() : Optional.of(found.equals(etag));
        }
        String date = answer.header("Last-Modified");
        if (date.isEmpty()) {
            return Optional.empty();
        }
        boolean lengthDiffers =
                length != ByteObject.UNKNOWN && total != ByteObject.UNKNOWN && length != total;
        boolean etagDiffers = !etag.isEmpty() && !etag.equals(answer.header("ETag"));
        return Optional.of(date.equals(modified) && !lengthDiffers && !etagDiffers);
    }

    /**
     * Returns it as {@link ByteObject#version} holds it: a quoted ETag as it is, all else behind a word
     * that says what it is.
     */
    String text() {
        if (modified.isEmpty()) {
            return etag.isEmpty() || etag.startsWith("\"") ? etag : UNQUOTED + etag;
        }
        return "modified " + modified + ' ' + length + (etag.isEmpty() ? "" : ' ' + etag);
    }
}
