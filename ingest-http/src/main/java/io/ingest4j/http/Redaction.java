package io.ingest4j.http;

import java.net.URI;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Makes text from the other side fit to be shown: without known secrets, without control
 * characters, short.
 */
final class Redaction {

    private static final int SHORTEST_SECRET = 6;
    private static final int LONGEST_TEXT = 200;
    private static final String MASK = "***";

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
                        .map(String::strip)
                        .filter(text -> text.length() >= SHORTEST_SECRET)
                        .distinct()
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .toList();
    }

    /** What is secret of a URI: its query and the parts of it, as given, as sent and decoded. */
    static Stream<String> queryOf(URI uri) {
        URI sent = URI.create(uri.toASCIIString());
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
        String safe = text;
        for (String secret : secrets) {
            safe = withoutCut(safe.replace(secret, MASK), secret);
        }
        safe = safe.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return safe.length() <= LONGEST_TEXT ? safe : safe.substring(0, LONGEST_TEXT) + "...";
    }

    /** Takes the beginning of a secret off the end. */
    private static String withoutCut(String text, String secret) {
        for (int n = Math.min(secret.length() - 1, text.length()); n >= SHORTEST_SECRET; n--) {
            if (text.endsWith(secret.substring(0, n))) {
                return text.substring(0, text.length() - n) + MASK;
            }
        }
        return text;
    }
}
