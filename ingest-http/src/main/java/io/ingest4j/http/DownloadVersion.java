package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What tells two states of a resource apart (RFC 9110, section 8.8): its strong ETag; failing that,
 * Last-Modified and length, with the weak ETag if there is one; failing that, nothing.
 *
 * <p>A weak ETag alone is no version, because it may stay when bytes change that don't matter to a
 * reader of the page.
 *
 * @param etag empty if there is none
 * @param modified Last-Modified; empty if there is none or the ETag is strong
 * @param length of the whole resource; only told where the ETag is not strong
 */
record DownloadVersion(String etag, String modified, long length) {

    static final DownloadVersion NONE = new DownloadVersion("", "", ByteObject.UNKNOWN);

    private static final String WEAK = "W/";
    private static final Pattern DATED =
            Pattern.compile("(?:(W/\"[^\"]*\") )?(.+) (-1|[0-9]{1,18})");

    static DownloadVersion of(Answer answer, long length) {
        String etag = answer.header("ETag");
        if (!etag.isEmpty() && !etag.startsWith(WEAK)) {
            return new DownloadVersion(etag, "", ByteObject.UNKNOWN);
        }
        String modified = answer.header("Last-Modified");
        return modified.isEmpty() ? NONE : new DownloadVersion(etag, modified, length);
    }

    /** Reads what {@link #text} wrote. */
    static DownloadVersion parse(String text) {
        Matcher dated = DATED.matcher(text);
        if (text.isEmpty()) {
            return NONE;
        }
        if (text.startsWith("\"") || !dated.matches()) {
            return new DownloadVersion(text, "", ByteObject.UNKNOWN);
        }
        String etag = dated.group(1) == null ? "" : dated.group(1);
        return new DownloadVersion(etag, dated.group(2), Long.parseLong(dated.group(3)));
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

    /** Returns it as {@link ByteObject#version} holds it. */
    String text() {
        if (modified.isEmpty()) {
            return etag;
        }
        return (etag.isEmpty() ? "" : etag + ' ') + modified + ' ' + length;
    }
}
