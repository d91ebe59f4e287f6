package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Content-Range header (RFC 9110, section 14.4).
 *
 * @param start offset of the first byte, or -1 if the range asked for can't be had
 * @param end offset after the last byte, or -1
 * @param total length of the whole, or {@link ByteObject#UNKNOWN}
 */
record ContentRange(long start, long end, long total) {

    private static final Pattern FORM =
            Pattern.compile("bytes (?:([0-9]{1,18})-([0-9]{1,18})|\\*)/([0-9]{1,18}|\\*)");

    /** Reads it from an answer; empty if it is missing, malformed or contradicts itself. */
    static Optional<ContentRange> of(Answer answer) {
        Matcher matcher = FORM.matcher(answer.header("Content-Range"));
        if (answer.headers().allValues("Content-Range").size() != 1 || !matcher.matches()) {
            return Optional.empty();
        }
        String whole = matcher.group(3);
        long total = whole.equals("*") ? ByteObject.UNKNOWN : Long.parseLong(whole);
        if (matcher.group(1) == null) {
            return Optional.of(new ContentRange(-1, -1, total));
        }
        long start = Long.parseLong(matcher.group(1));
        long end = Long.parseLong(matcher.group(2)) + 1;
        boolean possible = start < end && (total == ByteObject.UNKNOWN || end <= total);
        return possible ? Optional.of(new ContentRange(start, end, total)) : Optional.empty();
    }
}
