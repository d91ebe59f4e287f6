package io.ingest4j.http;

import static io.ingest4j.http.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.ingest4j.api.ByteObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads over TLS, from a server whose certificate is for localhost. */
class HttpDownloadTlsTest {

    private static final byte[] BYTES = TestFile.random(100_000).bytes();

    @TempDir private static Path directory;
    private static SSLContext tls;
    private final TestSurroundings surroundings = new TestSurroundings();
    private final AtomicInteger requests = new AtomicInteger();
    private HttpsServer server;
    private String location = "";

    @BeforeAll
    static void makeCertificate() throws Exception {
        tls = TlsServer.context(directory);
    }

    @BeforeEach
    void start() throws Exception {
        surroundings.resolver = host -> "127.0.0.1";
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.createContext(
                "/",
                exchange -> {
                    requests.incrementAndGet();
                    exchange.getResponseHeaders().add("ETag", "\"v1\"");
                    if (!location.isEmpty()) {
                        exchange.getResponseHeaders().add("Location", location);
                        exchange.sendResponseHeaders(302, -1);
                    } else if (exchange.getRequestMethod().equals("HEAD")) {
                        exchange.getResponseHeaders().add("Content-Length", "" + BYTES.length);
                        exchange.sendResponseHeaders(200, -1);
                    } else {
                        exchange.sendResponseHeaders(200, BYTES.length);
                        exchange.getResponseBody().write(BYTES);
                    }
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private HttpDownload download(String host) {
        URI uri = URI.create("https://" + host + ":" + server.getAddress().getPort() + "/f");
        return HttpDownload.of(uri).in(surroundings).sslContext(() -> tls);
    }

    @Test
    void bytes_come_over_tls() throws Exception {
        HttpDownload download = download("localhost");
        assertThat(download.open(download.objects().get(0), 0).readAllBytes()).isEqualTo(BYTES);
    }

    @Test
    void certificate_of_another_host_is_refused_whatever_the_jvm_s_properties() {
        String property = "jdk.internal.httpclient.disableHostnameVerification";
        System.setProperty(property, "true");
        try {
            HttpDownload download = download("other.example");
            assertThatThrownBy(download::objects)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("certificate");
            assertThat(download.requests()).containsEntry("http_head", 1L);
            assertThat(requests).hasValue(0);
        } finally {
            System.clearProperty(property);
        }
    }

    @Test
    void certificate_that_nobody_trusts_is_refused() {
        URI uri = URI.create("https://localhost:" + server.getAddress().getPort() + "/f");
        HttpDownload download = HttpDownload.of(uri).in(surroundings);
        assertThatThrownBy(download::objects).hasMessageContaining("certificate");
        assertThat(download.requests()).containsEntry("http_head", 1L);
    }

    @Test
    void answer_without_tls_and_refused_handshake_are_outlasted_once_the_server_has_answered()
            throws Exception {
        byte[] handshakeFailure = {0x15, 3, 3, 0, 2, 2, 40};
        AtomicInteger connections = new AtomicInteger();
        try (FaultServer proxy =
                new FaultServer(
                        connection -> {
                            switch (connections.incrementAndGet()) {
                                case 1 -> connection.relay(server.getAddress(), 50_000);
                                case 2 -> {
                                    connection.readSome(1);
                                    connection.send(FaultServer.response(503, ""));
                                    connection.stall();
                                }
                                case 3 -> {
                                    connection.readSome(1);
                                    connection.send(handshakeFailure);
                                    connection.stall();
                                }
                                default -> connection.relay(server.getAddress(), Integer.MAX_VALUE);
                            }
                        },
                        (connection, request) -> {})) {
            URI uri = URI.create("https://localhost:" + proxy.uri().getPort() + "/f");
            HttpDownload download = HttpDownload.of(uri).in(surroundings).sslContext(() -> tls);
            ByteObject object = new ByteObject(UriIdentity.of(uri), "\"v1\"", BYTES.length, true);
            assertThat(download.open(object, 0).readAllBytes()).isEqualTo(BYTES);
            assertThat(connections).hasValue(4);
        }
    }

    @Test
    void certificate_that_nobody_trusts_is_refused_also_after_an_answer() throws Exception {
        SSLContext another = TlsServer.context(Files.createTempDirectory(directory, "another"));
        AtomicInteger contexts = new AtomicInteger();
        try (FaultServer proxy =
                new FaultServer(
                        connection -> connection.relay(server.getAddress(), 50_000),
                        (connection, request) -> {})) {
            URI uri = URI.create("https://localhost:" + proxy.uri().getPort() + "/f");
            HttpDownload download =
                    HttpDownload.of(uri)
                            .in(surroundings)
                            .sslContext(() -> contexts.incrementAndGet() == 1 ? tls : another);
            ByteObject object = new ByteObject(UriIdentity.of(uri), "\"v1\"", BYTES.length, true);
            InputStream in = download.open(object, 0);
            assertThatThrownBy(in::readAllBytes).hasMessageContaining("certificate");
            assertThat(contexts).hasValue(2);
        }
    }

    @Test
    void redirect_from_https_to_http_is_not_followed() throws Exception {
        try (FaultServer plain = FaultServer.ok()) {
            location = plain.uri("/x?sig=secret").toString();
            assertThatThrownBy(download("localhost")::objects)
                    .hasMessageContaining("from https to http, not followed")
                    .hasMessageNotContaining("secret");
            assertThat(plain.accepted()).isZero();
        }
    }

    /** As when a proxy speaks plain HTTP to a server behind it that wants TLS. */
    @Test
    void answer_by_tls_that_speaks_of_plain_http_is_no_reason_to_write_https() {
        String words = "The plain HTTP request was sent to HTTPS port";
        server.createContext(
                "/proxied",
                exchange -> {
                    exchange.sendResponseHeaders(400, words.length());
                    exchange.getResponseBody().write(words.getBytes(StandardCharsets.US_ASCII));
                    exchange.close();
                });
        URI uri = URI.create("https://localhost:" + server.getAddress().getPort() + "/proxied");
        HttpDownload download = HttpDownload.of(uri).in(surroundings).sslContext(() -> tls);
        assertThatThrownBy(download::objects).hasMessageEndingWith(" failed: 400: " + words);
    }

    @Test
    void redirect_from_http_to_https_is_followed() throws Exception {
        String to = "https://localhost:" + server.getAddress().getPort() + "/f";
        try (FaultServer plain =
                FaultServer.answering(FaultServer.response(301, "", "Location: " + to))) {
            HttpDownload download =
                    HttpDownload.of(plain.uri()).in(surroundings).sslContext(() -> tls);
            assertThat(download.open(download.objects().get(0), 0).readAllBytes()).isEqualTo(BYTES);
        }
    }

    @Test
    void handshake_that_stalls_ends_within_the_timeout() throws Exception {
        try (FaultServer silent =
                new FaultServer(connection -> connection.stall(), (c, r) -> c.stall())) {
            URI uri = URI.create("https://localhost:" + silent.uri().getPort() + "/");
            HttpDownload download =
                    HttpDownload.of(uri)
                            .in(surroundings)
                            .sslContext(() -> tls)
                            .maxAttempts(2)
                            .connectTimeout(Duration.ofMillis(100))
                            .timeout(Duration.ofMillis(100));
            assertThatThrownBy(download::objects).isInstanceOf(IOException.class);
            await().until(() -> silent.open() == 0);
        }
    }
}
