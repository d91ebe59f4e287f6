package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ingest4j.api.ByteObject;
import io.ingest4j.http.FaultServer.Received;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Where credentials go, and that they are never shown (H7, H38). */
class HttpDownloadSecretsTest {

    private static final String QUERY = "sig=canary%2Dquery&token=canary-two";
    private static final String HEADER = "canary-header";
    private static final String TOKEN = "canary-token";
    private static final TestFile FILE = TestFile.of("hello world");

    private final TestSurroundings surroundings = new TestSurroundings();

    @Test
    void headers_and_tokens_stay_with_their_origin() throws Exception {
        for (int status : List.of(301, 302, 303, 307, 308)) {
            try (FaultServer other = new FaultServer(FILE::answer);
                    FaultServer server =
                            new FaultServer(
                                    (c, r) -> {
                                        if (r.line().contains("/start")) {
                                            c.send(redirect(status, "/second"));
                                        } else {
                                            c.send(redirect(status, other.uri("/x?canary=1")));
                                        }
                                    })) {
                HttpDownload download =
                        HttpDownload.of(server.uri("/start"))
                                .in(surroundings)
                                .header("X-Key", HEADER)
                                .header("Cookie", HEADER)
                                .bearerToken(() -> TOKEN);
                assertThat(read(download)).isEqualTo("hello world");
                assertThat(server.received())
                        .allSatisfy(
                                r -> {
                                    assertThat(r.header("X-Key")).isEqualTo(HEADER);
                                    assertThat(r.header("Authorization")).endsWith(TOKEN);
                                });
                assertThat(other.received())
                        .hasSize(2)
                        .extracting(Received::headers)
                        .noneMatch(headers -> headers.toString().contains("canary"));
                assertThat(download.requests()).isEqualTo(Map.of("http_head", 3L, "http_get", 3L));
            }
        }
    }

    @Test
    void credentials_are_not_sent_again_once_a_redirect_has_left_the_origin() throws Exception {
        String[] back = {""};
        try (FaultServer other = new FaultServer((c, r) -> c.send(redirect(302, back[0])));
                FaultServer server =
                        new FaultServer(
                                (c, r) -> {
                                    if (r.line().contains("/back")) {
                                        FILE.answer(c, r);
                                    } else {
                                        c.send(redirect(302, other.uri("/x")));
                                    }
                                })) {
            back[0] = server.uri("/back").toString();
            HttpDownload download =
                    HttpDownload.of(server.uri()).in(surroundings).bearerToken(() -> TOKEN);
            assertThat(download.objects()).hasSize(1);
            assertThat(server.received())
                    .extracting(r -> r.header("Authorization"))
                    .containsExactly("Bearer " + TOKEN, "");
        }
    }

    @Test
    void location_may_be_relative() throws Exception {
        for (String location : List.of("g", "/d/g", "?q=1", "//127.0.0.1:PORT/d/g", "../d/./g")) {
            try (FaultServer server =
                    new FaultServer(
                            (c, r) -> {
                                if (r.line().contains("/d/f HTTP")) {
                                    String port = r.header("Host").replaceAll(".*:", "");
                                    c.send(redirect(302, location.replace("PORT", port)));
                                } else {
                                    FILE.answer(c, r);
                                }
                            })) {
                HttpDownload.of(server.uri("/d/f")).in(surroundings).objects();
                assertThat(server.received().get(1).line())
                        .isIn("HEAD /d/g HTTP/1.1", "HEAD /d/f?q=1 HTTP/1.1");
            }
        }
    }

    @Test
    void location_is_resolved_as_rfc_3986_says() throws Exception {
        URI noPath = URI.create("http://h?sig=1");
        assertThat(WebUri.resolved(noPath, "g")).isEqualTo(URI.create("http://h/g"));
        assertThat(WebUri.resolved(noPath, ".evil.example/g"))
                .isEqualTo(URI.create("http://h/.evil.example/g"));
        assertThat(WebUri.resolved(noPath, "?y")).isEqualTo(URI.create("http://h/?y"));
        URI path = URI.create("http://h/b/c/d;p?q");
        assertThat(WebUri.resolved(path, "?y")).isEqualTo(URI.create("http://h/b/c/d;p?y"));
        assertThat(WebUri.resolved(path, "../g?y")).isEqualTo(URI.create("http://h/b/g?y"));
        assertThat(WebUri.resolved(path, "//g/x")).isEqualTo(URI.create("http://g/x"));
    }

