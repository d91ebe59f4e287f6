package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import io.ingest4j.http.FaultServer.Connection;
import io.ingest4j.http.FaultServer.Received;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file as an honest server serves it, and honest answers to be falsified. */
record TestFile(byte[] bytes, String etag, String modified, boolean ranges) {

    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");
    private static final String DATE = "Wed, 21 Oct 2015 07:28:00 GMT";
    private static final String SENT = "Wed, 21 Oct 2015 07:28:01 GMT";

    static TestFile of(String text) {
        return new TestFile(text.getBytes(StandardCharsets.UTF_8), "\"v1\"", DATE, true);
    }

    static TestFile random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return new TestFile(bytes, "\"v1\"", DATE, true);
    }

    TestFile withEtag(String other) {
        return new TestFile(bytes, other, modified, ranges);
    }

    TestFile withModified(String other) {
        return new TestFile(bytes, etag, other, ranges);
    }

    TestFile withBytes(byte[] other) {
        return new TestFile(other, etag, modified, ranges);
    }

    TestFile withoutRanges() {
        return new TestFile(bytes, etag, modified, false);
    }

    TestFile withoutVersion() {
        return new TestFile(bytes, "", "", ranges);
    }

    ByteObject object(URI uri) {
        return new ByteObject(UriIdentity.of(uri), etag, bytes.length, ranges);
    }

    String validators() {
        return (etag.isEmpty() ? "" : "ETag: " + etag + "\r\n")
                + (modified.isEmpty()
                        ? ""
                        : "Last-Modified: " + modified + "\r\nDate: " + SENT + "\r\n")
                + (ranges ? "Accept-Ranges: bytes\r\n" : "");
    }

    /** The answer to a request for all of it, as text. */
    String whole() {
        return head(200, bytes.length, "") + new String(bytes, StandardCharsets.ISO_8859_1);
    }

    String head(int status, long length, String more) {
        return "HTTP/1.1 "
                + status
                + " Text\r\n"
                + validators()
                + more
                + "Content-Length: "
                + length
                + "\r\n\r\n";
    }

    void answer(Connection connection, Received request) throws IOException {
        answerCut(connection, request, Integer.MAX_VALUE);
    }

    /** Answers as an honest server, but closes the connection after so many bytes of a body. */
    void answerCut(Connection connection, Received request, int most) throws IOException {
        int start = start(request);
        boolean part = start >= 0;
        int end = part ? Math.min(end(request), bytes.length) : bytes.length;
        if (part && start >= bytes.length) {
            connection.send(head(416, 0, "Content-Range: bytes */" + bytes.length + "\r\n"));
            return;
        }
        start = Math.max(start, 0);
        String range =
                "Content-Range: bytes " + start + "-" + (end - 1) + "/" + bytes.length + "\r\n";
        connection.send(head(part ? 206 : 200, end - start, part ? range : ""));
        if (!request.line().startsWith("HEAD")) {
            int length = Math.min(most, end - start);
            connection.send(Arrays.copyOfRange(bytes, start, start + length));
            if (length < end - start) {
                connection.close();
            }
        }
    }

    /** The first byte asked for, or -1 if all is to be sent. */
    int start(Received request) {
        Matcher range = RANGE.matcher(request.header("Range"));
        String condition = request.header("If-Range");
        boolean same = condition.isEmpty() || condition.equals(etag) || condition.equals(modified);
        return ranges && same && range.matches() ? Integer.parseInt(range.group(1)) : -1;
    }

    private static int end(Received request) {
        Matcher range = RANGE.matcher(request.header("Range"));
        boolean open = !range.matches() || range.group(2).isEmpty();
        return open ? Integer.MAX_VALUE : Integer.parseInt(range.group(2)) + 1;
    }
}
