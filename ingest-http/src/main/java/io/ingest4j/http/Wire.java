package io.ingest4j.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.io.DetachedSocketFactory;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request over a connection of its own, with deadlines, and nothing else: no retries, no
 * redirects, no cookies, no decompression, no proxy.
 *
 * <p>It uses Apache HttpComponents below its client: the JDK's client can't be told which address to
 * connect to, so that a name could be checked and then lead elsewhere, whereas here the resolver
 * hands over the very addresses that were checked. Apache's own client is left out because at debug
 * level it logs requests with their secrets.
 *
 * <p>Used by one thread.
 */
final class Wire {

    private static final HttpRequestExecutor EXECUTOR = new HttpRequestExecutor();

    /** A plain {@code new Socket()} would heed the JVM's SOCKS settings. */
    private static final DetachedSocketFactory DIRECT = proxy -> new Socket(Proxy.NO_PROXY);

    private final DownloadOptions options;
    private final Surroundings surroundings;
    private final DownloadRequests requests;
    private final Lifeline lifeline;

    /** The origins that were heard: from then on their scheme is right, whatever comes. */
    private final Set<String> answered = new HashSet<>();

    Wire(
            DownloadOptions options,
            Surroundings surroundings,
            DownloadRequests requests,
            Lifeline lifeline) {
        this.options = options;
        this.surroundings = surroundings;
        this.requests = requests;
        this.lifeline = lifeline;
    }

    /** Sends a request and returns once the head of its answer is there. */
    Answer send(URI uri, String method, Map<String, String> headers) throws IOException {
        QuietConnection connection = new QuietConnection();
        lifeline.hold(connection);
        requests.count(method);
        Deadline deadline = connection.deadline();
        deadline.start(limitNanos(1));
        boolean open = false;
        try {
            connect(connection, uri);
            deadline.start(TimeUnit.NANOSECONDS.convert(options.timeout));
            ClassicHttpResponse response =
                    EXECUTOR.execute(
                            request(uri, method, headers), connection, HttpCoreContext.create());
            open = true;
            answered.add(WebUri.origin(uri));
            return answer(uri, response, connection);
        } catch (HttpException | IllegalArgumentException e) {
            requireRightScheme(uri, e);
            // Its text may be what the server sent.
            throw Setback.passing("the answer is not HTTP (" + e.getClass().getSimpleName() + ")");
        } catch (IOException e) {
            lifeline.requireWhole();
            if (deadline.isOver()) {
                throw Setback.passing("no answer within " + deadline.limit());
            }
            requireRightScheme(uri, e);
            if (!answered.contains(WebUri.origin(uri)) && TlsFault.isRefused(e)) {
                throw Setback.lasting(
                        "no TLS connection to " + Redaction.place(uri) + ": " + e.getMessage());
            }
            throw e;
        } finally {
            deadline.stop();
            if (!open) {
                connection.close();
            }
        }
    }

    private void requireRightScheme(URI uri, Exception error) throws Setback {
        boolean tls = isTls(uri);
        if (!answered.contains(WebUri.origin(uri)) && TlsFault.isWrongScheme(tls, error)) {
            throw Setback.lasting(TlsFault.advice(tls, Redaction.place(uri)));
        }
    }

    private static boolean isTls(URI uri) {
        return uri.getScheme().equalsIgnoreCase("https");
    }

    /** Each address may take as long as connecting may, so that one behind dead ones is reached. */
    private long limitNanos(int addresses) {
        long one = TimeUnit.NANOSECONDS.convert(options.connectTimeout);
        long connecting = one > Long.MAX_VALUE / addresses ? Long.MAX_VALUE : one * addresses;
        long answering = TimeUnit.NANOSECONDS.convert(options.timeout);
        return connecting + Math.min(answering, Long.MAX_VALUE - connecting);
    }

    private void connect(QuietConnection connection, URI uri) throws IOException {
        Timeout silence = timeout(options.timeout);
        boolean tls = isTls(uri);
        RegistryBuilder<TlsSocketStrategy> strategies = RegistryBuilder.create();
        if (tls) {
            strategies.register("https", new DefaultClientTlsStrategy(sslContext()));
        }
        new DefaultHttpClientConnectionOperator(
                        DIRECT,
                        DefaultSchemePortResolver.INSTANCE,
                        new CheckedResolver(
                                surroundings,
                                options.allowPrivateAddresses,
                                found -> connection.deadline().start(limitNanos(found))),
                        strategies.build())
                .connect(
                        connection,
                        new HttpHost(tls ? "https" : "http", host(uri), uri.getPort()),
                        null,
                        timeout(options.connectTimeout),
                        SocketConfig.custom().setSoTimeout(silence).setTcpNoDelay(true).build(),
                        HttpCoreContext.create());
        connection.setSocketTimeout(silence);
    }

    private SSLContext sslContext() throws IOException {
        try {
            return options.sslContext == null
                    ? SSLContext.getDefault()
                    : supplied(options.sslContext);
        } catch (NoSuchAlgorithmException e) {
            throw new IOException("there is no default SSLContext", e);
        }
    }

    /** What the supplier throws may quote a password. */
    private static SSLContext supplied(SerializableSupplier<SSLContext> supplier) throws Setback {
        @Nullable SSLContext context;
        try {
            context = supplier.get();
        } catch (RuntimeException e) {
            throw Setback.passing("sslContext failed with " + e.getClass().getName());
        }
        if (context == null) {
            throw Setback.lasting("sslContext must supply an SSLContext, but supplied null");
        }
        return context;
    }

    private static Timeout timeout(Duration duration) {
        long millis = TimeUnit.MILLISECONDS.convert(duration);
        return Timeout.ofMilliseconds(Math.min(Integer.MAX_VALUE, Math.max(1, millis)));
    }

    /** An IPv6 address without its brackets. */
    private static String host(URI uri) {
        String host = uri.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static BasicClassicHttpRequest request(
            URI uri, String method, Map<String, String> headers) {
        BasicClassicHttpRequest request = new VerbatimRequest(method, WebUri.target(uri));
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        request.addHeader("Host", uri.getHost() + port);
        headers.forEach(request::addHeader);
        request.addHeader("Connection", "close");
        return request;
    }

    /** The library would read a target that begins with two slashes as a host and a path. */
    private static final class VerbatimRequest extends BasicClassicHttpRequest {

        private static final long serialVersionUID = 1;

        private final String target;

        VerbatimRequest(String method, String target) {
            super(method, "/");
            this.target = target;
        }

        @Override
        public String getRequestUri() {
            return target;
        }
    }

    private Answer answer(URI uri, ClassicHttpResponse response, QuietConnection connection)
            throws IOException {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Header header : response.getHeaders()) {
            String value = header.getValue() == null ? "" : header.getValue();
            headers.computeIfAbsent(header.getName(), name -> new ArrayList<>()).add(value);
        }
        HttpEntity entity = response.getEntity();
        return new Answer(
                uri,
                response.getCode(),
                HttpHeaders.of(headers, (name, value) -> !name.isEmpty()),
                entity == null ? InputStream.nullInputStream() : entity.getContent(),
                entity == null ? -1 : entity.getContentLength(),
                entity != null && entity.isChunked(),
                connection,
                TimeUnit.NANOSECONDS.convert(options.timeout));
    }
}
