package io.ingest4j.examples.service;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/** The form in which browsers send an origin (RFC 6454, section 6.2). */
final class Origin {

    private Origin() {}

    /** Scheme and host in small letters, and the port unless it is the scheme's; empty for what is none. */
    static Optional<String> of(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        boolean isHttp = scheme.equals("http") || scheme.equals("https");
        boolean isAlone =
                uri.getRawUserInfo() == null && text.endsWith("//" + uri.getRawAuthority());
        if (!isHttp || uri.getHost() == null || !isAlone || uri.getPort() > 65_535) {
            return Optional.empty();
        }
        int usual = scheme.equals("http") ? 80 : 443;
        boolean isUsual = uri.getPort() < 0 || uri.getPort() == usual;
        return Optional.of(
                scheme
                        + "://"
                        + uri.getHost().toLowerCase(Locale.ROOT)
                        + (isUsual ? "" : ":" + uri.getPort()));
    }
}
