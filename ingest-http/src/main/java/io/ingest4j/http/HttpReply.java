package io.ingest4j.http;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What a server answered.
 *
 * @since 0.1
 */
public final class HttpReply {

    private final int status;
    private final HttpHeaders headers;
    private final byte[] body;

    HttpReply(int status, HttpHeaders headers, byte[] body) {
        this.status = status;
        this.headers = Objects.requireNonNull(headers, "headers");
        this.body = body;
    }

    /**
     * Returns the status.
     *
     * @return such as 200
     */
    public int status() {
        return status;
    }

    /**
     * Returns the headers.
     *
     * @return the headers, their names compared without regard to case
     */
    public HttpHeaders headers() {
        return headers;
    }

    /**
     * Returns the body.
     *
     * @return a copy of its bytes, as they came
     */
    public byte[] body() {
        return body.clone();
    }

    /**
     * Returns the body as text.
     *
     * @return the body read as UTF-8
     */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Tells the status and the body's size, not its content. */
    @Override
    public String toString() {
        return "HTTP " + status + ", " + body.length + " bytes";
    }
}
