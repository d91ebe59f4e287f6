package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.spi.RecordSinkProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ServiceLoader;
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
                "idempotencyKey must be a header's name, was 'no name'");
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
