package io.ingest4j.examples.server;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;

/** Takes records. */
final class ProcessEndpoint implements Endpoint {

    private static final int MAX_BODY_BYTES = 16 << 20;
    private static final String JSON = "application/json";
    private static final String NDJSON = "application/x-ndjson";

    private final Tally tally;
    private final long records;
    private final long seed;

    ProcessEndpoint(Tally tally, long records, long seed) {
        this.tally = tally;
        this.records = records;
        this.seed = seed;
    }

    @Override
    public void handle(Request request, Answer answer) {
        long wait = tally.arrive(request.getBeginNanoTime());
        String type = mediaType(request);
        if (!type.equals(JSON) && !type.equals(NDJSON)) {
            answer.error(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE_415, JSON + " or " + NDJSON + " expected");
            return;
        }
        // Read even if it is refused, since what is left unread costs the connection.
        BodyReader.read(
                request,
                MAX_BODY_BYTES,
                body -> {
                    if (wait > 0) {
                        reject(answer, wait);
                    } else {
                        take(body, type.equals(NDJSON), answer);
                    }
                },
                () ->
                        answer.error(
                                HttpStatus.PAYLOAD_TOO_LARGE_413,
                                "at most " + MAX_BODY_BYTES + " bytes expected"),
                answer.callback()::failed);
    }

    private static void reject(Answer answer, long waitNanos) {
        long seconds = -Math.floorDiv(-waitNanos, TimeUnit.SECONDS.toNanos(1));
        answer.response().getHeaders().put(HttpHeader.RETRY_AFTER, seconds);
        answer.error(HttpStatus.TOO_MANY_REQUESTS_429, "rate limit exceeded");
    }

    private void take(byte[] body, boolean lines, Answer answer) {
        CustomerCheck check = new CustomerCheck(records, seed);
        try {
            check.read(body, lines);
        } catch (MalformedBodyException e) {
            answer.error(HttpStatus.BAD_REQUEST_400, "malformed body");
            return;
        }
        tally.add(check);
        answer.json("{\"received\":" + (check.good() + check.corrupted()) + "}");
    }

    private static String mediaType(Request request) {
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (type == null) {
            return "";
        }
        int parameters = type.indexOf(';');
        return parameters < 0 ? type : type.substring(0, parameters).strip();
    }
}
