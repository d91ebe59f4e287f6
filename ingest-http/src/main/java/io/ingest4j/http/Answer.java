package io.ingest4j.http;

import java.io.InputStream;
import java.net.http.HttpHeaders;

/**
 * The head of an answer, with its body still to come over an open connection.
 *
 * @param length what Content-Length says, or -1
 * @param chunked whether a last chunk marks the end of the body
 */
record Answer(
        int status,
        HttpHeaders headers,
        InputStream body,
        long length,
        boolean chunked,
        QuietConnection connection) {

    String header(String name) {
        return headers.firstValue(name).map(String::strip).orElse("");
    }

    /** Tells whether only the end of the connection ends the body. */
    boolean isUnmarked() {
        return length < 0 && !chunked;
    }

    /** Closes the connection without reading on. */
    void abort() {
        connection.close();
    }
}
