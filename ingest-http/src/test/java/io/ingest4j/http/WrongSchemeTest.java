package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can't be right for any record ends the run with its reason, and a doubt is told. */
class WrongSchemeTest {

    private static final byte[] ALERT = {0x15, 3, 3, 0, 2, 2, 0x0a};
    private static final byte[] OTHER_ALERT = {0x15, 3, 1, 0, 2, 2, 0x50};

    private static URI tls(FaultServer server) {
        return URI.create(server.uri().toString().replace("http:", "https:"));
    }

    private static String place(FaultServer server) {
        return "127.0.0.1:" + server.uri().getPort();
    }

    private static FaultServer greetingWith(byte[] bytes) throws Exception {
        return new FaultServer(
                connection -> {
                    connection.readSome(1);
                    connection.send(bytes);
                    connection.stall();
                },
                (connection, request) -> {});
    }

    private static FaultServer alerting(byte[] alert) throws Exception {
        return new FaultServer(
                (connection, request) -> {
                    connection.send(alert);
                    connection.close();
                });
    }

    private static WriteFailure failure(URI uri) throws Exception {
        return Texts.written(HttpSink.post(uri)).failure(0).orElseThrow();
    }

    @Test
    void https_asked_of_a_server_that_speaks_http_ends_the_run() throws Exception {
        try (FaultServer server = greetingWith("HTTP/1.1 400 Bad\r\n\r\n".getBytes("US-ASCII"))) {
            assertThat(failure(tls(server)))
                    .isEqualTo(
                            new WriteFailure(
                                    Action.ABORT,
                                    "wrong scheme",
                                    "what answers at "
                                            + place(server)
                                            + " speaks no TLS; the URI may have to begin with"
                                            + " http://"));
        }
    }

    @Test
    void http_asked_of_a_server_that_answers_with_a_tls_alert_ends_the_run() throws Exception {
        for (byte[] alert : new byte[][] {ALERT, OTHER_ALERT}) {
            try (FaultServer server = alerting(alert)) {
                assertThat(failure(server.uri()))
                        .isEqualTo(
                                new WriteFailure(
                                        Action.ABORT,
                                        "wrong scheme",
                                        "what answers at "
                                                + place(server)
                                                + " wants TLS; the URI must begin with https://"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<center>The plain HTTP request was sent to HTTPS port</center>",
                "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
                "Client sent an HTTP request to an HTTPS server.\n",
                "Bad Request\nThis combination of host and port requires TLS.\n",
            })
    void http_asked_of_a_server_that_says_it_wants_https_ends_the_run(String body)
            throws Exception {
        try (FaultServer server = FaultServer.answering(FaultServer.response(400, body))) {
            WriteFailure failure = failure(server.uri());
            assertThat(failure.action()).isEqualTo(Action.ABORT);
            assertThat(failure.kind()).isEqualTo("wrong scheme");
            assertThat(failure.detail())
                    .startsWith(
                            "what answers at "
                                    + place(server)
                                    + " wants TLS; the URI must begin with https://");
            assertThatThrownBy(HttpDownload.of(server.uri()).in(new TestSurroundings())::objects)
                    .hasMessageContaining("400")
                    .hasMessageContaining("the URI must begin with https://");
        }
    }

    @Test
    void download_that_was_redirected_names_who_wants_https() throws Exception {
        String words = "Client sent an HTTP request to an HTTPS server.";
        try (FaultServer other = FaultServer.answering(FaultServer.response(400, words));
                FaultServer server =
                        FaultServer.answering(
                                FaultServer.response(302, "", "Location: " + other.uri("/x")))) {
            assertThatThrownBy(HttpDownload.of(server.uri()).in(new TestSurroundings())::objects)
                    .hasMessageEndingWith(
                            " failed: 400, "
                                    + place(other)
                                    + ", where it was redirected to, wants TLS; the redirect must"
                                    + " lead to https://: "
                                    + words);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 307, 308})
    void redirect_to_the_same_place_by_https_ends_the_run(int status) throws Exception {
        try (FaultServer server =
                new FaultServer(
                        (connection, request) ->
                                connection.send(
                                        FaultServer.response(
                                                status,
                                                "",
                                                "Location: https://127.0.0.1/sink?a=canary")))) {
            WriteFailure failure = failure(server.uri("/sink?a=canary"));
            assertThat(failure.action()).isEqualTo(Action.ABORT);
            assertThat(failure.kind()).isEqualTo("wrong scheme");
            assertThat(failure.detail())
                    .startsWith(
                            "what answers at "
                                    + place(server)
                                    + " wants TLS; the URI must begin with https://")
                    .contains("redirects to https://127.0.0.1/sink")
                    .doesNotContain("canary");
        }
    }

    @Test
    void what_looks_so_after_an_answer_is_tried_again() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (FaultServer server =
                        new FaultServer(
                                (connection, request) -> {
                                    boolean first = requests.incrementAndGet() == 1;
                                    connection.send(
                                            first
                                                    ? FaultServer.response(200, "")
                                                            .getBytes("US-ASCII")
                                                    : ALERT);
                                    if (!first) {
                                        connection.close();
                                    }
                                });
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()))) {
            assertThat(Texts.written(writer, Texts.of("a")).isDelivered()).isTrue();
            WriteFailure failure = Texts.written(writer, Texts.of("a")).failure(0).orElseThrow();
            assertThat(failure.action()).isEqualTo(Action.RETRY);
            assertThat(failure.kind()).isEqualTo("connection lost");
        }
    }

