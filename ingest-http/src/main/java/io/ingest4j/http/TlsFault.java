package io.ingest4j.http;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * Tells from what came back that the URI's scheme is not the one that the server speaks at this port,
 * or that the two can't agree on TLS. Where the server has not answered before, no request can succeed.
 */
final class TlsFault {

    /** What the JDK says, in two wordings, when it reads something else than a TLS record. */
    private static final String NO_TLS = "nrecognized SSL message";

    /**
     * The head of a TLS alert (RFC 8446, section 5.1) where a status line must begin, as it is or as
     * the JDK quotes it.
     */
    private static final Pattern ALERT = Pattern.compile("(^|[\"\\[])\u0015\u0003[\u0000-\u0004]");

    /** How nginx, Apache httpd, Go and Tomcat answer a request without TLS where they want TLS. */
    private static final List<String> WANTS_TLS =
            List.of(
                    "plain http request was sent to https port",
                    "plain http to an ssl-enabled server port",
                    "client sent an http request to an https server",
                    "combination of host and port requires tls");

    /** Alerts of a server whose mind a later attempt doesn't change (RFC 8446, section 6.2). */
    private static final Pattern REFUSED =
            Pattern.compile(
                    "Received fatal alert: (handshake_failure|bad_certificate|unsupported_certificate"
                            + "|certificate_revoked|certificate_expired|certificate_unknown|unknown_ca"
                            + "|access_denied|protocol_version|insufficient_security"
                            + "|unrecognized_name|certificate_required|no_application_protocol)"
                            + "|No appropriate protocol.*");

    private TlsFault() {}

    /** Tells whether what was read instead of an answer shows that the scheme is wrong. */
    static boolean isWrongScheme(boolean tls, Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            String message = e.getMessage() == null ? "" : e.getMessage();
            if (tls
                    ? e instanceof SSLException && message.contains(NO_TLS)
                    : e instanceof QuietConnection.TlsAlertException || isAlert(message)) {
                return true;
            }
        }
        return false;
    }

    static boolean isAlert(CharSequence answer) {
        return ALERT.matcher(answer).find();
    }

    /** Tells whether an answer to a request without TLS says that the server wants TLS. */
    static boolean wantsTls(int status, String body) {
        String text = body.toLowerCase(Locale.ROOT);
        return status == 400 && WANTS_TLS.stream().anyMatch(text::contains);
    }

    /** Tells whether the two sides can't agree, as when the server wants a certificate. */
    static boolean isRefused(Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (e instanceof SSLException
                    && e.getMessage() != null
                    && REFUSED.matcher(e.getMessage()).find()) {
                return true;
            }
        }
        return false;
    }

    /** Says what to do about a wrong scheme. */
    static String advice(boolean tls, String place) {
        return tls
                ? "what answers at "
                        + place
                        + " speaks no TLS; the URI may have to begin with http://"
                : "what answers at " + place + " wants TLS; the URI must begin with https://";
    }
}
