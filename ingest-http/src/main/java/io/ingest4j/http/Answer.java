package io.ingest4j.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;

/**
 * The head of an answer, with its body still to come over an open connection.
 *
 * @param uri what was asked for last, after all redirects
 * @param length what Content-Length says, or -1
 * @param chunked whether a last chunk marks the end of the body
 * @param timeoutNanos how long to wait for each next byte of the body
 */
record Answer(
        URI uri,
        int status,
        HttpHeaders headers,
        InputStream body,
        long length,
        boolean chunked,
        QuietConnection connection,
        long timeoutNanos) {

    String header(String name) {
        return headers.firstValue(name).map(String::strip).orElse("");
    }

    /** Tells whether only the end of the connection ends the body. */
    boolean isUnmarked() {
        return length < 0 && !chunked;
    }

    /**
     * Reads on.
     *
     * @return how many bytes were read, or -1 at the end
     * @throws IOException also if no byte of the body comes in time, whatever else does
     */
    int read(byte[] target, int offset, int count) throws IOException {
        Deadline deadline = connection.deadline();
        deadline.start(timeoutNanos);
        try {
            int got = body.read(target, offset, count);
            if (got >= 0 || !deadline.isOver()) {
                return got;
            }
        } catch (IOException e) {
            if (!deadline.isOver()) {
                throw e;
            }
        } finally {
            deadline.stop();
        }
        throw Setback.passing("no byte of the body within " + deadline.limit());
    }

    /** Returns the beginning of the body; nothing if it does not come whole within the time-out. */
    byte[] excerpt(int count) {
        connection.deadline().start(timeoutNanos);
        try {
            return body.readNBytes(count);
        } catch (IOException e) {
            return new byte[0];
        } finally {
            connection.deadline().stop();
        }
    }

    /** Closes the connection without reading on. */
    void abort() {
        connection.close();
    }
}
