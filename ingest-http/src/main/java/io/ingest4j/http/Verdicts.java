package io.ingest4j.http;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says what an answer, or the lack of one, means for the records. */
final class Verdicts {

    private static final int KEPT_OF_A_FAILURE = 4096;

    private static final List<Class<? extends Throwable>> NOT_CONNECTED =
            List.of(
                    ConnectException.class,
                    HttpConnectTimeoutException.class,
                    UnknownHostException.class,
                    NoRouteToHostException.class);

    private final HttpSettings settings;

    Verdicts(HttpSettings settings) {
        this.settings = settings;
    }

    /** Keeps what {@link #answered} will look at. */
    CappedBody bodyFor(int status) {
        int limit = settings.maxResponseBytes();
        boolean failed = settings.status().action(status).isPresent();
        int unparsed = failed ? Math.min(limit, KEPT_OF_A_FAILURE) : 0;
        return new CappedBody(limit, failed || settings.responses() == null ? unparsed : limit);
    }

    WriteResult answered(HttpResponse<CappedBody> response, String token, int size) {
        Optional<Action> action = settings.status().action(response.statusCode());
        if (action.isEmpty()) {
            return settings.responses() == null
                    ? WriteResult.delivered()
                    : parsed(settings.responses(), response, token, size);
        }
        WriteResult result =
                failed(action.get(), "HTTP " + response.statusCode(), detail(response, token));
        if (action.get() != Action.RETRY) {
            return result;
        }
        Duration wait =
                RetryAfter.of(response.headers(), Clock.systemUTC(), settings.maxRetryAfter());
        return wait.isZero() ? result : result.withRetryAfter(wait);
    }

    private WriteResult parsed(
            ResponseParser parser, HttpResponse<CappedBody> response, String token, int size) {
        CappedBody body = response.body();
        if (body.isCut()) {
            return unreadable("longer than " + settings.maxResponseBytes() + " bytes");
        }
        HttpReply reply = new HttpReply(response.statusCode(), response.headers(), body.bytes());
        try {
            @Nullable WriteResult result = parser.parse(reply, size);
            return result != null && result.covers(size)
                    ? result
                    : unreadable("parser must give a result for each of " + size + " records");
        } catch (RuntimeException e) {
            return unreadable(shown(e, token));
        }
    }

    private static WriteResult unreadable(String detail) {
        return failed(Action.DEAD_LETTER, "unreadable response", detail);
    }

    private String detail(HttpResponse<CappedBody> response, String token) {
        String body = new String(response.body().bytes(), StandardCharsets.UTF_8);
        String place = response.headers().firstValue("Location").map(Verdicts::redirect).orElse("");
        return redaction(token).shown(place + body);
    }

    private static String redirect(String location) {
        String place;
        try {
            URI uri = URI.create(location);
            place = uri.getHost() == null ? String.valueOf(uri.getRawPath()) : Redaction.shown(uri);
        } catch (IllegalArgumentException e) {
            place = "elsewhere";
        }
        return "redirects to " + place + ", not followed. ";
    }

    WriteResult unanswered(Exception error, String token) {
        String detail = shown(error, token);
        if (isCausedBy(error, CertificateException.class)) {
            return WriteResult.failed(
                    new WriteFailure(Action.ABORT, "certificate refused", detail),
                    PermitOutcome.NOT_SENT);
        }
        boolean connected = NOT_CONNECTED.stream().noneMatch(type -> isCausedBy(error, type));
        return WriteResult.failed(
                new WriteFailure(
                        Action.RETRY, connected ? "connection lost" : "no connection", detail),
                connected ? PermitOutcome.UNANSWERED : PermitOutcome.NOT_SENT);
    }

    private static boolean isCausedBy(Throwable error, Class<? extends Throwable> type) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (type.isInstance(e)) {
                return true;
            }
        }
        return false;
    }

    /** Names an exception and what it says. */
    String shown(Exception error, String token) {
        String message = error.getMessage() == null ? "" : ": " + error.getMessage();
        return redaction(token).shown(error.getClass().getSimpleName() + message);
    }

    private Redaction redaction(String token) {
        List<String> secrets = new ArrayList<>(settings.headers().values());
        secrets.add(token);
        return new Redaction(settings.uri(), secrets);
    }

    private static WriteResult failed(Action action, String kind, String detail) {
        return WriteResult.failed(new WriteFailure(action, kind, detail), PermitOutcome.ANSWERED);
    }
}
