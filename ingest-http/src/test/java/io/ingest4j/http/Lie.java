package io.ingest4j.http;

import io.ingest4j.http.FaultServer.Connection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Answers that are not what they say, or not what they should be. */
enum Lie {
    LENGTH_TOO_LONG_KEPT(End.TIMEOUT, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
    LENGTH_TOO_LONG_CLOSED(End.LOST, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
    LENGTH_TOO_SHORT(End.DELIVERED, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello"),
    NO_LENGTH_KEPT(End.TIMEOUT, "HTTP/1.1 200 OK\r\n\r\nhello"),
    NO_LENGTH_CLOSED(End.DELIVERED, "HTTP/1.1 200 OK\r\n\r\nhello"),
    CHUNK_TOO_LONG_KEPT(
            End.TIMEOUT, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello\r\n"),
    CHUNK_TOO_LONG_CLOSED(
            End.LOST, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello\r\n"),
    CHUNK_TOO_SHORT(
            End.LOST,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"),
    NO_LAST_CHUNK_KEPT(
            End.TIMEOUT, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    NO_LAST_CHUNK_CLOSED(
            End.LOST, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    THROTTLED(End.WAIT, "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"),
    UNAVAILABLE_CLOSED(End.WAIT, "HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"),
    ERROR_IN_SUCCESS(End.REFUSED, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nretry"),
    TRICKLED_IN_TIME(End.DELIVERED, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    EARLY_HINTS(
            End.DELIVERED,
            "HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    CONTINUES_AND_CONTINUES(End.LOST_OR_TIMEOUT, "HTTP/1.1 100 Continue\r\n\r\n"),
    THIRTY_SECONDS(End.TIMEOUT, "");

    /** What the client must make of it. */
    enum End {
        DELIVERED,
        LOST,
        TIMEOUT,
        LOST_OR_TIMEOUT,
        WAIT,
        REFUSED
    }

    private static final int PAUSES_IN_THIRTY_SECONDS = 6_000;

    private final End end;
    private final String answer;

    Lie(End end, String answer) {
        this.end = end;
        this.answer = answer;
    }

    End end() {
        return end;
    }

    /** Tells whether it may take the client's deadline to end it. */
    boolean isEndless() {
        return end == End.TIMEOUT || end == End.LOST_OR_TIMEOUT;
    }

    /** More than eight are a protocol error to the client. */
    boolean isHttp() {
        return this != CONTINUES_AND_CONTINUES;
    }

    void tell(Connection connection) throws IOException {
        if (this == TRICKLED_IN_TIME) {
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            connection.trickle(Arrays.copyOf(bytes, bytes.length - 1));
            // Without a pause after it, which would read the begin of the next request.
            connection.send(Arrays.copyOfRange(bytes, bytes.length - 1, bytes.length));
            return;
        }
        if (this == THIRTY_SECONDS) {
            for (int i = 0; i < PAUSES_IN_THIRTY_SECONDS; i++) {
                connection.pause();
            }
        }
        connection.send(answer);
        for (int i = 0; i < Fault.LONG && this == CONTINUES_AND_CONTINUES; i++) {
            connection.pause();
            connection.send(answer);
        }
        if (name().endsWith("_CLOSED") || this == CONTINUES_AND_CONTINUES) {
            connection.close();
        }
    }
}