    @Test
    void connection_closed_without_an_answer_is_tried_again_with_a_hint() throws Exception {
        try (FaultServer server =
                new FaultServer(
                        connection -> {
                            connection.readSome(1);
                            connection.close();
                        },
                        (connection, request) -> {})) {
            WriteFailure plain = failure(server.uri());
            assertThat(plain.action()).isEqualTo(Action.RETRY);
            assertThat(plain.kind()).isEqualTo("connection lost");
            assertThat(plain.detail())
                    .contains(place(server))
                    .endsWith("; it has not answered yet, does it speak http at this port?");
            WriteFailure encrypted = failure(tls(server));
            assertThat(encrypted.action()).isEqualTo(Action.RETRY);
            assertThat(encrypted.detail())
                    .contains(place(server))
                    .endsWith("; it has not answered yet, does it speak https at this port?");
        }
    }

    @Test
    void alert_that_no_later_attempt_changes_ends_the_run() throws Exception {
        byte[] handshakeFailure = {0x15, 3, 3, 0, 2, 2, 40};
        try (FaultServer server = greetingWith(handshakeFailure)) {
            WriteFailure failure = failure(tls(server));
            assertThat(failure.action()).isEqualTo(Action.ABORT);
            assertThat(failure.kind()).isEqualTo("TLS refused");
            assertThat(failure.detail()).contains("handshake_failure", place(server));
            HttpDownload download = HttpDownload.of(tls(server)).in(new TestSurroundings());
            assertThatThrownBy(download::objects).hasMessageContaining("handshake_failure");
            assertThat(download.requests()).containsEntry("http_head", 1L);
        }
    }

    @Test
    void certificate_that_nobody_trusts_ends_the_run_as_one_for_another_host_does(
            @TempDir Path directory) throws Exception {
        try (TlsServer server = TlsServer.start(directory)) {
            WriteFailure untrusted = failure(server.uri("localhost"));
            assertThat(untrusted.action()).isEqualTo(Action.ABORT);
            assertThat(untrusted.kind()).isEqualTo("certificate refused");
            SSLContext trusting = server.context();
            WriteFailure another =
                    Texts.written(HttpSink.post(server.uri("127.0.0.1")).sslContext(() -> trusting))
                            .failure(0)
                            .orElseThrow();
            assertThat(another.action()).isEqualTo(Action.ABORT);
            assertThat(another.kind()).isEqualTo("certificate refused");
            assertThat(another.detail()).contains("127.0.0.1");
            assertThat(
                            Texts.written(
                                            HttpSink.post(server.uri("localhost"))
                                                    .sslContext(() -> trusting))
                                    .isDelivered())
                    .isTrue();
        }
    }

    @Test
    void port_that_refuses_is_named() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        WriteFailure failure = failure(URI.create("http://127.0.0.1:" + port + "/p?sig=canary"));
        assertThat(failure.action()).isEqualTo(Action.RETRY);
        assertThat(failure.kind()).isEqualTo("no connection");
        assertThat(failure.detail()).contains("127.0.0.1:" + port).doesNotContain("canary");
        HttpDownload download =
                HttpDownload.of(URI.create("http://127.0.0.1:" + port + "/p?sig=canary"))
                        .in(new TestSurroundings());
        assertThatThrownBy(download::objects)
                .hasMessageContaining("127.0.0.1:" + port)
                .hasMessageNotContaining("canary");
        WriteFailure unknown = failure(URI.create("http://no-such-host.invalid/"));
        assertThat(unknown.detail()).contains("no-such-host.invalid");
    }

    @Test
    void download_by_https_of_a_server_that_speaks_http_is_not_tried_again() throws Exception {
        try (FaultServer server = greetingWith("HTTP/1.1 400 Bad\r\n\r\n".getBytes("US-ASCII"))) {
            HttpDownload download = HttpDownload.of(tls(server)).in(new TestSurroundings());
            assertThatThrownBy(download::objects)
                    .hasMessageContaining(
                            "what answers at "
                                    + place(server)
                                    + " speaks no TLS; the URI may have to begin with http://");
            assertThat(download.requests()).containsEntry("http_head", 1L);
        }
    }

    @Test
    void download_by_http_of_a_server_that_answers_with_a_tls_alert_is_not_tried_again()
            throws Exception {
        for (byte[] alert : new byte[][] {ALERT, OTHER_ALERT}) {
            try (FaultServer server = alerting(alert)) {
                HttpDownload download = HttpDownload.of(server.uri()).in(new TestSurroundings());
                assertThatThrownBy(download::objects)
                        .hasMessageContaining(
                                "what answers at "
                                        + place(server)
                                        + " wants TLS; the URI must begin with https://");
                assertThat(download.requests()).containsEntry("http_head", 1L);
            }
        }
    }

    @Test
    void download_outlasts_a_tls_alert_once_the_server_has_answered() throws Exception {
        TestFile file = TestFile.random(10_000);
        AtomicInteger requests = new AtomicInteger();
        try (FaultServer server =
                new FaultServer(
                        (connection, request) -> {
                            switch (requests.incrementAndGet()) {
                                case 1 -> file.answerCut(connection, request, 4_000);
                                case 2 -> {
                                    connection.send(ALERT);
                                    connection.close();
                                }
                                default -> file.answer(connection, request);
                            }
                        })) {
            HttpDownload download = HttpDownload.of(server.uri()).in(new TestSurroundings());
            assertThat(download.open(file.object(server.uri()), 0).readAllBytes())
                    .isEqualTo(file.bytes());
            assertThat(requests).hasValue(3);
        }
    }
}
