package io.ingest4j.examples.files;

import java.net.URI;
import java.net.URISyntaxException;

/** A URL as people may see it. */
final class ShownUrl {

    private ShownUrl() {}

    /** Scheme, host, port and path of a URL, without user, query and fragment, where secrets are. */
    static String of(String url) {
        try {
            URI uri = new URI(url);
            if (uri.getHost() != null && uri.getScheme() != null) {
                String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
                return URI.create(uri.getScheme() + "://" + uri.getHost() + port + uri.getRawPath())
                        .toASCIIString();
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // Whatever it is, it may hold a secret somewhere.
        }
        return "(not shown, as it is no URL)";
    }
}
