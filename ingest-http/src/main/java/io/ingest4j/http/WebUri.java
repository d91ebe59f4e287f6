package io.ingest4j.http;

import java.net.URI;
import java.net.URISyntaxException;

/** Rules for URIs that are downloaded, given or redirected to. */
final class WebUri {

    private static final int LARGEST_PORT = 65_535;

    private WebUri() {}

    /** Says what is wrong with a URI without quoting it; empty if nothing is. */
    static String fault(URI uri) {
        boolean web =
                "http".equalsIgnoreCase(uri.getScheme())
                        || "https".equalsIgnoreCase(uri.getScheme());
        if (!web) {
            return "has another scheme than http and https";
        }
        String authority = uri.getRawAuthority();
        if (authority != null && authority.contains("@")) {
            return "holds a user or password (not shown); set them with header(\"Authorization\", ...)"
                    + " or bearerToken(...)";
        }
        if (uri.getHost() == null) {
            return "has no host in the form that RFC 2396 asks for";
        }
        return uri.getPort() == 0 || uri.getPort() > LARGEST_PORT ? "has an impossible port" : "";
    }

    /**
     * Resolves a reference. {@link URI#resolve(URI)} alone loses the last part of the path where there
     * is only a query, and changes the host where there is no path.
     */
    static URI resolved(URI from, String location) throws URISyntaxException {
        boolean noPath = from.getRawPath() == null || from.getRawPath().isEmpty();
        URI base = noPath ? from.resolve("/") : from;
        return base.resolve(
                new URI(location.startsWith("?") ? base.getRawPath() + location : location));
    }

    static boolean isSameOrigin(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        int usual = uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
        return uri.getPort() < 0 ? usual : uri.getPort();
    }
}
