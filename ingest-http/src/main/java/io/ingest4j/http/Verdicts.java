package io.ingest4j.http;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.URISyntaxException;
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

    private static final String WRONG_SCHEME = "wrong scheme";
    private static final int KEPT_OF_A_FAILURE = 4096;

    private static final List<Class<? extends Throwable>> NOT_CONNECTED =
            List.of(
                    ConnectException.class,
                    HttpConnectTimeoutException.class,
                    UnknownHostException.class,
                    NoRouteToHostException.class);

    private final HttpSettings settings;

    /** Whether the server was heard: from then on the scheme is right, whatever comes. */
    private volatile boolean answered;

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
        if (wantsTls(response)) {
            String advice = TlsFault.advice(false, Redaction.place(settings.uri()));
            return failed(Action.ABORT, WRONG_SCHEME, advice + ": " + detail(response, token));
        }
        answered = true;
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

    /** By what it says, or by leading to the same place by https. */
    private boolean wantsTls(HttpResponse<CappedBody> response) {
        if (settings.isTls()
                || answered
                || settings.status().action(response.statusCode()).isEmpty()) {
            return false;
        }
        return TlsFault.wantsTls(response.statusCode(), text(response))
                || (response.statusCode() / 100 == 3
                        && response.headers()
                                .firstValue("Location")
                                .filter(this::isByTls)
                                .isPresent());
    }

    private boolean isByTls(String location) {
        try {
            URI to = WebUri.resolved(settings.uri(), location);
            return "https".equalsIgnoreCase(to.getScheme())
                    && settings.uri().getHost().equalsIgnoreCase(to.getHost())
                    && WebUri.pathOf(settings.uri()).equals(WebUri.pathOf(to));
        } catch (URISyntaxException e) {
            return false;
        }
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
        String place = response.headers().firstValue("Location").map(Verdicts::redirect).orElse("");
        return redaction(token).shown(place + text(response));
    }

    private static String text(HttpResponse<CappedBody> response) {
        return new String(response.body().bytes(), StandardCharsets.UTF_8);
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
        String place = Redaction.place(settings.uri());
        String detail = shown(error, token) + ", " + place;
        String scheme = settings.isTls() ? "https" : "http";
        String doubt =
                answered
                        ? ""
                        : "; it has not answered yet, does it speak " + scheme + " at this port?";
        if (isCausedBy(error, CertificateException.class)) {
            return unanswered(Action.ABORT, "certificate refused", detail, PermitOutcome.NOT_SENT);
        }
        if (!answered && TlsFault.isWrongScheme(settings.isTls(), error)) {
            return unanswered(
                    Action.ABORT,
                    WRONG_SCHEME,
                    TlsFault.advice(settings.isTls(), place),
                    PermitOutcome.UNANSWERED);
        }
        if (!answered && TlsFault.isRefused(error)) {
            return unanswered(Action.ABORT, "TLS refused", detail, PermitOutcome.UNANSWERED);
        }
        if (NOT_CONNECTED.stream().anyMatch(type -> isCausedBy(error, type))) {
            // The handshake counts as connecting, and some servers just wait for the end of a line.
            boolean inHandshake =
                    settings.isTls() && isCausedBy(error, HttpConnectTimeoutException.class);
            return unanswered(
                    Action.RETRY,
                    "no connection",
                    inHandshake ? detail + doubt : detail,
                    PermitOutcome.NOT_SENT);
        }
        return unanswered(
                Action.RETRY, "connection lost", detail + doubt, PermitOutcome.UNANSWERED);
    }

    private static WriteResult unanswered(
            Action action, String kind, String detail, PermitOutcome outcome) {
        return WriteResult.failed(new WriteFailure(action, kind, detail), outcome);
    }

    private static boolean isCausedBy(Throwable error, Class<? extends Throwable> type) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (type.isInstance(e)) {
                return true;
            }
        }
        return false;
    }

    /** Names an exception and what it says; where it says nothing, what its cause does. */
    String shown(Exception error, String token) {
        StringBuilder text = new StringBuilder(error.getClass().getSimpleName());
        @Nullable Throwable cause = error;
        for (int depth = 0; cause != null && depth < 10; depth++) {
            if (cause.getMessage() != null) {
                text.append(": ").append(cause.getMessage());
                break;
            }
            cause = cause.getCause();
            if (cause != null && cause.getClass() != error.getClass()) {
                text.append(", ").append(cause.getClass().getSimpleName());
            }
        }
        return redaction(token).shown(text.toString());
    }

    private Redaction redaction(String token) {
        List<String> secrets = new ArrayList<>(Redaction.secretsOf(settings.headers()));
        secrets.add(token);
        return new Redaction(settings.uri(), secrets);
    }

    private static WriteResult failed(Action action, String kind, String detail) {
        return WriteResult.failed(new WriteFailure(action, kind, detail), PermitOutcome.ANSWERED);
    }
}
