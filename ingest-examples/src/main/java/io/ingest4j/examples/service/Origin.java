package io.ingest4j.examples.service;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The form in which browsers send an origin (RFC 6454, section 6.2). */
final class Origin {

    private Origin() {}

    private static final int MAX_PORT = 65_535;

    /** Names with underscores are none for java.net.URI, but browsers and container networks use them. */
    private static final Pattern AUTHORITY =
            Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::(\\d{1,5}))?");

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
        Matcher authority = AUTHORITY.matcher(String.valueOf(uri.getRawAuthority()));
        if (!isHttp || !isAlone || !authority.matches()) {
            return Optional.empty();
        }
        String port = authority.group(2);
        int number = port == null ? -1 : Integer.parseInt(port);
        if (number > MAX_PORT) {
            return Optional.empty();
        }
        int usual = scheme.equals("http") ? 80 : 443;
        String host = authority.group(1).toLowerCase(Locale.ROOT);
        return Optional.of(
                scheme + "://" + host + (number < 0 || number == usual ? "" : ":" + number));
    }
}
