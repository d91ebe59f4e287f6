package io.ingest4j.http;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes text from the other side fit to be shown: without known secrets, without control
 * characters, short.
 *
 * <p>A secret is known as it was sent, in other letters (large for small), in the escapes of URIs, JSON
 * and HTML, and of Base64 both what it means and what it would be; so are what stands in it behind a
 * scheme or a name, and its beginning; the name of a query parameter alone is no secret. Not known are: fewer than six characters; where the text goes
 * on, a beginning of fewer than eight characters or of less than half; another part of it; what was computed from it in another
 * way, such as a digest; and other encodings.
 */
final class Redaction {

    private static final int SHORTEST_SECRET = 6;
    private static final int SHORTEST_BEGINNING = 8;
    private static final int LONGEST_TEXT = 200;
    private static final String MASK = "***";

    /** Names of headers. */
    private static final Set<String> NO_SECRETS =
            Set.of(
                    "accept",
                    "accept-charset",
                    "accept-language",
                    "content-type",
                    "prefer",
                    "user-agent");

    private final List<Secret> secrets;

    /**
     * A secret in its {@linkplain PlainForm plain form}.
     *
     * @param name how much of its beginning is the name of a parameter, which is no secret by itself
     */
    private record Secret(String text, int name) {

        static Secret of(String text) {
            return new Secret(PlainForm.of(text.strip()).bytes(), 0);
        }

        /** A whole query. */
        static Secret ofQuery(String query) {
            String first = query.split("&", 2)[0];
            String name = isNamed(first) ? first.substring(0, first.indexOf('=') + 1) : "";
            return new Secret(PlainForm.of(query).bytes(), PlainForm.of(name).size());
        }
    }

    /**
     * Makes a redaction.
     *
     * @param uri its query and the values in it are secrets
     * @param values further secrets
     */
    Redaction(URI uri, Collection<String> values) {
        this(List.of(uri), values);
    }

    /**
     * Makes a redaction.
     *
     * @param uris their queries and the values in them are secrets
     * @param values further secrets
     */
    Redaction(Collection<URI> uris, Collection<String> values) {
        List<String> queries = uris.stream().flatMap(Redaction::queriesOf).toList();
        Stream<String> parts =
                Stream.concat(
                        queries.stream().flatMap(query -> partsOf(query, "&")),
                        values.stream().flatMap(Redaction::partsOf));
        secrets =
                Stream.of(
                                queries.stream().map(Secret::ofQuery),
                                queries.stream().map(Redaction::base64).map(Secret::of),
                                parts.flatMap(Redaction::withBase64).map(Secret::of))
                        .flatMap(secret -> secret)
                        .filter(secret -> secret.text.length() >= SHORTEST_SECRET)
                        .distinct()
                        .toList();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** With what it means if it is Base64, such as a user and a password, and the Base64 of it. */
    private static Stream<String> withBase64(String text) {
        String encoded = base64(text);
        try {
            byte[] bytes = Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
            String meant = new String(bytes, StandardCharsets.UTF_8);
            return Stream.of(text, encoded, meant, meant.substring(meant.indexOf(':') + 1));
        } catch (IllegalArgumentException e) {
            return Stream.of(text, encoded);
        }
    }

    /** Returns the values of headers, but of those that only say what is spoken, with common words. */
    static List<String> secretsOf(Map<String, String> headers) {
        return headers.entrySet().stream()
                .filter(header -> !NO_SECRETS.contains(header.getKey().toLowerCase(Locale.ROOT)))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** The query as given, as sent and decoded. */
    private static Stream<String> queriesOf(URI uri) {
        URI sent = WebUri.ascii(uri);
        return Stream.of(uri.getRawQuery(), sent.getRawQuery(), uri.getQuery(), sent.getQuery())
                .filter(Objects::nonNull);
    }

    /** A value, and what stands in it behind a scheme or a name, as in {@code Bearer x} or {@code a=x}. */
    private static Stream<String> partsOf(String value) {
        return Stream.concat(Stream.of(value), partsOf(value, "[\\s;,]+"));
    }

    /** Splits a text, and leaves out the names of what has one. */
    private static Stream<String> partsOf(String text, String separator) {
        return Stream.of(text.split(separator, -1))
                .map(part -> isNamed(part) ? part.substring(part.indexOf('=') + 1) : part)
                .flatMap(part -> Stream.concat(Stream.of(part), Stream.of(part.split("=", -1))));
    }

    /** Tells whether it is a name with a value; Base64 may end with signs that look so. */
    private static boolean isNamed(String part) {
        int equals = part.indexOf('=');
        return equals > 0 && !part.substring(equals).matches("=+");
    }

    /** Returns a URI without its query, fragment and user; of an opaque one, only the scheme. */
    static String shown(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme() + ":";
        if (uri.isOpaque()) {
            return scheme + "...";
        }
        String host = uri.getRawAuthority() == null ? "" : "//" + place(uri);
        return scheme + host + Objects.requireNonNullElse(uri.getRawPath(), "");
    }

    /** Returns the host and the port, if they are told. */
    static String place(URI uri) {
        if (uri.getHost() != null) {
            return uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        }
        String authority = Objects.requireNonNullElse(uri.getRawAuthority(), "");
        return authority.substring(authority.lastIndexOf('@') + 1);
    }

    /** Returns the beginning of a text that may have been cut at its end. */
    String shown(String text) {
        String safe = masked(text).replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        if (safe.length() <= LONGEST_TEXT) {
            return safe;
        }
        boolean cutsPair = Character.isHighSurrogate(safe.charAt(LONGEST_TEXT - 1));
        return safe.substring(0, cutsPair ? LONGEST_TEXT - 1 : LONGEST_TEXT) + "...";
    }

    private String masked(String text) {
        PlainForm form = PlainForm.of(text);
        StringBuilder safe = new StringBuilder();
        int shown = 0;
        for (int i = 0; i < form.size(); ) {
            int length = secretAt(form, i);
            if (length > 0) {
                safe.append(text, shown, form.origin(i)).append(MASK);
                shown = form.origin(i + length);
            }
            i += Math.max(1, length);
        }
        return safe.append(text, shown, text.length()).toString();
    }

    /** Returns the length of the longest secret, or beginning of one, that stands there; or 0. */
    private int secretAt(PlainForm form, int index) {
        int longest = 0;
        for (Secret secret : secrets) {
            int common = form.common(index, secret.text);
            int told = common - secret.name;
            int untold = secret.text.length() - common;
            boolean half = told >= SHORTEST_BEGINNING && told >= untold;
            boolean cut = told >= SHORTEST_SECRET && index + common == form.size();
            if (untold == 0 || half || cut) {
                longest = Math.max(longest, common);
            }
        }
        return longest;
    }
}
