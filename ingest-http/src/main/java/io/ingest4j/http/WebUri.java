package io.ingest4j.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rules for URIs that are downloaded, given or redirected to. */
final class WebUri {

    private static final int LARGEST_PORT = 65_535;

    /** A host in brackets keeps them. */
    private static final Pattern REFERENCE =
            Pattern.compile(
                    "(?<start>(?:[A-Za-z][A-Za-z0-9+.-]*:)?[/\\\\]{2}[^/\\\\?#]*|[A-Za-z][A-Za-z0-9+.-]*:)?"
                            + "(?<path>[^?#]*)(?<query>\\?[^#]*)?(?:#.*)?",
                    Pattern.DOTALL);

    /** All but what a path or query may hold (RFC 3986, section 3.3), and no escape. */
    private static final Pattern TO_ENCODE =
            Pattern.compile("[^!$&'()*+,./0-9:;=?@A-Z_a-z~%-]|%(?![0-9A-Fa-f]{2})");

    private WebUri() {}

    /** Says what is wrong with a URI without quoting a secret; empty if nothing is. */
    static String fault(URI uri) {
        if (uri.getScheme() == null) {
            return "has no scheme; write http:// or https:// before it";
        }
        boolean web =
                uri.getScheme().equalsIgnoreCase("http")
                        || uri.getScheme().equalsIgnoreCase("https");
        if (!web) {
            return "has another scheme than http and https";
        }
        String authority = uri.getRawAuthority();
        if (authority == null) {
            return "has no host";
        }
        if (authority.contains("@")) {
            return "holds a user or password (not shown); set them with header(\"Authorization\", ...)"
                    + " or bearerToken(...)";
        }
        if (uri.getHost() == null) {
            return "has '"
                    + authority
                    + "' where a host and a port must be in the form of RFC 2396 (letters, digits, '-' and"
                    + " '.', but no '_'); use another name of the host, or its address";
        }
        int port = uri.getPort();
        return port == 0 || port > LARGEST_PORT
                ? "has port " + port + ", where one from 1 to " + LARGEST_PORT + " must be"
                : "";
    }

    /**
     * Returns the path and query as a request sends them (RFC 9112, section 3.2.1), in ASCII and
     * otherwise as they stand.
     */
    static String target(URI uri) {
        URI ascii = ascii(uri);
        String query = ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery();
        return pathOf(ascii) + query;
    }

    /** Returns it as it is sent; one that is in ASCII stays as it stands. */
    static URI ascii(URI uri) {
        return URI.create(uri.toASCIIString());
    }

    /**
     * Resolves a Location after RFC 3986, section 5.2, without its fragment. {@link URI#resolve(URI)}
     * would lose the last part of the path where there is only a query, change the host where the base
     * has no path, and make one slash of two.
     *
     * <p>What RFC 3986 forbids but browsers follow is taken as they take it (WHATWG URL, section 4.4):
     * backslashes are slashes, and a character that must be encoded is, a stray percent sign among them.
     *
     * @param location as it was received, a character for each byte
     */
    static URI resolved(URI from, String location) throws URISyntaxException {
        String text = mended(location);
        URI reference = new URI(text);
        if (reference.getScheme() != null) {
            return reference;
        }
        if (reference.getRawAuthority() != null) {
            return new URI(from.getScheme() + ':' + text);
        }
        String path = reference.getRawPath();
        String query = reference.getRawQuery();
        if (path.isEmpty() && query == null) {
            query = from.getRawQuery();
        }
        return new URI(
                from.getScheme()
                        + "://"
                        + from.getRawAuthority()
                        + (path.isEmpty() ? pathOf(from) : withoutDots(merged(from, path)))
                        + (query == null ? "" : "?" + query));
    }

    /** Returns it without its fragment, as it should have been sent. */
    private static String mended(String location) {
        Matcher parts = REFERENCE.matcher(location.strip().replace("\t", ""));
        if (!parts.matches()) {
            return location; // never, as each part may be empty
        }
        String start = Objects.requireNonNullElse(parts.group("start"), "").replace('\\', '/');
        String path = parts.group("path").replace('\\', '/');
        String query = Objects.requireNonNullElse(parts.group("query"), "");
        // A colon in its first part would make a scheme of what comes before.
        String relative = start.isEmpty() && path.matches("[^/:]+:.*") ? "./" : "";
        return start + relative + encoded(path) + encoded(query);
    }

    private static String encoded(String text) {
        return TO_ENCODE
                .matcher(text)
                .replaceAll(
                        found ->
                                String.format(
                                        Locale.ROOT, "%%%02X", found.group().charAt(0) & 0xff));
    }

    static String pathOf(URI uri) {
        return uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    }

    private static String merged(URI from, String path) {
        String base = pathOf(from);
        return path.startsWith("/") ? path : base.substring(0, base.lastIndexOf('/') + 1) + path;
    }

    /** Takes "." and ".." out of a path that begins with a slash. */
    private static String withoutDots(String path) {
        Deque<String> kept = new ArrayDeque<>();
        boolean dots = false;
        for (String part : path.substring(1).split("/", -1)) {
            dots = part.equals(".") || part.equals("..");
            if (!dots) {
                kept.add(part);
            } else if (part.equals("..")) {
                kept.pollLast();
            }
        }
        if (dots) {
            kept.add("");
        }
        return "/" + String.join("/", kept);
    }

    static boolean isSameOrigin(URI one, URI other) {
        return origin(one).equals(origin(other));
    }

    /**
     * Returns the scheme, the host and the port in one form (RFC 3986, section 6.2): in lower case,
     * and without the scheme's usual port.
     */
    static String origin(URI uri) {
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        int usual = scheme.equals("https") ? 443 : 80;
        String port = uri.getPort() < 0 || uri.getPort() == usual ? "" : ":" + uri.getPort();
        return scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + port;
    }
}
