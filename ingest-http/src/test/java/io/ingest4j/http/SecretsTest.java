package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Every credential is a canary that must not sing. */
class SecretsTest {

    private static final String QUERY = "sig=canary%2Dquery&token=canary-two";
    private static final String HEADER = "canary-header";
    private static final String TOKEN = "canary-token";

    /** Of user:canary-pass/word, and of the token and the header, as servers repeat them. */
    private static final List<String> FORMS =
            List.of(
                    "user:canary-pass/word",
                    "canary-pass\\/word",
                    "canary-pass%2Fword",
                    "CANARY-PASS&#x2f;WORD",
                    "CANARY-TOKEN",
                    "%63anary-token",
                    "\\u0063anary-header",
                    "canary-t****");

    private final List<Object> said = new ArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level level = root.getLevel();

    @BeforeEach
    void listen() {
        log.start();
        root.addAppender(log);
        root.setLevel(Level.TRACE);
    }

    @AfterEach
    void stopListening() {
        root.detachAppender(log);
        root.setLevel(level);
    }

    @Test
    void no_text_holds_a_secret_that_the_server_echoes() throws Exception {
        String echo =
                "Bearer "
                        + TOKEN
                        + " "
                        + HEADER
                        + " "
                        + QUERY
                        + " canary-query "
                        + String.join(" ", FORMS);
        for (String answer :
                List.of(
                        FaultServer.response(400, echo),
                        FaultServer.response(302, "", "Location: /other?" + QUERY),
                        FaultServer.response(302, "", "Location: http://u:canary-p@h/o?" + QUERY),
                        FaultServer.response(302, "", "Location: ://canary-token"),
                        FaultServer.response(503, "x".repeat(4_080) + echo),
                        FaultServer.response(401, "x".repeat(185) + echo),
                        "HTTP/1.1 " + echo + "\r\n\r\n",
                        "HTTP/1.1 200 OK\r\nBad " + echo + ": 1\r\n\r\n")) {
            try (FaultServer server = FaultServer.answering(answer)) {
                attempt(server.uri("/p?" + QUERY));
            }
        }
        assertSilent();
    }

    @Test
    void no_text_holds_a_secret_when_nobody_answers() throws Exception {
        URI refused;
        try (FaultServer server = new FaultServer((connection, request) -> connection.reset())) {
            refused = server.uri("/p?" + QUERY);
            attempt(refused);
        }
        attempt(refused);
        attempt(URI.create("http://no-such-host.invalid/p?" + QUERY));
        try (FaultServer server = new FaultServer((connection, request) -> connection.stall())) {
            attempt(server.uri("/p?" + QUERY));
        }
        assertSilent();
    }

    private void attempt(URI uri) throws Exception {
        HttpSink<String> sink =
                HttpSink.post(uri)
                        .header("X-Key", HEADER)
                        .header("X-Basic", "Basic dXNlcjpjYW5hcnktcGFzcy93b3Jk")
                        .bearerToken(() -> TOKEN)
                        .timeout(Duration.ofSeconds(1))
                        .responses(
                                (reply, size) -> {
                                    throw new IllegalStateException(reply.text());
                                })
                        .body(new Texts.Lines());
        said.add(sink);
        said.add(sink.settings());
        try (RecordWriter<String> writer = sink.open(Texts.CONTEXT)) {
            said.add(writer);
            WriteResult result = Texts.written(writer, Texts.of("a"));
            WriteFailure failure = result.failure(0).orElseThrow();
            said.add(failure);
        }
    }

    private void assertSilent() {
        log.list.forEach(event -> said.add(event.getFormattedMessage()));
        assertThat(said)
                .extracting(Object::toString)
                .noneMatch(
                        text ->
                                text.toLowerCase(java.util.Locale.ROOT)
                                        .matches("(?s).*(canary|%63anary|u0063anary).*"));
    }

    @Test
    void headers_that_only_say_what_is_spoken_are_no_secrets() throws Exception {
        String said = "application/json is no application/x-ndjson, tester";
        try (FaultServer server = FaultServer.answering(FaultServer.response(400, said))) {
            WriteResult result =
                    Texts.written(
                            HttpSink.post(server.uri())
                                    .header("content-type", "application/json")
                                    .header("Accept", "application/x-ndjson")
                                    .header("User-Agent", "tester"));
            assertThat(result.failure(0).orElseThrow().detail()).isEqualTo(said);
            assertThatThrownBy(
                            HttpDownload.of(server.uri())
                                            .header("Content-Type", "application/json")
                                            .header("Accept", "application/x-ndjson")
                                            .header("User-Agent", "tester")
                                            .in(new TestSurroundings())
                                    ::objects)
                    .hasMessageContaining(said);
        }
    }

    @Test
    void redirect_is_not_followed() throws Exception {
        try (FaultServer other = FaultServer.ok()) {
            for (int status : List.of(301, 302, 303, 307, 308)) {
                String redirect =
                        FaultServer.response(status, "", "Location: " + other.uri("/x?canary=1"));
                try (FaultServer server = FaultServer.answering(redirect)) {
                    WriteResult result =
                            Texts.written(HttpSink.post(server.uri()).bearerToken(() -> TOKEN));
                    assertThat(result.failure(0))
                            .contains(
                                    new WriteFailure(
                                            Action.DEAD_LETTER,
                                            "HTTP " + status,
                                            "redirects to " + other.uri("/x") + ", not followed."));
                }
            }
            assertThat(other.accepted()).isZero();
        }
    }
}
