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
 * scheme or a name, and its beginning. Not known are: fewer than six characters; where the text goes
 * on, a beginning of fewer than eight characters or of less than half; another part of it; what was computed from it in another
 * way, such as a digest; and other encodings.
 */
final class Redaction {

    private static final int SHORTEST_SECRET = 6;
    private static final int SHORTEST_BEGINNING = 8;
    private static final int LONGEST_TEXT = 200;
    private static final String MASK = "***";

    /** Names of headers. */
    private static final Set<String> NO_SECRETS = Set.of("accept", "content-type", "user-agent");

    /** In their {@linkplain PlainForm plain form}. */
    private final List<String> secrets;

    /**
     * Makes a redaction.
     *
     * @param uri its query and what stands in it are secrets
     * @param values further secrets
     */
    Redaction(URI uri, Collection<String> values) {
        Stream<String> parts = values.stream().flatMap(Redaction::partsOf);
        secrets =
                Stream.concat(queryOf(uri), parts)
                        .flatMap(Redaction::withBase64)
                        .map(String::strip)
                        .map(text -> PlainForm.of(text).bytes())
                        .filter(text -> text.length() >= SHORTEST_SECRET)
                        .distinct()
                        .toList();
    }

    /** With what it means if it is Base64, such as a user and a password, and the Base64 of it. */
    private static Stream<String> withBase64(String text) {
        String encoded = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
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

    /** What is secret of a URI: its query and the parts of it, as given, as sent and decoded. */
    static Stream<String> queryOf(URI uri) {
        URI sent = WebUri.ascii(uri);
        return Stream.of(uri.getRawQuery(), sent.getRawQuery(), uri.getQuery(), sent.getQuery())
                .filter(Objects::nonNull)
                .flatMap(
                        query ->
                                Stream.concat(
                                        Stream.of(query), Stream.of(query.split("[&=]", -1))));
    }

    /** A value, and what stands in it behind a scheme or a name, as in {@code Bearer x} or {@code a=x}. */
    private static Stream<String> partsOf(String value) {
        return Stream.concat(Stream.of(value), Stream.of(value.split("[\\s;,=]+", -1)));
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
        return safe.length() <= LONGEST_TEXT ? safe : safe.substring(0, LONGEST_TEXT) + "...";
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
        for (String secret : secrets) {
            int common = form.common(index, secret);
            boolean whole = common == secret.length();
            boolean half = common >= SHORTEST_BEGINNING && common >= secret.length() - common;
            boolean cut = common >= SHORTEST_SECRET && index + common == form.size();
            if (whole || half || cut) {
                longest = Math.max(longest, common);
            }
        }
        return longest;
    }
}
