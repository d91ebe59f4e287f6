package io.ingest4j.http;

import static io.ingest4j.http.FaultServer.response;
import static io.ingest4j.http.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.http.FaultServer.Connection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong on the wire, on real sockets. */
class FaultsTest {

    private static final byte[] OK = response(200, "hello").getBytes(StandardCharsets.UTF_8);
    private static final Duration SHORT = Duration.ofMillis(150);

    /** How a connection can end without an answer. */
    enum Ending implements FaultServer.Script {
        CLOSED_AFTER_THE_REQUEST {
            @Override
            public void answer(Connection connection, FaultServer.Received request)
                    throws IOException {
                connection.close();
            }
        },
        RESET_AFTER_THE_REQUEST {
            @Override
            public void answer(Connection connection, FaultServer.Received request)
                    throws IOException {
                connection.reset();
            }
        },
        HALF_A_STATUS_LINE {
            @Override
            public void answer(Connection connection, FaultServer.Received request)
                    throws IOException {
                connection.send("HTTP/1.1 20");
                connection.close();
            }
        },
        NO_HTTP {
            @Override
            public void answer(Connection connection, FaultServer.Received request)
                    throws IOException {
                connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
                connection.close();
            }
        },
        BODY_SHORTER_THAN_PROMISED {
            @Override
            public void answer(Connection connection, FaultServer.Received request)
                    throws IOException {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
                connection.close();
            }
        },
        RESET_INSIDE_THE_BODY {
            @Override
            public void answer(Connection connection, FaultServer.Received request)
                    throws IOException {
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
                connection.reset();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void lost_connection_is_unanswered_and_the_request_is_seen_once(Ending ending)
            throws Exception {
        try (FaultServer server = new FaultServer(ending)) {
            WriteResult result = Texts.written(HttpSink.post(server.uri()));
            assertLost(result);
            assertThat(server.count()).isEqualTo(1);
            await().until(() -> server.open() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void lost_kept_connection_is_unanswered_and_the_request_is_seen_once(Ending ending)
            throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (FaultServer server =
                        new FaultServer(
                                (connection, request) -> {
                                    if (requests.incrementAndGet() == 1) {
                                        connection.send(OK);
                                    } else {
                                        ending.answer(connection, request);
                                    }
                                });
                RecordWriter<String> writer = Texts.open(HttpSink.put(server.uri()))) {
            assertThat(Texts.written(writer, Texts.of("a")).isDelivered()).isTrue();
            assertLost(Texts.written(writer, Texts.of("b")));
            assertThat(server.received())
                    .extracting(FaultServer.Received::text)
                    .containsExactly("a\n", "b\n");
        }
    }

    private static void assertLost(WriteResult result) {
        assertThat(result.outcome()).isEqualTo(PermitOutcome.UNANSWERED);
        WriteFailure failure = result.failure(0).orElseThrow();
        assertThat(failure.action()).isEqualTo(Action.RETRY);
        assertThat(failure.kind()).isEqualTo("connection lost");
        assertThat(failure.detail()).isNotEmpty();
    }

    @Test
    void connection_that_was_closed_while_idle_is_replaced_or_reported() throws Exception {
        try (FaultServer server =
                        new FaultServer(
                                (connection, request) -> {
                                    connection.send(OK);
                                    connection.close();
                                });
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()))) {
            for (int i = 0; i < 50; i++) {
                WriteResult result = Texts.written(writer, Texts.at(i, "t" + i));
                if (!result.isDelivered()) {
                    assertLost(result);
                }
            }
            assertThat(server.received())
                    .extracting(FaultServer.Received::text)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void refused_connection_is_not_sent() throws Exception {
        URI uri;
        try (FaultServer server = FaultServer.ok()) {
            uri = server.uri();
        }
        assertNotSent(Texts.written(HttpSink.post(uri)));
    }

    @Test
    void unknown_host_is_not_sent() throws Exception {
        assertNotSent(Texts.written(HttpSink.post(URI.create("http://no-such-host.invalid/"))));
    }

    @Test
    void connecting_for_too_long_is_not_sent() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
                Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
            assertThat(first.isConnected() && second.isConnected()).isTrue();
            URI uri = URI.create("http://127.0.0.1:" + full.getLocalPort() + "/");
            assertNotSent(Texts.written(HttpSink.post(uri).connectTimeout(SHORT)));
        }
    }

    private static void assertNotSent(WriteResult result) {
        assertThat(result.outcome()).isEqualTo(PermitOutcome.NOT_SENT);
        WriteFailure failure = result.failure(0).orElseThrow();
        assertThat(failure.action()).isEqualTo(Action.RETRY);
        assertThat(failure.kind()).isEqualTo("no connection");
    }

    @Test
    void response_that_stalls_at_any_byte_ends_at_the_deadline_and_is_closed() throws Exception {
        try (FaultServer server = new FaultServer(FaultsTest::stallWhereAsked);
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).timeout(Duration.ofMillis(400)))) {
            List<CompletableFuture<WriteResult>> results = new ArrayList<>();
            for (int i = 0; i < OK.length; i++) {
                results.add(Texts.write(writer, Texts.at(i, String.valueOf(i))));
            }
            for (CompletableFuture<WriteResult> result : results) {
                assertTimeout(result.get(20, TimeUnit.SECONDS));
            }
            await().until(() -> server.open() == 0);
            assertThat(server.count()).isLessThanOrEqualTo(OK.length);
        }
    }

