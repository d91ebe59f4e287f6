package io.ingest4j.http;

import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriterContext;
import java.net.URI;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Sends every batch as one request to one URI.
 *
 * <pre>{@code
 * HttpSink.post(URI.create("https://api.example.com/process"))
 *         .bearerToken(() -> System.getenv("TOKEN"))
 *         .timeout(Duration.ofSeconds(10))
 *         .json()
 * }</pre>
 *
 * <p>The status decides what becomes of the records, see {@link StatusPolicy}; {@link
 * HttpSinkBuilder#responses} tells them apart. Redirects are not followed, as they would carry
 * credentials elsewhere. The sink itself never sends a request twice: a request that got no answer is
 * reported as such, and the run sends it again under the same {@code Idempotency-Key}.
 *
 * <p>Secrets (the URI's query, header values, the token) appear in no text that the sink makes. Where a
 * server repeats one, it is masked: as it was sent, in capitals, in the escapes of URIs, JSON and HTML,
 * the user and password that Base64 of a Basic header means, and its beginning, from eight characters
 * and half of it on. The values of Accept, Accept-Charset, Accept-Language, Content-Type, Prefer and User-Agent are not masked, nor are the names of query parameters by themselves. What can't be recognised is not masked: a secret of fewer than six characters, another part of it,
 * what was computed from it, an encoding not named here. The JDK's client itself logs headers and
 * queries if the property {@code jdk.internal.httpclient.debug} or {@code jdk.httpclient.HttpClient.log}
 * is set: only where such logs may hold secrets.
 *
 * <p>What can be right for no record ends the run with its reason: a certificate that nobody trusts or
 * that is for another host, and, until the first answer, a server that speaks no TLS where the URI
 * says https, that wants TLS where it says http, or that refuses the handshake. A server that only
 * closes the connection is tried again, since one that starts does the same.
 *
 * <p>Idle connections are kept as long as the JDK does, 1200 seconds on 17 and 30 on 21 and later. A
 * server that closes them sooner makes requests fail now and then with {@code connection lost}, which
 * is tried again; the JVM-wide property {@code jdk.httpclient.keepalive.timeout}, in seconds, set
 * below the server's limit avoids that.
 *
 * <p>Before JDK 21 the client never closes a connection on which it got an answer that is not HTTP, nor
 * one with more than eight interim responses: each costs a file handle until the process ends. Where a
 * server may do that, use a later JDK.
 *
 * <p>Immutable, safe for use by several threads, and serializable if its encoder and suppliers are.
 *
 * @param <T> the record type
 * @since 0.1
 */
public final class HttpSink<T> implements RecordSink<T> {

    private static final long serialVersionUID = 1;
    private static final Pattern METHOD = Pattern.compile("[A-Z]{1,20}");

    private final HttpSettings settings;
    private final RecordEncoder<T> encoder;

    HttpSink(HttpSettings settings, RecordEncoder<T> encoder) {
        this.settings = settings;
        this.encoder = encoder;
    }

    /**
     * Begins a sink that sends POST requests.
     *
     * @param uri where to, {@code http} or {@code https}, with a host and without a user
     * @return a builder
     * @throws IllegalArgumentException if the URI is another
     */
    public static HttpSinkBuilder post(URI uri) {
        return method("POST", uri);
    }

    /**
     * Begins a sink that sends PUT requests.
     *
     * @param uri where to, {@code http} or {@code https}, with a host and without a user
     * @return a builder
     * @throws IllegalArgumentException if the URI is another
     */
    public static HttpSinkBuilder put(URI uri) {
        return method("PUT", uri);
    }

    /**
     * Begins a sink that sends requests of another method.
     *
     * @param method the method in capitals, such as {@code PATCH}; GET and HEAD are refused, since
     *     they carry no body and the JDK may send them twice
     * @param uri where to, {@code http} or {@code https}, with a host and without a user
     * @return a builder
     * @throws IllegalArgumentException if the method or the URI is another
     */
    public static HttpSinkBuilder method(String method, URI uri) {
        Objects.requireNonNull(method, "method must not be null");
        if (!METHOD.matcher(method).matches()
                || method.equals("GET")
                || method.equals("HEAD")
                || method.equals("CONNECT")) {
            throw new IllegalArgumentException(
                    "method must be capital letters and not GET, HEAD or CONNECT, was '"
                            + method.replaceAll("\\p{Cntrl}", "?")
                            + "'");
        }
        Objects.requireNonNull(uri, "uri must not be null");
        String fault = WebUri.fault(uri);
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException(
                    "uri must be http or https, with a host and without a user, was "
                            + Redaction.shown(uri)
                            + ", which "
                            + fault);
        }
        return new HttpSinkBuilder(method, uri);
    }

    @Override
    public RecordWriter<T> open(WriterContext context) {
        return HttpWriter.open(settings, encoder);
    }

    @Override
    public int maxBatchSize() {
        return encoder.maxBatchSize();
    }

    /**
     * {@inheritDoc} Made of the method and the URI without its fragment, with a digest in place of its
     * query; see {@link HttpDownload} for what of a query is left out.
     */
    @Override
    public String identity() {
        return settings.method() + ' ' + UriIdentity.of(settings.uri());
    }

    HttpSettings settings() {
        return settings;
    }

    /** Names the method, the URI without its query, and the body's form. */
    @Override
    public String toString() {
        return settings + " as " + encoder.contentType();
    }
}