    private static String redirect(int status, Object to) {
        return FaultServer.response(status, "", "Location: " + to);
    }

    private static String read(HttpDownload download) throws IOException {
        ByteObject object = download.objects().get(0);
        try (InputStream in = download.open(object, 0)) {
            return new String(in.readAllBytes(), "UTF-8");
        }
    }

    @Test
    void resumption_begins_at_the_original_uri_again() throws Exception {
        TestFile file = TestFile.random(1_000);
        try (FaultServer signed =
                        new FaultServer(
                                (c, r) -> {
                                    if (r.line().contains("sig=1")) {
                                        file.answerCut(c, r, 300);
                                    } else {
                                        c.send(FaultServer.response(403, "expired"));
                                    }
                                });
                FaultServer server =
                        new FaultServer((c, r) -> c.send(redirect(307, signed.uri("/f?sig=1"))))) {
            HttpDownload download = HttpDownload.of(server.uri()).in(surroundings);
            byte[] read = download.open(file.object(server.uri()), 0).readAllBytes();
            assertThat(read).isEqualTo(file.bytes());
            assertThat(server.count()).isEqualTo(4);
        }
    }

    @Test
    void redirects_that_are_not_followed() throws Exception {
        assertThat(complaint(redirect(302, "http://u:canary-p@h/o?" + QUERY)))
                .contains("holds a user or password (not shown)");
        assertThat(complaint(redirect(302, "ftp://h/o"))).contains("another scheme");
        assertThat(complaint(redirect(302, "file:///etc/passwd"))).contains("another scheme");
        assertThat(complaint(redirect(302, "://canary-token"))).contains("is no URI");
        assertThat(complaint(FaultServer.response(302, ""))).contains("without a Location");
        assertThat(complaint(redirect(302, "/sink"))).contains("in a loop");
        assertThat(complaint(redirect(300, "/other"))).contains("failed: 300");
        assertThat(complaint(redirect(305, "/other"))).contains("failed: 305");
        try (FaultServer server =
                new FaultServer((c, r) -> c.send(redirect(302, r.line().split(" ")[1] + "x")))) {
            assertThatThrownBy(HttpDownload.of(server.uri("/a?" + QUERY)).in(surroundings)::objects)
                    .hasMessageContaining("more than 5 redirects (maxRedirects)")
                    .hasMessageNotContaining("canary");
            assertThat(server.count()).isEqualTo(6);
        }
    }

    @Test
    void query_of_a_redirect_is_not_shown_in_any_form() throws Exception {
        String query = "sig=canary%2Fone%3D%26x&key=schl%C3%BCssel-canary";
        String echo = "key schlüssel-canary, sig canary/one=&x, canary%2Fone%3D%26x, canary/one";
        try (FaultServer server =
                new FaultServer(
                        (c, r) ->
                                c.send(
                                        r.line().contains("/o?")
                                                ? FaultServer.response(403, echo)
                                                : redirect(302, "/o?" + query)))) {
            assertThatThrownBy(HttpDownload.of(server.uri()).in(surroundings)::objects)
                    .hasMessageEndingWith("key ***, sig ***, ***, ***");
        }
    }

    private String complaint(String answer) throws Exception {
        try (FaultServer server = FaultServer.answering(answer)) {
            HttpDownload download = HttpDownload.of(server.uri()).in(surroundings);
            try {
                download.objects();
                return "";
            } catch (IOException e) {
                assertThat(e.getMessage()).doesNotContain("canary");
                return e.getMessage();
            }
        }
    }

