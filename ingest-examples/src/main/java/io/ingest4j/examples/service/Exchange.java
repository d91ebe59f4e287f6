package io.ingest4j.examples.service;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request and its one answer.
 *
 * @param argument what stands for the variable part of the path; perhaps empty
 * @param limits what a body may take
 */
record Exchange(
        Request request, Response response, Callback callback, String argument, BodyLimits limits) {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    static final String JSON = "application/json";

    /** What an exchange does, for its caller to guard. */
    interface Step {
        void run() throws RequestException;
    }

    /** Does something that may fail before the body is read, and answers if it does. */
    void guard(Step step) {
        guard(step, () -> false);
    }

    /** Does something that may fail when some of the body was read or asked for, and answers if it does. */
    void guard(Step step, BooleanSupplier isBodyAsked) {
        try {
            step.run();
        } catch (RequestException e) {
            refuse(e, isBodyAsked.getAsBoolean());
        } catch (RuntimeException e) {
            LOG.atError()
                    .addKeyValue("method", request.getMethod())
                    .addKeyValue("path", request.getHttpURI().getPath())
                    .setCause(e)
                    .log("a request failed");
            if (response.isCommitted()) {
                callback.failed(e);
            } else {
                error(500, "internal error");
            }
        }
    }

    /** A client that is still sending would see the connection end instead of the answer. */
    private void refuse(RequestException refusal, boolean isBodyAsked) {
        Runnable answer =
                () -> {
                    refusal.retryAfterSeconds()
                            .ifPresent(seconds -> headers().put(HttpHeader.RETRY_AFTER, seconds));
                    error(refusal.status(), String.valueOf(refusal.getMessage()));
                };
        boolean waitsToSend =
                !isBodyAsked
                        && request.getHeaders()
                                .contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());
        if (waitsToSend) {
            answer.run();
        } else {
            BodyReader.drop(this, answer::run);
        }
    }

    HttpFields.Mutable headers() {
        return response.getHeaders();
    }

    void json(int status, String text) {
        send(status, JSON, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with what may be large, if there is room to hold it until the client has taken it. */
    void large(int status, String text) throws RequestException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        limits().hold(request, body.length);
        send(status, JSON, body);
    }

    void error(int status, String detail) {
        json(status, Json.error(status, detail));
    }

    void send(int status, String contentType, byte[] body) {
        response.setStatus(status);
        headers().put(HttpHeader.CONTENT_TYPE, contentType);
        headers().put(HttpHeader.CONTENT_LENGTH, body.length);
        headers().put("X-Content-Type-Options", "nosniff");
        if (contentType.equals(JSON)) {
            headers().put(HttpHeader.CACHE_CONTROL, "no-store");
        }
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
