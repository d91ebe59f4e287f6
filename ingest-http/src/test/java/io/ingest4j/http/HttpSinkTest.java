package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.spi.RecordSinkProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ServiceLoader;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSinkTest {

    private static final URI PLACE = URI.create("https://example.com/in?sig=canary-1");

    @Test
    void text_names_method_place_and_form() {
        assertThat(HttpSink.put(PLACE).ndjson())
                .hasToString("PUT https://example.com/in as application/x-ndjson");
        assertThat(HttpSink.post(PLACE).json())
                .hasToString("POST https://example.com/in as application/json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.com/",
                "file:///etc/passwd",
                "mailto:a@example.com",
                "/relative",
                "http:///nohost",
                "http:/nohost",
                "customers.csv",
                "http://my_host/p",
                "http://example.com:0/p",
                "http://example.com:99999/p",
                "https://user:canary-1@example.com/",
            })
    void uri_that_names_no_http_server_is_refused(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpSink.post(URI.create(uri)))
                .withMessageStartingWith(
                        "uri must be http or https, with a host and without a user")
                .withMessageNotContaining("canary");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "CONNECT", "post", "", "PO ST"})
    void method_without_a_body_is_refused(String method) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpSink.method(method, PLACE))
                .withMessageStartingWith("method must be capital letters and not GET")
                .withMessageNotContaining("canary");
    }

    @ParameterizedTest
    @CsvSource({
        "Content-Length, canary-2",
        "Host, canary-2",
        "Bad Name, canary-2",
        "'', canary-2",
    })
    void header_that_can_not_be_sent_is_refused_without_its_value(String name, String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpSink.post(PLACE).header(name, value))
                .withMessageContaining("was '" + name + "'")
                .withMessageNotContaining("canary")
                .withNoCause();
    }

    @Test
    void header_value_with_a_line_end_is_refused_without_being_shown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpSink.post(PLACE).header("X-Key", "canary-2\r\nEvil: 1"))
                .withMessageNotContaining("canary");
    }

    @Test
    void settings_out_of_range_are_refused() {
        HttpSinkBuilder builder = HttpSink.post(PLACE);
        refused(() -> builder.timeout(Duration.ZERO), "timeout must be > 0, was PT0S");
        refused(
                () -> builder.connectTimeout(Duration.ofSeconds(-1)),
                "connectTimeout must be > 0, was PT-1S");
        refused(() -> builder.maxRetryAfter(Duration.ZERO), "maxRetryAfter must be > 0, was PT0S");
        refused(() -> builder.maxConnections(0), "maxConnections must be from 1 to 10000, was 0");
        refused(
                () -> builder.maxConnections(10_001),
                "maxConnections must be from 1 to 10000, was 10001");
        refused(() -> builder.maxResponseBytes(0), "maxResponseBytes must be >= 1, was 0");
        refused(
                () -> builder.idempotencyKey("no name"),
                "idempotencyKey must have a name of letters, digits and !#$%&'*+-.^_`|~, was 'no name'");
    }

    @ParameterizedTest
    @CsvSource({
        "customers.csv, 'customers.csv, which has no scheme; write http:// or https:// before it'",
        "http:/p, 'http:/p, which has no host'",
        "http://my_host/p, 'http://my_host/p, which has ''my_host'' where a host and a port must be in"
                + " the form of RFC 2396 (letters, digits, ''-'' and ''.'', but no ''_''); use another"
                + " name of the host, or its address'",
        "http://h:0/p, 'http://h:0/p, which has port 0, where one from 1 to 65535 must be'",
        "http://h:99999/p, 'http://h:99999/p, which has port 99999, where one from 1 to 65535 must be'",
        "mailto:canary@example.com, 'mailto:..., which has another scheme than http and https'",
    })
    void uri_that_is_refused_is_shown_with_what_is_wrong(String uri, String message) {
        refused(
                () -> HttpSink.post(URI.create(uri)),
                "uri must be http or https, with a host and without a user, was " + message);
        refused(
                () -> HttpDownload.of(URI.create(uri)),
                "uri must be fit for a download, was " + message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"größe", "canary\u0000", "a\nb", "a\rb", "a\u007f", "a\u00ffb", "a\u20ac"})
    void header_value_that_would_arrive_as_another_is_refused(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpSink.post(PLACE).header("X-T", value))
                .withMessageStartingWith(
                        "header 'X-T' must have a value that is printable ASCII (0x20 to 0x7E) and"
                                + " tabs, but has a")
                .withMessageEndingWith("(value not shown)")
                .withMessageNotContaining("canary");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpDownload.of(PLACE).header("X-T", value))
                .withMessageStartingWith("header 'X-T' must have a value that is printable ASCII");
    }

    @Test
    void header_value_that_is_refused_is_shown_by_kind_and_place() {
        String rule =
                "header 'X' must have a value that is printable ASCII (0x20 to 0x7E) and tabs, but"
                        + " has ";
        refused(
                () -> HttpSink.post(PLACE).header("X", "a\nb"),
                rule + "a line end at index 1 (value not shown)");
        refused(
                () -> HttpSink.post(PLACE).header("X", "grö"),
                rule + "a character that is not ASCII at index 2 (value not shown)");
        refused(
                () -> HttpSink.post(PLACE).header("X", "\u0001"),
                rule + "a control character at index 0 (value not shown)");
    }

    @Test
    void media_type_of_an_encoder_keeps_to_the_same_rule() {
        refused(
                () -> HttpSink.post(PLACE).body(new Typed("text/größe")),
                "contentType of the encoder must have a value that is printable ASCII (0x20 to 0x7E)"
                        + " and tabs, but has a character that is not ASCII at index 7 (value not"
                        + " shown)");
    }

    private record Typed(String contentType) implements RecordEncoder<String> {

        @Override
        public void encode(RecordBatch<? extends String> batch, OutputStream out) {}
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "content-length", "Transfer-Encoding", "Upgrade", "Expect"})
    void header_that_the_client_sets_is_refused(String name) {
        String rule = "header must not have a name that the client sets itself, was '" + name + "'";
        refused(() -> HttpSink.post(PLACE).header(name, "1"), rule);
        refused(() -> HttpDownload.of(PLACE).header(name, "1"), rule);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type",
                "content-type",
                "CONTENT-ENCODING",
                "Authorization",
                "Content-Length",
                "Transfer-Encoding",
                "Host",
            })
    void idempotency_key_under_a_name_that_the_sink_sets_is_refused_in_any_order(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpSink.post(PLACE).idempotencyKey(name))
                .withMessageStartingWith("idempotencyKey must not have ")
                .withMessageEndingWith(" sets itself, was '" + name + "'");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                HttpSink.post(PLACE)
                                        .gzip(true)
                                        .bearerToken(() -> "t")
                                        .idempotencyKey(name));
    }

    @Test
    void missing_settings_are_named() {
        HttpSinkBuilder sink = HttpSink.post(PLACE);
        missing(() -> sink.timeout(null), "timeout");
        missing(() -> sink.connectTimeout(null), "connectTimeout");
        missing(() -> sink.maxRetryAfter(null), "maxRetryAfter");
        missing(() -> sink.idempotencyKey(null), "headerName");
        missing(() -> sink.header(null, "v"), "name");
        missing(() -> sink.header("X-Key", null), "value");
        missing(() -> sink.bearerToken(null), "token");
        missing(() -> sink.sslContext(null), "context");
        missing(() -> sink.status(null), "policy");
        missing(() -> sink.responses(null), "parser");
        missing(() -> sink.body(null), "encoder");
        missing(() -> HttpSink.post(null), "uri");
        missing(() -> HttpSink.method(null, PLACE), "method");
        HttpDownload download = HttpDownload.of(PLACE);
        missing(() -> HttpDownload.of(null), "uri");
        missing(() -> download.timeout(null), "timeout");
        missing(() -> download.connectTimeout(null), "connectTimeout");
        missing(() -> download.giveUpAfter(null), "giveUpAfter");
        missing(() -> download.backoff(null, Duration.ZERO), "first backoff");
        missing(() -> download.backoff(Duration.ZERO, null), "longest backoff");
        missing(() -> download.header(null, "v"), "name");
        missing(() -> download.header("X-Key", null), "value");
        missing(() -> download.bearerToken(null), "token");
        missing(() -> download.sslContext(null), "context");
        missing(() -> StatusPolicy.defaults().retry((int[]) null), "statuses");
    }

    @Test
    void supplier_without_an_ssl_context_fails_the_opening() {
        HttpSink<Row> sink = HttpSink.post(PLACE).sslContext(() -> null).json();
        assertThatIllegalStateException()
                .isThrownBy(() -> sink.open(Texts.CONTEXT))
                .withMessage("sslContext must supply an SSLContext, but supplied null");
    }

    private static void missing(ThrowingCallable setting, String name) {
        assertThatNullPointerException()
                .isThrownBy(setting)
                .withMessage(name + " must not be null");
    }

    @Test
    void settings_that_contradict_each_other_are_refused() {
        refused(
                () -> HttpSink.post(PLACE).http2().maxConnections(101).json(),
                "maxConnections must be <= 100 with http2, was 101");
        refused(
                () -> HttpSink.post(URI.create("http://example.com/p?k=canary-1")).http2().json(),
                "http2 must be used with an https URI, was http://example.com/p");
        refused(
                () ->
                        HttpSink.post(PLACE)
                                .bearerToken(() -> "t")
                                .header("authorization", "x")
                                .json(),
                "bearerToken must not be combined with a header named Authorization");
        refused(
                () -> HttpSink.post(PLACE).gzip(true).header("content-encoding", "br").json(),
                "gzip must not be combined with a header named Content-Encoding");
        refused(
                () -> HttpSink.post(PLACE).header("idempotency-key", "x").json(),
                "idempotencyKey must not be combined with a header named Idempotency-Key");
    }

    private static void refused(Runnable setting, String message) {
        assertThatIllegalArgumentException().isThrownBy(setting::run).withMessage(message);
    }

    @Test
    void sink_with_every_setting_works_after_serialization() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            HttpSink<String> sink =
                    HttpSink.post(server.uri())
                            .header("X-Key", "one")
                            .bearerToken(() -> "two")
                            .idempotencyKey("X-Request")
                            .gzip(true)
                            .status(StatusPolicy.defaults().retry(404))
                            .responses((reply, size) -> io.ingest4j.api.WriteResult.delivered())
                            .body(new Texts.Lines());
            try (RecordWriter<String> writer = copyOf(sink).open(Texts.CONTEXT)) {
                assertThat(Texts.written(writer, Texts.of("a")).isDelivered()).isTrue();
            }
            assertThat(server.received().get(0).header("Authorization")).isEqualTo("Bearer two");
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T copyOf(T object) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        }
    }

    @Test
    void provider_is_found_for_http_and_https_only() {
        RecordSinkProvider provider =
                ServiceLoader.load(RecordSinkProvider.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(HttpSinkProvider.class::isInstance)
                        .findAny()
                        .orElseThrow();
        assertThat(provider.sink(URI.create("HTTPS://example.com/a")))
                .get()
                .hasToString("POST HTTPS://example.com/a as application/json");
        assertThat(provider.sink(URI.create("http://example.com/a"))).isPresent();
        assertThat(provider.sink(URI.create("s3://bucket/key"))).isEmpty();
        RecordSink<Row> unused = provider.sink(PLACE).orElseThrow();
        assertThat(unused.toString()).doesNotContain("canary");
    }
}
