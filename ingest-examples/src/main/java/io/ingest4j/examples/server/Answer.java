package io.ingest4j.examples.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers one request with JSON. */
record Answer(Response response, Callback callback) {

    void json(String text) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        response.write(true, ByteBuffer.wrap(bytes), callback);
    }

    /** Answers with a status and a reason that needs no escaping. */
    void error(int status, String reason) {
        response.setStatus(status);
        json("{\"error\":\"" + reason + "\"}");
    }
}
