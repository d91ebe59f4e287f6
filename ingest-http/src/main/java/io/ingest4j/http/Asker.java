package io.ingest4j.http;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the resource, through redirects (RFC 9110, section 15.4) and with the caller's
 * credentials, which only the origin that they were given for ever gets. Used by one thread.
 */
final class Asker {

    private static final int EXCERPT_BYTES = 4 << 10;
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final URI uri;
    private final DownloadOptions options;
    private final Wire wire;
    private final Set<URI> uris = new LinkedHashSet<>();
    private final Set<String> secrets = new LinkedHashSet<>();

    Asker(URI uri, DownloadOptions options, Wire wire) {
        this.uri = uri;
        this.options = options;
        this.wire = wire;
        uris.add(uri);
        secrets.addAll(Redaction.secretsOf(options.headers));
    }

    /** Makes text from outside fit to be shown. */
    String shown(String text) {
        return new Redaction(uris, secrets).shown(text);
    }

    /**
     * Asks, from the original URI on.
     *
     * @return an answer with status 2xx, 412 or 416
     * @throws IOException if it is none of those, or none came
     */
    Answer ask(String method, Map<String, String> headers) throws IOException {
        Answer answer = follow(method, headers);
        if (answer.status() == 401 && options.bearerToken != null) {
            answer.abort();
            answer = follow(method, headers);
        }
        int status = answer.status();
        if (status / 100 == 2 || status == 412 || status == 416) {
            return answer;
        }
        try {
            throw refusal(answer);
        } finally {
            answer.abort();
        }
    }

    private Answer follow(String method, Map<String, String> headers) throws IOException {
        URI at = uri;
        boolean home = true;
        List<String> way = new ArrayList<>(List.of(Redaction.shown(uri)));
        Set<URI> seen = new HashSet<>(Set.of(uri));
        while (true) {
            Answer answer = wire.send(at, method, home ? withCredentials(headers) : plain(headers));
            if (!isRedirect(answer.status())) {
                return answer;
            }
            answer.abort();
            URI next = target(at, answer);
            way.add(Redaction.shown(next));
            if (!seen.add(next)) {
                throw Setback.lasting("redirects run in a loop: " + String.join(" to ", way));
            }
            if (way.size() - 1 > options.maxRedirects) {
                throw Setback.lasting(
                        "more than "
                                + options.maxRedirects
                                + " redirects (maxRedirects): "
                                + String.join(" to ", way));
            }
            home &= WebUri.isSameOrigin(uri, next);
            at = next;
        }
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private URI target(URI from, Answer answer) throws IOException {
        String said = answer.status() + ", redirected by " + Redaction.shown(from);
        String location = answer.header("Location");
        if (location.isEmpty()) {
            throw Setback.lasting(said + " without a Location");
        }
        URI next;
        try {
            next = WebUri.resolved(from, location);
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw Setback.lasting(said + " to a Location that is no URI");
        }
        String fault = WebUri.fault(next);
        if (!fault.isEmpty()) {
            throw Setback.lasting(said + " to a URI that " + fault);
        }
        if (from.getScheme().equalsIgnoreCase("https")
                && next.getScheme().equalsIgnoreCase("http")) {
            throw Setback.lasting(
                    said + " to " + Redaction.shown(next) + ", from https to http, not followed");
        }
        uris.add(next);
        return next;
    }

    private static Map<String, String> plain(Map<String, String> headers) {
        Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.put("Accept", "*/*");
        all.put("User-Agent", "ingest4j");
        all.put("Accept-Encoding", "identity");
        all.putAll(headers);
        return all;
    }

    private Map<String, String> withCredentials(Map<String, String> headers) throws IOException {
        Map<String, String> all = plain(headers);
        all.putAll(options.headers);
        if (options.bearerToken != null) {
            all.put("Authorization", "Bearer " + token(options.bearerToken));
        }
        return all;
    }

    /** What the supplier throws may quote secrets that nobody here knows. */
    private String token(SerializableSupplier<String> supplier) throws IOException {
        @Nullable String token;
        try {
            token = supplier.get();
        } catch (RuntimeException e) {
            throw Setback.passing("bearerToken failed with " + e.getClass().getName());
        }
        if (token == null || token.isEmpty()) {
            throw Setback.lasting("bearerToken must supply a token, but supplied none");
        }
        String fault = HeaderRule.fault(token);
        if (!fault.isEmpty()) {
            throw Setback.lasting(
                    "bearerToken gave what can't be sent in a header: it must be one that "
                            + fault
                            + " (not shown)");
        }
        secrets.add(token);
        return token;
    }

    private Setback refusal(Answer answer) {
        int status = answer.status();
        Duration wait = RetryAfter.of(answer.headers(), Clock.systemUTC(), LONGEST_WAIT);
        String body = new String(answer.excerpt(EXCERPT_BYTES), StandardCharsets.UTF_8);
        String excerpt = shown(body);
        String wrong = TlsFault.wantsTls(status, body) ? tlsWanted(answer.uri()) : "";
        return Setback.status(
                status,
                status + hint(status) + wrong + (excerpt.isEmpty() ? "" : ": " + excerpt),
                wait);
    }

    /** Over TLS it is what a proxy has heard from a server behind it. */
    private String tlsWanted(URI answered) {
        if (answered.getScheme().equalsIgnoreCase("https")) {
            return "";
        }
        return WebUri.isSameOrigin(uri, answered)
                ? ", it wants TLS; the URI must begin with https://"
                : ", "
                        + Redaction.place(answered)
                        + ", where it was redirected to, wants TLS; the redirect must lead to"
                        + " https://";
    }

    private static String hint(int status) {
        return switch (status) {
            case 401 -> ", the server does not accept the credentials, or wants some";
            case 403 -> ", access denied; check credentials, or whether a signed URI has expired";
            case 404, 410 -> ", there is nothing at that URI";
            default -> "";
        };
    }
}