    @Test
    void no_text_holds_a_secret() throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level level = root.getLevel();
        log.start();
        root.addAppender(log);
        root.setLevel(Level.TRACE);
        List<String> said = new ArrayList<>();
        try {
            String echo = "Bearer " + TOKEN + " " + HEADER + " " + QUERY + " canary-query";
            for (String answer :
                    List.of(
                            FILE.whole(),
                            FaultServer.response(400, echo),
                            FaultServer.response(401, "x".repeat(185) + echo),
                            FaultServer.response(503, "x".repeat(4_080) + echo),
                            FaultServer.response(206, echo, "Content-Range: " + echo),
                            FaultServer.response(200, echo, "Content-Encoding: " + echo),
                            redirect(302, "http://u:canary-p@h/o?" + QUERY),
                            redirect(302, "/o?" + QUERY + "&" + "s=canary-redirect"),
                            redirect(302, "://canary-token"),
                            "HTTP/1.1 " + echo + "\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nBad " + echo + ": 1\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: " + echo + "\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + echo + "\r\n\r\n",
                            echo + "\r\n\r\n")) {
                try (FaultServer server =
                        new FaultServer(
                                (c, r) -> {
                                    c.send(answer);
                                    c.close();
                                })) {
                    attempt(server.uri("/p?" + QUERY), said);
                }
            }
            attempt(URI.create("http://no-such-host.invalid/p?" + QUERY), said);
            attempt(URI.create("http://127.0.0.1:1/p?" + QUERY), said);
            attempt(URI.create("https://127.0.0.1:1/p?" + QUERY), said);
        } finally {
            root.detachAppender(log);
            root.setLevel(level);
        }
        List<ILoggingEvent> events = List.copyOf(log.list);
        events.forEach(event -> said.add(event.getFormattedMessage()));
        assertThat(said)
                .hasSizeGreaterThan(100)
                .noneMatch(text -> text.toLowerCase(Locale.ROOT).contains("canary"));
    }

    private void attempt(URI uri, List<String> said) {
        HttpDownload download =
                HttpDownload.of(uri)
                        .in(surroundings)
                        .header("X-Key", HEADER)
                        .bearerToken(() -> TOKEN)
                        .maxAttempts(2);
        said.add(download.toString());
        said.add(download.requests().toString());
        try {
            said.add(download.objects().toString());
        } catch (IOException e) {
            said.add(trace(e));
        }
        ByteObject object = new ByteObject(UriIdentity.of(uri), "", ByteObject.UNKNOWN, false);
        try (InputStream in = download.open(object, 0)) {
            said.add(in.toString());
            in.readAllBytes();
        } catch (IOException | RuntimeException e) {
            said.add(trace(e));
        }
    }

    private static String trace(Exception e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void token_supplier_that_throws_does_not_show_what_it_says() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            HttpDownload download =
                    HttpDownload.of(server.uri())
                            .in(surroundings)
                            .maxAttempts(2)
                            .bearerToken(
                                    () -> {
                                        throw new IllegalStateException(TOKEN);
                                    });
            assertThatThrownBy(download::objects)
                    .hasMessageContaining("bearerToken failed with java.lang.IllegalState")
                    .hasMessageNotContaining(TOKEN);
            HttpDownload split =
                    HttpDownload.of(server.uri()).in(surroundings).bearerToken(() -> "a\r\nX: b");
            assertThatThrownBy(split::objects).hasMessageContaining("can't be sent in a header");
            assertThat(server.count()).isZero();
        }
    }

    @Test
    void settings_that_are_refused() {
        HttpDownload download = HttpDownload.of(URI.create("https://h/f"));
        assertThatThrownBy(() -> download.header("X", "canary\r\nY: z"))
                .hasMessageContaining("value not shown")
                .hasMessageNotContaining("canary");
        for (String name : List.of("Range", "if-range", "Host", "Accept-Encoding", "A B", "")) {
            assertThatThrownBy(() -> download.header(name, "v"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> download.header("authorization", "x").bearerToken(() -> "y"))
                .hasMessageContaining("must not be combined");
        assertThatThrownBy(() -> download.bearerToken(() -> "y").header("authorization", "x"))
                .hasMessageContaining("must not be combined");
        assertThatThrownBy(() -> HttpDownload.of(URI.create("https://u:canary@h/f")))
                .hasMessageContaining("bearerToken")
                .hasMessageNotContaining("canary");
        for (String uri : List.of("ftp://h/f", "file:///f", "http:///f", "f", "http://h:99999/")) {
            assertThatThrownBy(() -> HttpDownload.of(URI.create(uri)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("uri must be fit");
        }
        assertThatThrownBy(() -> download.maxAttempts(0)).hasMessageContaining("maxAttempts");
        assertThatThrownBy(() -> download.maxRedirects(-1)).hasMessageContaining("maxRedirects");
        assertThatThrownBy(() -> download.timeout(java.time.Duration.ZERO))
                .hasMessageContaining("timeout must be > 0");
    }
}
