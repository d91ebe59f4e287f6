package io.ingest4j.examples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/** Tells at the start that nobody listens, which a run would only say after many attempts. */
final class Reachability {

    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private Reachability() {}

    /** Connects once, unless a proxy does that. */
    static void check(URI uri) throws IOException {
        ProxySelector proxies = ProxySelector.getDefault();
        if (proxies != null && !List.of(Proxy.NO_PROXY).equals(proxies.select(uri))) {
            return;
        }
        boolean tls = uri.getScheme().toLowerCase(Locale.ROOT).equals("https");
        int port = uri.getPort() >= 0 ? uri.getPort() : tls ? HTTPS_PORT : HTTP_PORT;
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(uri.getHost(), port), TIMEOUT_MILLIS);
        } catch (IOException e) {
            throw new IOException(
                    "the API at " + uri.getHost() + ":" + port + " can't be reached: " + e, e);
        }
    }
}