    private static void stallWhereAsked(Connection connection, FaultServer.Received request)
            throws IOException {
        connection.send(Arrays.copyOf(OK, Integer.parseInt(request.text().trim())));
        connection.stall();
    }

    private static void assertTimeout(WriteResult result) {
        assertThat(result.outcome()).isEqualTo(PermitOutcome.UNANSWERED);
        assertThat(result.failure(0)).contains(new WriteFailure(Action.RETRY, "timeout", ""));
    }

    @Test
    @Tag("real-time")
    void attempt_ends_at_its_deadline_wherever_the_response_stalls() throws Exception {
        Duration deadline = Duration.ofMillis(300);
        try (FaultServer server = new FaultServer(FaultsTest::stallWhereAsked);
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).timeout(deadline))) {
            for (int sent = 0; sent < OK.length; sent += 10) {
                long startNanos = System.nanoTime();
                assertTimeout(Texts.written(writer, Texts.of(String.valueOf(sent))));
                assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                        .isLessThan(deadline.plus(Overshoots.ALLOWED));
            }
        }
    }

    @Test
    void connections_return_to_none_after_many_timeouts() throws Exception {
        try (FaultServer server = new FaultServer((connection, request) -> connection.stall());
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).timeout(SHORT).maxConnections(32))) {
            List<CompletableFuture<WriteResult>> results = new ArrayList<>();
            for (int i = 0; i < 320; i++) {
                results.add(Texts.write(writer, Texts.at(i, "t" + i)));
            }
            for (CompletableFuture<WriteResult> result : results) {
                assertTimeout(result.get(60, TimeUnit.SECONDS));
            }
            await().until(() -> server.open() == 0);
        }
    }

    @Test
    void writer_works_on_after_timeouts() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (FaultServer server =
                        new FaultServer(
                                (connection, request) -> {
                                    if (requests.incrementAndGet() <= 8) {
                                        connection.stall();
                                    } else {
                                        connection.send(OK);
                                    }
                                });
                RecordWriter<String> writer =
                        Texts.open(
                                HttpSink.post(server.uri())
                                        .timeout(Duration.ofSeconds(5))
                                        .maxConnections(8))) {
            List<CompletableFuture<WriteResult>> results = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                results.add(Texts.write(writer, Texts.at(i, "t" + i)));
            }
            int delivered = 0;
            for (CompletableFuture<WriteResult> result : results) {
                delivered += result.get(20, TimeUnit.SECONDS).isDelivered() ? 1 : 0;
            }
            assertThat(delivered).isEqualTo(192);
        }
    }

    @Test
    void frozen_server_is_met_by_no_more_connections_than_the_cap() throws Exception {
        try (FaultServer server = new FaultServer((connection, request) -> connection.stall());
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).maxConnections(10))) {
            List<CompletableFuture<WriteResult>> results = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                results.add(Texts.write(writer, Texts.at(i, "t" + i)));
            }
            await().until(() -> server.count() == 10);
            assertThat(server.mostOpen()).isEqualTo(10);
            assertThat(results).noneMatch(CompletableFuture::isDone);
        }
    }

    @Test
    void endless_body_is_cut_and_its_connection_closed() throws Exception {
        AtomicLong sent = new AtomicLong();
        try (FaultServer server =
                        new FaultServer(
                                (connection, request) -> {
                                    connection.send("HTTP/1.1 500 No\r\nConnection: close\r\n\r\n");
                                    byte[] chunk =
                                            "again and again "
                                                    .repeat(1_000)
                                                    .getBytes(StandardCharsets.UTF_8);
                                    while (true) {
                                        connection.send(chunk);
                                        sent.addAndGet(chunk.length);
                                    }
                                });
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()))) {
            WriteResult result = Texts.written(writer, Texts.of("a"));
            assertThat(result.outcome()).isEqualTo(PermitOutcome.ANSWERED);
            WriteFailure failure = result.failure(0).orElseThrow();
            assertThat(failure.kind()).isEqualTo("HTTP 500");
            assertThat(failure.detail()).startsWith("again and again again").hasSize(203);
            await().until(() -> server.open() == 0);
            assertThat(sent.get()).isLessThan(64 << 20);
        }
    }

    @Test
    void endless_headers_end_without_filling_the_memory() throws Exception {
        try (FaultServer server =
                        new FaultServer(
                                (connection, request) -> {
                                    connection.send("HTTP/1.1 200 OK\r\n");
                                    byte[] header =
                                            ("X-Long: " + "x".repeat(8_000) + "\r\n")
                                                    .getBytes(StandardCharsets.UTF_8);
                                    while (true) {
                                        connection.send(header);
                                    }
                                });
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).timeout(SHORT))) {
            WriteResult result = Texts.written(writer, Texts.of("a"));
            assertThat(result.outcome()).isEqualTo(PermitOutcome.UNANSWERED);
            assertThat(result.failure(0)).isPresent();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                "HTTP/1.1 abc OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nBad Header: 1\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                "HTTP/1.1 101 Switching\r\n\r\n",
                "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello",
            })
    void answer_that_is_not_http_is_unanswered_and_its_connection_closed(String answer)
            throws Exception {
        try (FaultServer server =
                        new FaultServer(
                                (connection, request) -> {
                                    connection.send(answer);
                                    connection.stall();
                                });
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).timeout(Duration.ofSeconds(1)))) {
            WriteResult result = Texts.written(writer, Texts.of("a"));
            assertThat(result.outcome()).isEqualTo(PermitOutcome.UNANSWERED);
            assertThat(result.failure(0))
                    .get()
                    .extracting(WriteFailure::action)
                    .isEqualTo(Action.RETRY);
            if (Runtime.version().feature() >= 21) { // before, nothing closes it
                await().until(() -> server.open() == 0);
            }
        }
    }

    @Test
    void answer_before_the_body_was_read_is_heeded() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread server =
                    new Thread(
                            () -> {
                                try (Socket socket = listener.accept()) {
                                    socket.getOutputStream()
                                            .write(
                                                    response(413, "too large", "Connection: close")
                                                            .getBytes(StandardCharsets.UTF_8));
                                    socket.shutdownOutput();
                                    socket.getInputStream()
                                            .transferTo(java.io.OutputStream.nullOutputStream());
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            });
            server.start();
            URI uri = URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/");
            try (RecordWriter<String> writer = Texts.open(HttpSink.post(uri))) {
                WriteResult result = Texts.written(writer, Texts.of("x".repeat(8 << 20)));
                assertThat(result.failure(0))
                        .get()
                        .extracting(WriteFailure::kind)
                        .isEqualTo("HTTP 413");
            }
            server.join();
        }
    }
}
