package io.ingest4j.http;

import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.Row;
import io.ingest4j.core.json.Json;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of an {@link HttpSink}, made by its factories. The last call says what the
 * body is: {@link #json}, {@link #jsonObject}, {@link #ndjson} or {@link #body}. Not safe for use by
 * several threads.
 *
 * @since 0.1
 */
public final class HttpSinkBuilder {

    private static final int MOST_CONNECTIONS = 10_000;
    private static final int MOST_STREAMS = 100;

    private final String method;
    private final URI uri;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private @Nullable SerializableSupplier<String> bearerToken;
    private @Nullable SerializableSupplier<SSLContext> sslContext;
    private @Nullable ResponseParser responses;
    private String idempotencyHeader = "Idempotency-Key";
    private boolean gzip;
    private boolean http2;
    private Duration timeout = Duration.ofSeconds(30);
    private Duration connectTimeout = Duration.ofSeconds(10);
    private int maxConnections = 64;
    private StatusPolicy status = StatusPolicy.defaults();
    private Duration maxRetryAfter = Duration.ofHours(1);
    private int maxResponseBytes = 64 * 1024;

    HttpSinkBuilder(String method, URI uri) {
        this.method = method;
        this.uri = uri;
    }

    /**
     * Sends a header with every request; none by default. The value is treated as a secret: it is
     * never shown, but that of Accept, Accept-Charset, Accept-Language, Content-Type, Prefer or
     * User-Agent is where a server repeats it.
     *
     * @param name the header's name; the same name again replaces the value
     * @param value its value: printable ASCII (0x20 to 0x7E) and tabs, since nothing else arrives as
     *     it was sent
     * @return this
     * @throws IllegalArgumentException if either has other characters, or the name is one that the
     *     client sets itself, such as Content-Length
     */
    public HttpSinkBuilder header(String name, String value) {
        Objects.requireNonNull(name, "name must not be null");
        Objects.requireNonNull(value, "value must not be null");
        HeaderRule.requireName("header", name);
        HeaderRule.requireValue("header '" + name + "'", value);
        headers.keySet().removeIf(name::equalsIgnoreCase);
        headers.put(name, value);
        return this;
    }

    /**
     * Sends {@code Authorization: Bearer} with a token; none by default. The supplier is asked for
     * every request, by several threads at a time, so it can renew the token; it should answer at
     * once from memory whenever it can. If it throws, the batch is tried again; if it supplies null, no
     * character, or one that {@link #header} would refuse, the run ends.
     *
     * @param token supplies the token, which is never shown
     * @return this
     */
    public HttpSinkBuilder bearerToken(SerializableSupplier<String> token) {
        this.bearerToken = Objects.requireNonNull(token, "token must not be null");
        return this;
    }

    /**
     * Sets which certificates are trusted and shown; the JVM's default by default.
     *
     * @param context supplies the context, not null, once for each opening of the sink, and again
     *     where a client has to be replaced; if it throws there, the batch is tried again, and null
     *     ends the run
     * @return this
     */
    public HttpSinkBuilder sslContext(SerializableSupplier<SSLContext> context) {
        this.sslContext = Objects.requireNonNull(context, "context must not be null");
        return this;
    }

    /**
     * Names the header that carries the batch's {@linkplain
     * io.ingest4j.api.RecordBatch#idempotencyKey() idempotency key}, the same in every attempt;
     * {@code Idempotency-Key} by default.
     *
     * @param headerName the header's name
     * @return this
     * @throws IllegalArgumentException if it is not a header's name, or one that the sink sets itself,
     *     such as Content-Type or Authorization, whatever the other settings
     */
    public HttpSinkBuilder idempotencyKey(String headerName) {
        Objects.requireNonNull(headerName, "headerName must not be null");
        if (HeaderRule.isOfTheSink(headerName)) {
            throw new IllegalArgumentException(
                    "idempotencyKey must not have the name of a header that the sink sets itself, was '"
                            + headerName
                            + "'");
        }
        HeaderRule.requireName("idempotencyKey", headerName);
        this.idempotencyHeader = headerName;
        return this;
    }

    /**
     * Sends no idempotency key.
     *
     * @return this
     */
    public HttpSinkBuilder withoutIdempotencyKey() {
        this.idempotencyHeader = "";
        return this;
    }

    /**
     * Compresses bodies with gzip; off by default, as many servers do not take it.
     *
     * @param compress whether to compress
     * @return this
     */
    public HttpSinkBuilder gzip(boolean compress) {
        this.gzip = compress;
        return this;
    }

    /**
     * Uses HTTP/2 if the server offers it; HTTP/1.1 by default. All requests then share one
     * connection, and {@link #maxConnections} caps the streams on it: at most 100, which servers are
     * expected to allow (RFC 9113, section 6.5.2), since the client fails what is beyond. On JDK 17
     * requests also fail, and are tried again, whenever the server ends the connection.
     *
     * @return this
     */
    public HttpSinkBuilder http2() {
        this.http2 = true;
        return this;
    }

    /**
     * Limits how long one request may take from its encoding to the last byte of the response; 30
     * seconds by default. Past it the connection is closed and the batch tried again.
     *
     * @param limit more than zero, as long as you like
     * @return this
     * @throws IllegalArgumentException if the limit is not more than zero
     */
    public HttpSinkBuilder timeout(Duration limit) {
        this.timeout = requirePositive("timeout", limit);
        return this;
    }

    /**
     * Limits how long connecting may take; 10 seconds by default.
     *
     * @param limit more than zero, as long as you like
     * @return this
     * @throws IllegalArgumentException if the limit is not more than zero
     */
    public HttpSinkBuilder connectTimeout(Duration limit) {
        this.connectTimeout = requirePositive("connectTimeout", limit);
        return this;
    }

    /**
     * Limits the requests under way at a time, and so the connections; 64 by default. Further
     * batches wait inside the sink, so a run with a higher {@code maxInFlight} sends no faster. Each
     * request under way holds a thread, which is started when first needed.
     *
     * @param limit from 1 to 10,000
     * @return this
     * @throws IllegalArgumentException if the limit is out of range
     */
    public HttpSinkBuilder maxConnections(int limit) {
        if (limit < 1 || limit > MOST_CONNECTIONS) {
            throw new IllegalArgumentException(
                    "maxConnections must be from 1 to " + MOST_CONNECTIONS + ", was " + limit);
        }
        this.maxConnections = limit;
        return this;
    }

    /**
     * Says what each status means; {@link StatusPolicy#defaults()} by default.
     *
     * @param policy the policy
     * @return this
     */
    public HttpSinkBuilder status(StatusPolicy policy) {
        this.status = Objects.requireNonNull(policy, "policy must not be null");
        return this;
    }

    /**
     * Caps what a Retry-After header can ask for; one hour by default. The header is heeded with
     * every status that is tried again; a malformed one is ignored.
     *
     * @param limit more than zero, as long as you like
     * @return this
     * @throws IllegalArgumentException if the limit is not more than zero
     */
    public HttpSinkBuilder maxRetryAfter(Duration limit) {
        this.maxRetryAfter = requirePositive("maxRetryAfter", limit);
        return this;
    }

    /**
     * Limits how much of a response is read; 64 KiB by default. What is longer costs its connection,
     * which is closed.
     *
     * @param limit at least 1
     * @return this
     * @throws IllegalArgumentException if the limit is less than 1
     */
    public HttpSinkBuilder maxResponseBytes(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("maxResponseBytes must be >= 1, was " + limit);
        }
        this.maxResponseBytes = limit;
        return this;
    }

    /**
     * Reads a result for each record from the responses; by default the status alone decides for the
     * whole batch. A response longer than {@link #maxResponseBytes} makes its records dead letters,
     * as does one that the parser can't read.
     *
     * @param parser the parser
     * @return this
     */
    public HttpSinkBuilder responses(ResponseParser parser) {
        this.responses = Objects.requireNonNull(parser, "parser must not be null");
        return this;
    }

    /**
     * Sends each batch as an array of JSON objects, whatever its size.
     *
     * @return the sink
     */
    public HttpSink<Row> json() {
        return body(Json.array());
    }

    /**
     * Sends each record as one JSON object. Needs a batch size of 1.
     *
     * @return the sink
     */
    public HttpSink<Row> jsonObject() {
        return body(Json.object());
    }

    /**
     * Sends each batch as lines, each a JSON object.
     *
     * @return the sink
     */
    public HttpSink<Row> ndjson() {
        return body(Json.lines());
    }

    /**
     * Sends each batch as an encoder encodes it, such as {@code Json.array().withKey("id")}.
     *
     * @param encoder makes the bodies and says their media type, which a {@link #header} overrides
     * @param <T> the record type
     * @return the sink
     * @throws IllegalArgumentException if two settings contradict each other, or the media type has
     *     characters that {@link #header} would refuse
     */
    public <T> HttpSink<T> body(RecordEncoder<T> encoder) {
        Objects.requireNonNull(encoder, "encoder must not be null");
        String contentType =
                Objects.requireNonNull(
                        encoder.contentType(), "contentType of the encoder must not be null");
        HeaderRule.requireValue("contentType of the encoder", contentType);
        HttpSettings settings = settings();
        if (http2 && !settings.isTls()) {
            throw new IllegalArgumentException(
                    "http2 must be used with an https URI, was " + shown());
        }
        if (http2 && maxConnections > MOST_STREAMS) {
            throw new IllegalArgumentException(
                    "maxConnections must be <= "
                            + MOST_STREAMS
                            + " with http2, was "
                            + maxConnections);
        }
        if (bearerToken != null && hasHeader("Authorization")) {
            throw new IllegalArgumentException(
                    "bearerToken must not be combined with a header named Authorization");
        }
        if (gzip && hasHeader("Content-Encoding")) {
            throw new IllegalArgumentException(
                    "gzip must not be combined with a header named Content-Encoding");
        }
        if (!idempotencyHeader.isEmpty() && hasHeader(idempotencyHeader)) {
            throw new IllegalArgumentException(
                    "idempotencyKey must not be combined with a header named " + idempotencyHeader);
        }
        return new HttpSink<>(settings, encoder);
    }

    private boolean hasHeader(String name) {
        return headers.keySet().stream().anyMatch(name::equalsIgnoreCase);
    }

    private String shown() {
        return Redaction.shown(uri);
    }

    private HttpSettings settings() {
        return new HttpSettings(
                method,
                uri,
                Collections.unmodifiableMap(new LinkedHashMap<>(headers)),
                bearerToken,
                sslContext,
                idempotencyHeader,
                gzip,
                http2,
                timeout,
                connectTimeout,
                maxConnections,
                status,
                maxRetryAfter,
                maxResponseBytes,
                responses);
    }

    private static Duration requirePositive(String name, Duration value) {
        Objects.requireNonNull(value, name + " must not be null");
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be > 0, was " + value);
        }
        return value;
    }
}
