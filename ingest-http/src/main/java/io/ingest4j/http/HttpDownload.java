package io.ingest4j.http;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.SourceChangedException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * Reads what a server sends for one http or https URI. Immutable; every setter returns a changed
 * copy, and several threads may use one download.
 *
 * <pre>{@code
 * RecordSource<Row> rows =
 *         HttpDownload.of(URI.create("https://data.example.org/customers.csv")).as(Csv.withHeader());
 * }</pre>
 *
 * <p><b>What it insists on.</b> The version that {@link #objects()} found: the strong ETag; failing
 * that, Last-Modified and length, with the weak ETag if there is one (RFC 9110, section 8.8), but only
 * if the answer's Date is at least a second later (section 8.8.2.2): what was written a moment ago may
 * be written again without a sign. Status, version, range and length of every answer are compared with what was asked for, and the bytes are
 * counted. A resource that changed meanwhile makes reading fail with {@link SourceChangedException};
 * an answer that contradicts itself or the question, with an {@link IOException}. A stream never
 * holds bytes of two versions. Compressed bodies (Content-Encoding) are not asked for and refused.
 *
 * <p><b>When something breaks.</b> After a broken connection, a time-out, or status 408, 429 or 5xx,
 * reading goes on after the last byte that arrived ({@code Range} with {@code If-Range}, RFC 9110,
 * sections 14.2 and 13.1.5), from the original URI again, since what it redirects to may have
 * expired. The pauses double from 100 ms to 10 s ({@link #backoff}), or are those that the server
 * asks for (Retry-After). It gives up with an {@link IOException} that tells the offset after {@link
 * #maxAttempts} (16) requests, or {@link #giveUpAfter} (2 minutes), without a byte. A server that
 * sends everything again instead of the rest is read again from the start, and what a stream has
 * delivered is compared by a digest.
 *
 * <p>It gives up at once on a certificate that nobody trusts or that is for another host. Until the
 * server's first answer it also gives up at once on a handshake that the server refuses, and on a
 * server that speaks no TLS where the URI says https, or wants TLS where it says http. After the first
 * answer to a stream these count as failed attempts, as a proxy that restarts may cause them.
 *
 * <p><b>Without a version.</b> Where a server sends neither a strong ETag nor such a date, a stream
 * from byte 0 still outlasts broken connections, by reading again and comparing; but another process
 * can't go on at an offset, because nothing proves that the bytes before it are the same. A job that
 * is continued reads it from the start again and compares.
 *
 * <p><b>Where it connects to.</b> To public addresses only, unless {@link #allowPrivateAddresses}
 * says otherwise: a URI from outside can't reach what is inside a network. The addresses checked are
 * those that are connected to, after every redirect. No proxy is used, whatever the JVM's settings.
 * Redirects are followed, never from https to http; headers and tokens set here are sent to the
 * original scheme, host and port only, and no more once a redirect has left them.
 *
 * <p><b>Secrets.</b> The queries of the URI and of redirects, the values of headers and the token appear
 * in no text that a download makes. Where a server repeats one, it is masked as {@link HttpSink} says,
 * with the same exceptions.
 *
 * <p><b>Compressed files.</b> Their bytes are handed out as they are. A file in gzip is inflated by {@link
 * io.ingest4j.core.file.Gzip#of Gzip.of}: {@code Gzip.of(download).as(Csv.withHeader())}.
 *
 * <p><b>Names.</b> The object is named after the URI without fragment, with scheme and host in lower
 * case, without the usual port, and with a digest in place of its query, which may select what is read.
 * Query parameters that only sign a request to S3, Google
 * Cloud Storage, Azure Storage, CloudFront or OSS are left out, so that two signed URIs of one file
 * have the same name, and its records the same keys. Send a secret that changes from run to run as a
 * {@link #header} or {@link #bearerToken}; in the query it makes another source.
 *
 * @since 0.1
 */
public final class HttpDownload implements ByteSource {

    private static final long serialVersionUID = 1;

    /** What the client sets itself, or what would change the meaning of answers. */
    private static final Set<String> RESERVED =
            Set.of(
                    "accept-encoding",
                    "connection",
                    "content-length",
                    "expect",
                    "host",
                    "if-match",
                    "if-modified-since",
                    "if-none-match",
                    "if-range",
                    "if-unmodified-since",
                    "keep-alive",
                    "proxy-authorization",
                    "range",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private final URI uri;
    private final DownloadOptions options;
    private final Surroundings surroundings;
    private final transient DownloadRequests requests;

    private HttpDownload(
            URI uri,
            DownloadOptions options,
            Surroundings surroundings,
            DownloadRequests requests) {
        this.uri = uri;
        this.options = options;
        this.surroundings = surroundings;
        this.requests = requests;
    }

    /**
     * Reads what is at a URI.
     *
     * @param uri with scheme http or https and a host; its query is treated as a secret, and its
     *     fragment is not sent
     * @return a download with the default settings
     * @throws IllegalArgumentException if it is not such a URI, or holds a user or password, which
     *     belong into {@link #header} or {@link #bearerToken}
     */
    public static HttpDownload of(URI uri) {
        Objects.requireNonNull(uri, "uri must not be null");
        String fault = WebUri.fault(uri);
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException(
                    "uri must be fit for a download, was "
                            + Redaction.shown(uri)
                            + ", which "
                            + fault);
        }
        return new HttpDownload(uri, new DownloadOptions(), new Machine(), new DownloadRequests());
    }

    /** Uses other addresses and another time; for tests. */
    HttpDownload in(Surroundings others) {
        return new HttpDownload(uri, options, others, requests);
    }

    private HttpDownload with(Consumer<DownloadOptions> change) {
        return new HttpDownload(uri, options.with(change), surroundings, requests);
    }

    /**
     * Sends a header with every request to the URI's own scheme, host and port; none by default. The
     * value is treated as a secret: it is never shown, but that of Accept, Accept-Charset, Accept-Language,
     * Content-Type, Prefer or User-Agent is
     * where a server repeats it.
     *
     * @param name the header's name; the same name again replaces the value
     * @param value its value: printable ASCII (0x20 to 0x7E) and tabs, since nothing else arrives as
     *     it was sent
     * @return a changed copy
     * @throws IllegalArgumentException if either has other characters, or the name is one that a
     *     download sets itself, such as Range
     */
    public HttpDownload header(String name, String value) {
        Objects.requireNonNull(name, "name must not be null");
        Objects.requireNonNull(value, "value must not be null");
        HeaderRule.requireName("header", name);
        if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "header must not have a name that a download sets itself, was '" + name + "'");
        }
        HeaderRule.requireValue("header '" + name + "'", value);
        return checked(with(o -> o.headers.put(name, value)));
    }

    private static HttpDownload checked(HttpDownload download) {
        if (download.options.bearerToken != null
                && download.options.headers.containsKey("Authorization")) {
            throw new IllegalArgumentException(
                    "bearerToken must not be combined with a header named Authorization");
        }
        return download;
    }

    /**
     * Sends {@code Authorization: Bearer} with a token, where {@link #header} would send headers; none
     * by default. The supplier is asked for every request, by several threads at a time, so it can
     * renew the token. After status 401 it is asked once more. If it throws, that counts as a failed
     * attempt; null, or a token with characters that {@link #header} would refuse, ends the reading.
     *
     * @param token supplies the token, which is never shown
     * @return a changed copy
     * @throws IllegalArgumentException if there is a header named Authorization
     */
    public HttpDownload bearerToken(SerializableSupplier<String> token) {
        Objects.requireNonNull(token, "token must not be null");
        return checked(with(o -> o.bearerToken = token));
    }

    /**
     * Sets which certificates are trusted and shown; the JVM's default by default. Names are always
     * verified.
     *
     * @param context supplies the context, not null, once for each connection; if it throws, that
     *     counts as a failed attempt
     * @return a changed copy
     */
    public HttpDownload sslContext(SerializableSupplier<SSLContext> context) {
        Objects.requireNonNull(context, "context must not be null");
        return with(o -> o.sslContext = context);
    }

    /**
     * Sets how long connecting to one address may take. 10 s by default.
     *
     * @param limit more than zero
     * @return a changed copy
     * @throws IllegalArgumentException if it is not positive
     */
    public HttpDownload connectTimeout(Duration limit) {
        requirePositive("connectTimeout", limit);
        return with(o -> o.connectTimeout = limit);
    }

    /**
     * Sets how long to wait for the head of an answer once connected, and then for each next byte of
     * its body. A body as a whole has no limit; what is no data, such as an error page or the marks
     * between chunks, does not count. 30 s by default.
     *
     * @param timeout more than zero
     * @return a changed copy
     * @throws IllegalArgumentException if it is not positive
     */
    public HttpDownload timeout(Duration timeout) {
        requirePositive("timeout", timeout);
        return with(o -> o.timeout = timeout);
    }

    /**
     * Sets how many requests in a row may fail; one that brought new bytes starts the count again. 16
     * by default. {@link #objects()} tries a server that can't be reached at most 3 times.
     *
     * @param maxAttempts at least 1, which means no retry
     * @return a changed copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public HttpDownload maxAttempts(int maxAttempts) {
        require(maxAttempts >= 1, "maxAttempts must be >= 1", maxAttempts);
        return with(o -> o.maxAttempts = maxAttempts);
    }

    /**
     * Sets how long to go on trying without receiving a byte. 2 minutes by default. A longer wait that
     * a server asks for is cut to it.
     *
     * @param giveUpAfter more than zero
     * @return a changed copy
     * @throws IllegalArgumentException if it is not positive
     */
    public HttpDownload giveUpAfter(Duration giveUpAfter) {
        requirePositive("giveUpAfter", giveUpAfter);
        return with(o -> o.giveUpAfterNanos = TimeUnit.NANOSECONDS.convert(giveUpAfter));
    }

    /**
     * Sets the pauses between attempts, which double from one to the other; the actual pause is
     * random, from half of that to all of it. 100 ms and 10 s by default.
     *
     * @param first at least zero
     * @param longest at least {@code first}
     * @return a changed copy
     * @throws IllegalArgumentException if one is too small
     */
    public HttpDownload backoff(Duration first, Duration longest) {
        Objects.requireNonNull(first, "first backoff must not be null");
        Objects.requireNonNull(longest, "longest backoff must not be null");
        require(!first.isNegative(), "first backoff must be >= 0", first);
        require(
                longest.compareTo(first) >= 0,
                "longest backoff must be >= the first, " + first,
                longest);
        return with(
                o -> {
                    o.firstBackoffNanos = TimeUnit.NANOSECONDS.convert(first);
                    o.longestBackoffNanos = TimeUnit.NANOSECONDS.convert(longest);
                });
    }

    /**
     * Sets how many redirects to follow in a row (status 301, 302, 303, 307 and 308). 5 by default;
     * with 0, a redirect is an error.
     *
     * @param maxRedirects from 0 to 50
     * @return a changed copy
     * @throws IllegalArgumentException if it is out of range
     */
    public HttpDownload maxRedirects(int maxRedirects) {
        require(
                maxRedirects >= 0 && maxRedirects <= 50,
                "maxRedirects must be from 0 to 50",
                maxRedirects);
        return with(o -> o.maxRedirects = maxRedirects);
    }

    /**
     * Sets whether to connect to addresses that are not of the public internet: loopback, private,
     * link-local, those of a carrier's network, multicast, reserved (RFC 6890), also inside IPv6
     * addresses that carry them. Off by default; turn it on only for URIs that you trust, and servers
     * whose redirects you trust.
     *
     * @param allow true to connect to them
     * @return a changed copy
     */
    public HttpDownload allowPrivateAddresses(boolean allow) {
        return with(o -> o.allowPrivateAddresses = allow);
    }

    /**
     * Sets whether the end of the connection is taken for the end of the body where a server tells it
     * in no other way: no Content-Length, no chunks, and no length in {@link #objects()}. Off by
     * default, because a connection that breaks looks the same, and the data would be short without
     * anyone noticing (RFC 9112, section 8).
     *
     * @param trust true to take the risk
     * @return a changed copy
     */
    public HttpDownload trustConnectionEnd(boolean trust) {
        return with(o -> o.trustConnectionEnd = trust);
    }

    private static void requirePositive(String name, Duration value) {
        Objects.requireNonNull(value, name + " must not be null");
        require(!value.isNegative() && !value.isZero(), name + " must be > 0", value);
    }

    private static void require(boolean holds, String rule, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", was " + value);
        }
    }

    /**
     * Asks for length and version, with HEAD or, where that is refused or tells too little, with GET
     * for the first byte.
     *
     * @return one object; its length is {@link ByteObject#UNKNOWN} and its version empty where the
     *     server tells none
     * @throws IOException if there is nothing at the URI, access is denied, its address is not
     *     allowed, or the server can't be reached
     */
    @Override
    public List<ByteObject> objects() throws IOException {
        return List.of(look().object(identity()));
    }

    /**
     * Asks, as {@link #objects()} does, of what type the server says the bytes are.
     *
     * @return the Content-Type as it was sent, such as {@code text/csv; charset=utf-8}; empty if there
     *     is none
     * @throws IOException as {@link #objects()}
     */
    public Optional<String> contentType() throws IOException {
        return Optional.of(look().contentType()).filter(type -> !type.isEmpty());
    }

    private Look look() throws IOException {
        Lifeline lifeline = new Lifeline(name());
        Asker asker = asker(lifeline);
        DownloadTries tries = new DownloadTries(options, true, surroundings, lifeline, asker);
        boolean withHead = true;
        while (true) {
            try {
                return Look.at(asker, withHead);
            } catch (IOException e) {
                withHead = false;
                tries.failed(() -> "looking at " + name(), e);
            }
        }
    }

    private Asker asker(Lifeline lifeline) {
        return new Asker(uri, options, new Wire(options, surroundings, requests, lifeline));
    }

    /**
     * Opens it and waits for the head of the answer. One connection is held until the end or {@link
     * InputStream#close}. A thread that is interrupted while it pauses between attempts gets an {@link
     * java.io.InterruptedIOException}; one that waits for bytes is woken by closing.
     *
     * @throws IOException also if the offset is more than 0 and the object has no version
     */
    @Override
    public InputStream open(ByteObject object, long offset) throws IOException {
        Pin pin = Pin.of(object);
        if (!object.name().equals(identity())) {
            throw new IllegalArgumentException(
                    "object must belong to " + identity() + ", was " + object.name());
        }
        if (offset < 0 || (pin.length() != ByteObject.UNKNOWN && offset > pin.length())) {
            throw new IllegalArgumentException(
                    "offset must be between 0 and the length of "
                            + name()
                            + ", "
                            + pin.length()
                            + ", was "
                            + offset);
        }
        if (offset > 0 && pin.version().isNone()) {
            throw new IOException(
                    "opening "
                            + name()
                            + " at offset "
                            + offset
                            + " needs a version (ETag or Last-Modified), and the server tells none, so"
                            + " nothing proves that the bytes before are the same; open it at 0, where"
                            + " what was read before can be compared");
        }
        if (offset > 0 && offset == pin.length()) {
            requireUnchanged(pin);
            return InputStream.nullInputStream();
        }
        Lifeline lifeline = new Lifeline(name());
        Asker asker = asker(lifeline);
        return DownloadStream.open(
                asker,
                new DownloadTries(options, false, surroundings, lifeline, asker),
                lifeline,
                options.trustConnectionEnd,
                pin,
                offset);
    }

    private void requireUnchanged(Pin pin) throws IOException {
        Look found = look();
        if (!found.version().equals(pin.version()) || found.length() != pin.length()) {
            throw pin.changed(Pin.described(found.version(), found.length()));
        }
    }

    /**
     * Counts {@code http_head} and {@code http_get}, each redirect and each attempt as one.
     */
    @Override
    public Map<String, Long> requests() {
        return requests.counts();
    }

    private String name() {
        return Redaction.shown(uri);
    }

    /** {@inheritDoc} The name of the object. */
    @Override
    public String identity() {
        return UriIdentity.of(uri);
    }

    private Object readResolve() {
        return new HttpDownload(uri, options, surroundings, new DownloadRequests());
    }

    /**
     * Names what is read.
     *
     * @return the URI without its query and fragment
     */
    @Override
    public String toString() {
        return name();
    }
}
