package io.ingest4j.http;

import static io.ingest4j.http.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.FileSink;
import io.ingest4j.core.file.Gzip;
import io.ingest4j.spi.ByteSourceProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a download does on servers that mean well, and on networks that don't. */
class HttpDownloadTest {

    private static final String DATED = "Wed, 21 Oct 2015 07:28:00 GMT";
    private static final String SENT = "Wed, 21 Oct 2015 07:28:01 GMT";

    private final TestSurroundings surroundings = new TestSurroundings();

    private HttpDownload download(URI uri) {
        return HttpDownload.of(uri).in(surroundings);
    }

    private static FaultServer honest(TestFile file) throws IOException {
        return new FaultServer(file::answer);
    }

    @Test
    void object_has_name_version_length_and_is_seekable() throws Exception {
        try (FaultServer server = honest(TestFile.of("abc"))) {
            URI uri = server.uri("/d/f.csv?sig=secret#part");
            HttpDownload download = download(uri);
            assertThat(download.objects())
                    .containsExactly(new ByteObject(UriIdentity.of(uri), "\"v1\"", 3, true));
            assertThat(download.requests()).isEqualTo(Map.of("http_head", 1L));
            assertThat(server.received().get(0).line()).contains("HEAD /d/f.csv?sig=secret HTTP");
        }
    }

    @Test
    void requests_have_our_name_and_ask_for_no_compression() throws Exception {
        try (FaultServer server = honest(TestFile.of("abc"))) {
            download(server.uri()).header("X-Key", "k").objects();
            assertThat(server.received().get(0).headers())
                    .containsEntry("User-Agent", "ingest4j")
                    .containsEntry("Accept-Encoding", "identity")
                    .containsEntry("X-Key", "k")
                    .containsEntry("Host", "127.0.0.1:" + server.uri().getPort());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 405, 501})
    void refused_head_is_made_up_for_by_a_get_of_one_byte(int status) throws Exception {
        TestFile file = TestFile.of("abc");
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            if (r.line().startsWith("HEAD")) {
                                c.send(FaultServer.response(status, ""));
                            } else {
                                file.answer(c, r);
                            }
                        })) {
            HttpDownload download = download(server.uri());
            assertThat(download.objects()).containsExactly(file.object(server.uri()));
            assertThat(download.requests()).isEqualTo(Map.of("http_head", 1L, "http_get", 1L));
            assertThat(server.received().get(1).header("Range")).isEqualTo("bytes=0-0");
        }
    }

    @Test
    void empty_file_is_empty() throws Exception {
        TestFile file = TestFile.of("");
        try (FaultServer server = honest(file)) {
            HttpDownload download = download(server.uri());
            ByteObject object = download.objects().get(0);
            assertThat(object.length()).isZero();
            try (InputStream in = download.open(object, 0)) {
                assertThat(in.read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void weak_etag_counts_only_with_date_and_length() throws Exception {
        TestFile weak = TestFile.of("abc").withEtag("W/\"v1\"");
        for (TestFile file :
                List.of(weak, weak.withModified(""), weak.withEtag(""), weak.withoutVersion())) {
            try (FaultServer server = honest(file)) {
                String expected =
                        file.modified().isEmpty()
                                ? ""
                                : "modified "
                                        + DATED
                                        + " 3"
                                        + (file.etag().isEmpty() ? "" : " W/\"v1\"");
                ByteObject object = download(server.uri()).objects().get(0);
                assertThat(object.version()).isEqualTo(expected);
                assertThat(object.seekable()).isEqualTo(!expected.isEmpty());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000, 65_536, 99_999})
    void connection_cut_again_and_again_still_gives_every_byte(int every) throws Exception {
        TestFile file = TestFile.random(Math.min(200_000, every * 150));
        try (FaultServer server = new FaultServer((c, r) -> file.answerCut(c, r, every))) {
            HttpDownload download = download(server.uri());
            byte[] read = download.open(download.objects().get(0), 0).readAllBytes();
            assertThat(read).isEqualTo(file.bytes());
            long gets = (file.bytes().length + every - 1) / every;
            assertThat(download.requests()).containsEntry("http_get", gets);
        }
    }

    @Test
    void rest_is_asked_for_with_range_and_a_strong_condition() throws Exception {
        for (String etag : List.of("\"v1\"", "W/\"v1\"", "")) {
            TestFile file = TestFile.random(1_000).withEtag(etag);
            try (FaultServer server = new FaultServer((c, r) -> file.answerCut(c, r, 600))) {
                HttpDownload download = download(server.uri());
                byte[] read = download.open(download.objects().get(0), 0).readAllBytes();
                assertThat(read).isEqualTo(file.bytes());
                assertThat(server.received().get(2).headers())
                        .containsEntry("Range", "bytes=600-")
                        .containsEntry("If-Range", etag.equals("\"v1\"") ? etag : DATED);
            }
        }
    }

    @Test
    void another_process_goes_on_from_an_offset() throws Exception {
        TestFile file = TestFile.random(10_000);
        try (FaultServer server = honest(file)) {
            ByteObject object = download(server.uri()).objects().get(0);
            HttpDownload other = copy(HttpDownload.of(server.uri()).allowPrivateAddresses(true));
            for (int offset : List.of(0, 1, 4_321, 9_999, 10_000)) {
                try (InputStream in = other.open(object, offset)) {
                    assertThat(in.readAllBytes())
                            .isEqualTo(Arrays.copyOfRange(file.bytes(), offset, 10_000));
                }
            }
            assertThat(other.requests()).containsKey("http_get");
        }
    }

    @Test
    void offset_at_the_end_of_what_has_changed_is_refused() throws Exception {
        TestFile file = TestFile.of("abc");
        try (FaultServer server = honest(file.withEtag("\"v2\""))) {
            ByteObject object = file.object(server.uri());
            assertThatThrownBy(() -> download(server.uri()).open(object, 3))
                    .isInstanceOf(SourceChangedException.class)
                    .hasMessageContaining("\"v1\" (3 bytes) during a run, was \"v2\" (3 bytes)");
        }
    }

    @Test
    void server_without_ranges_is_read_again_from_the_start_and_compared() throws Exception {
        TestFile file = TestFile.random(300_000).withoutRanges();
        for (TestFile each : List.of(file, file.withoutVersion())) {
            AtomicInteger gets = new AtomicInteger();
            try (FaultServer server =
                    new FaultServer(
                            (c, r) -> {
                                boolean head = r.line().startsWith("HEAD");
                                int most = head ? 0 : gets.incrementAndGet() * 70_000;
                                each.answerCut(c, r, most);
                            })) {
                HttpDownload download = download(server.uri());
                ByteObject object = download.objects().get(0);
                gets.set(0);
                assertThat(object.seekable()).isFalse();
                assertThat(download.open(object, 0).readAllBytes()).isEqualTo(each.bytes());
                assertThat(gets).hasValue(5);
            }
        }
    }

    @Test
    void server_without_ranges_gives_an_offset_too_if_it_has_a_version() throws Exception {
        TestFile file = TestFile.random(200_000).withoutRanges();
        AtomicInteger gets = new AtomicInteger();
        try (FaultServer server =
                new FaultServer((c, r) -> file.answerCut(c, r, 130_000 * gets.incrementAndGet()))) {
            ByteObject object = file.object(server.uri());
            byte[] read = download(server.uri()).open(object, 100_000).readAllBytes();
            assertThat(read).isEqualTo(Arrays.copyOfRange(file.bytes(), 100_000, 200_000));
        }
    }

    @Test
    void bytes_that_changed_without_a_version_are_found_out() throws Exception {
        TestFile file = TestFile.random(200_000).withoutVersion();
        byte[] other = file.bytes().clone();
        other[99_999] ^= 1;
        byte[] shorter = Arrays.copyOf(file.bytes(), 50_000);
        for (byte[] second : List.of(other, shorter, "<html>no</html>".getBytes("UTF-8"))) {
            AtomicInteger gets = new AtomicInteger();
            try (FaultServer server =
                    new FaultServer(
                            (c, r) -> {
                                boolean first = gets.incrementAndGet() == 1;
                                TestFile now = first ? file : file.withBytes(second);
                                now.answerCut(c, r, first ? 100_000 : 200_000);
                            })) {
                ByteObject unknown =
                        new ByteObject(
                                Redaction.shown(server.uri()), "", ByteObject.UNKNOWN, false);
                try (InputStream in = download(server.uri()).open(unknown, 0)) {
                    assertThatThrownBy(in::readAllBytes).isInstanceOf(SourceChangedException.class);
                }
            }
        }
    }

    @Test
    void bytes_rewritten_within_the_second_of_their_date_are_found_out() throws Exception {
        TestFile file = TestFile.random(200_000).withModified(SENT);
        byte[] other = file.bytes().clone();
        other[99_999] ^= 1;
        for (String etag : List.of("", "W/\"v1\"")) {
            AtomicInteger gets = new AtomicInteger();
            try (FaultServer server =
                    new FaultServer(
                            (c, r) -> {
                                boolean before = gets.incrementAndGet() <= 3;
                                TestFile now = before ? file : file.withBytes(other);
                                now.withEtag(etag).answerCut(c, r, before ? 100_000 : 200_000);
                            })) {
                HttpDownload download = download(server.uri());
                ByteObject object = download.objects().get(0);
                assertThat(object.version()).isEmpty();
                assertThat(object.seekable()).isFalse();
                try (InputStream in = download.open(object, 0)) {
                    assertThatThrownBy(in::readAllBytes).isInstanceOf(SourceChangedException.class);
                }
                assertThat(server.received()).noneMatch(r -> r.headers().containsKey("If-Range"));
            }
        }
    }

    @Test
    void offset_without_a_version_is_refused_with_the_remedy() throws Exception {
        TestFile file = TestFile.of("abc").withoutVersion();
        try (FaultServer server = honest(file)) {
            HttpDownload download = download(server.uri());
            ByteObject object = download.objects().get(0);
            assertThatThrownBy(() -> download.open(object, 1))
                    .isInstanceOf(IOException.class)
                    .hasMessageEndingWith(
                            "; open it at 0, where what was read before can be compared");
        }
    }

    @Test
    void chunked_body_of_unknown_length_is_read_to_its_mark_and_resumed() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n";
        AtomicInteger gets = new AtomicInteger();
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            if (r.line().startsWith("HEAD") || !r.header("Range").equals("")) {
                                c.send(head);
                            } else if (gets.incrementAndGet() == 1) {
                                c.send(head + "5\r\nhello\r\n");
                                c.close();
                                return;
                            }
                            c.send((gets.get() == 2 ? head : "") + "b\r\nhello world\r\n0\r\n\r\n");
                        })) {
            HttpDownload download = download(server.uri());
            ByteObject object = download.objects().get(0);
            assertThat(object.length()).isEqualTo(ByteObject.UNKNOWN);
            assertThat(download.open(object, 0).readAllBytes()).asString().isEqualTo("hello world");
        }
    }

    @Test
    void body_that_only_the_connection_ends_is_refused_unless_trusted_or_of_known_length()
            throws Exception {
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            c.send("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\n\r\nhello");
                            c.close();
                        })) {
            HttpDownload download = download(server.uri()).maxAttempts(3);
            ByteObject object = download.objects().get(0);
            assertThatThrownBy(() -> download.open(object, 0))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("trustConnectionEnd(true)");
            assertThat(download.trustConnectionEnd(true).open(object, 0).readAllBytes())
                    .asString()
                    .isEqualTo("hello");
            ByteObject known = new ByteObject(object.name(), "\"v1\"", 5, false);
            assertThat(download.open(known, 0).readAllBytes()).asString().isEqualTo("hello");
            ByteObject longer = new ByteObject(object.name(), "\"v1\"", 6, false);
            try (InputStream in = download.trustConnectionEnd(true).open(longer, 0)) {
                assertThatThrownBy(in::readAllBytes)
                        .hasMessageContaining("ended at byte 5, where 6 must come");
            }
        }
    }

    @Test
    void status_that_passes_is_outlasted_with_pauses_that_double() throws Exception {
        TestFile file = TestFile.of("abc");
        AtomicInteger gets = new AtomicInteger();
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            int status =
                                    List.of(500, 503, 429, 408, 200).get(gets.getAndIncrement());
                            if (status == 200) {
                                file.answer(c, r);
                            } else {
                                String wait = status == 429 ? "Retry-After: 7" : "X: y";
                                c.send(FaultServer.response(status, "", wait));
                            }
                        })) {
            HttpDownload download = download(server.uri());
            assertThat(download.open(file.object(server.uri()), 0).readAllBytes()).hasSize(3);
            List<Long> millis =
                    surroundings.pauses.stream().map(TimeUnit.NANOSECONDS::toMillis).toList();
            assertThat(millis.get(0)).isBetween(50L, 100L);
            assertThat(millis.get(1)).isBetween(100L, 200L);
            assertThat(millis.get(2)).isEqualTo(7_000);
            assertThat(millis.get(3)).isBetween(400L, 800L);
        }
    }

    @Test
    void server_that_never_recovers_is_given_up_by_attempts_or_time() throws Exception {
        try (FaultServer server =
                FaultServer.answering(FaultServer.response(503, "busy", "Retry-After: 50"))) {
            ByteObject object = TestFile.of("abc").object(server.uri());
            HttpDownload download = download(server.uri());
            assertThatThrownBy(() -> download.maxAttempts(2).open(object, 0))
                    .isInstanceOf(IOException.class)
                    .hasMessage(
                            "reading "
                                    + server.uri()
                                    + " at offset 0 failed: 503: busy (attempt 2 without progress)");
            surroundings.pauses.clear();
            assertThatThrownBy(() -> download.giveUpAfter(Duration.ofSeconds(80)).open(object, 0))
                    .hasMessageContaining("attempt 3");
            assertThat(surroundings.pauses).containsExactly(50_000_000_000L, 30_000_000_000L);
        }
    }

    @Test
    void time_that_the_reader_takes_is_not_the_servers_silence() throws Exception {
        TestFile file = TestFile.random(1_000);
        try (FaultServer server = new FaultServer((c, r) -> file.answerCut(c, r, 300))) {
            try (InputStream in = download(server.uri()).open(file.object(server.uri()), 0)) {
                surroundings.pass(Duration.ofMinutes(3));
                byte[] begin = in.readNBytes(300);
                surroundings.pass(Duration.ofMinutes(3));
                assertThat(in.readAllBytes())
                        .isEqualTo(Arrays.copyOfRange(file.bytes(), 300, 1_000));
                assertThat(begin).isEqualTo(Arrays.copyOf(file.bytes(), 300));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 410, 501})
    void status_that_stays_is_an_error_at_once(int status) throws Exception {
        try (FaultServer server =
                FaultServer.answering(FaultServer.response(status, "be\ncause"))) {
            HttpDownload download = download(server.uri("/f?sig=secret"));
            ByteObject object = TestFile.of("abc").object(server.uri("/f?sig=secret"));
            assertThatThrownBy(() -> download.open(object, 0))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(
                            UriIdentity.of(server.uri("/f?sig=secret"))
                                    + " at offset 0 failed: "
                                    + status)
                    .hasMessageEndingWith(": be cause");
            assertThat(server.count()).isEqualTo(1);
        }
    }

    @Test
    void token_is_asked_anew_for_each_request_and_once_more_after_401() throws Exception {
        TestFile file = TestFile.random(1_000);
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            if (r.header("Authorization").equals("Bearer token-1")) {
                                c.send(FaultServer.response(401, ""));
                            } else {
                                file.answerCut(c, r, 500);
                            }
                        })) {
            AtomicInteger tokens = new AtomicInteger();
            HttpDownload download =
                    download(server.uri()).bearerToken(() -> "token-" + tokens.incrementAndGet());
            ByteObject object = file.object(server.uri());
            assertThat(download.open(object, 0).readAllBytes()).isEqualTo(file.bytes());
            assertThat(server.received())
                    .extracting(r -> r.header("Authorization"))
                    .containsExactly("Bearer token-1", "Bearer token-2", "Bearer token-3");
        }
    }

    @Test
    @Tag("real-time")
    void head_that_never_ends_is_left_after_the_timeout_whatever_connecting_may_take()
            throws Exception {
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            c.send("HTTP/1.1 200 OK\r\nX: ");
                            while (true) {
                                c.trickle(new byte[] {'x'});
                            }
                        })) {
            HttpDownload download =
                    download(server.uri())
                            .connectTimeout(Duration.ofHours(1))
                            .timeout(Duration.ofMillis(300))
                            .maxAttempts(1);
            CompletableFuture<List<ByteObject>> looking =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return download.objects();
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            assertThatThrownBy(() -> looking.get(20, TimeUnit.SECONDS))
                    .hasMessageContaining("no answer within PT0.3S");
        }
    }

    @Test
    void durations_may_be_as_long_as_there_are() throws Exception {
        Duration forever = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
        TestFile file = TestFile.of("abc");
        try (FaultServer server = new FaultServer(file::answer)) {
            HttpDownload download =
                    download(server.uri())
                            .connectTimeout(forever)
                            .timeout(forever)
                            .giveUpAfter(forever)
                            .backoff(forever, forever);
            assertThat(download.open(download.objects().get(0), 0).readAllBytes())
                    .isEqualTo(file.bytes());
        }
    }

    @Test
    void missing_ssl_context_is_named_at_once() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            URI uri = URI.create(server.uri().toString().replace("http:", "https:"));
            HttpDownload download = download(uri).sslContext(() -> null);
            assertThatThrownBy(download::objects)
                    .hasMessageContaining(
                            "sslContext must supply an SSLContext, but supplied null");
            assertThat(download.requests()).containsEntry("http_head", 1L);
        }
    }

    @Test
    void stalled_answer_and_stalled_body_end_within_the_timeout() throws Exception {
        TestFile file = TestFile.random(1_000);
        AtomicInteger gets = new AtomicInteger();
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            switch (gets.incrementAndGet()) {
                                case 1 -> c.stall();
                                case 2 -> {
                                    c.send(file.head(200, 1_000, ""));
                                    c.send(Arrays.copyOf(file.bytes(), 300));
                                    c.stall();
                                }
                                case 3 -> c.trickle("HTTP/1.1 200 OK\r\nX: ".getBytes("UTF-8"));
                                default -> file.answer(c, r);
                            }
                            while (gets.get() == 3) {
                                c.trickle(new byte[] {'x'});
                            }
                        })) {
            HttpDownload download =
                    download(server.uri())
                            .timeout(Duration.ofMillis(200))
                            .connectTimeout(Duration.ofMillis(200));
            ByteObject object = file.object(server.uri());
            CompletableFuture<byte[]> read =
                    CompletableFuture.supplyAsync(() -> readAll(download, object));
            assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo(file.bytes());
            assertThat(gets).hasValueGreaterThanOrEqualTo(4);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 403 No\r\n\r\n",
                "HTTP/1.1 403 No\r\nContent-Length: 9999\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX:",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX:"
            })
    void drops_that_are_no_data_hold_nobody(String begin) throws Exception {
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            c.send(begin);
                            while (true) {
                                c.trickle(new byte[] {'x'});
                            }
                        })) {
            HttpDownload download =
                    download(server.uri()).timeout(Duration.ofMillis(200)).maxAttempts(1);
            long length = begin.contains("hello") ? 5 : ByteObject.UNKNOWN;
            ByteObject object = new ByteObject(UriIdentity.of(server.uri()), "", length, false);
            CompletableFuture<byte[]> read =
                    CompletableFuture.supplyAsync(() -> readAll(download, object));
            if (length == 5) {
                assertThat(read.get(20, TimeUnit.SECONDS)).asString().isEqualTo("hello");
            } else {
                assertThatThrownBy(() -> read.get(20, TimeUnit.SECONDS))
                        .hasRootCauseInstanceOf(Setback.class)
                        .hasStackTraceContaining(
                                begin.contains("403")
                                        ? "403"
                                        : "no byte of the body within PT0.2S");
            }
            await().until(() -> server.open() == 0);
        }
    }

    @Test
    void body_that_comes_in_drops_has_all_the_time_it_needs() throws Exception {
        TestFile file = TestFile.random(200);
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            c.send(file.head(200, 200, ""));
                            c.trickle(file.bytes());
                        })) {
            HttpDownload download =
                    download(server.uri()).timeout(Duration.ofMillis(500)).maxAttempts(1);
            ByteObject object = file.object(server.uri());
            byte[] read =
                    await().ignoreException(UncheckedIOException.class) // from one that stood still
                            .until(() -> readAll(download, object), whole -> true);
            assertThat(read).isEqualTo(file.bytes());
        }
    }

    @Test
    void endless_error_page_and_endless_head_are_left() throws Exception {
        byte[] line = ("X-More: " + "x".repeat(60_000) + "\r\n").getBytes(StandardCharsets.UTF_8);
        for (String begin : List.of("HTTP/1.1 404 No\r\n\r\n", "HTTP/1.1 200 OK\r\n")) {
            try (FaultServer server =
                    new FaultServer(
                            (c, r) -> {
                                c.send(begin);
                                while (true) {
                                    c.send(line);
                                }
                            })) {
                HttpDownload download = download(server.uri()).maxAttempts(1);
                assertThatThrownBy(download::objects).isInstanceOf(IOException.class);
                await().until(() -> server.open() == 0);
            }
        }
    }

    @Test
    void server_that_breaks_off_at_head_requests_is_asked_with_get() throws Exception {
        TestFile file = TestFile.of("abc");
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            if (r.line().startsWith("HEAD")) {
                                c.reset();
                            } else {
                                file.answer(c, r);
                            }
                        })) {
            assertThat(download(server.uri()).objects()).containsExactly(file.object(server.uri()));
        }
    }

    @Test
    void parts_that_are_shorter_than_asked_for_leave_no_connection() throws Exception {
        TestFile file = TestFile.random(10_000);
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            int start = file.start(r);
                            if (start < 0) {
                                file.answerCut(c, r, 500);
                                return;
                            }
                            String range =
                                    "Content-Range: bytes %d-%d/10000\r\n"
                                            .formatted(start, start + 499);
                            c.send(file.head(206, 500, range));
                            c.send(Arrays.copyOfRange(file.bytes(), start, start + 500));
                        })) {
            try (InputStream in = download(server.uri()).open(file.object(server.uri()), 0)) {
                assertThat(in.readAllBytes()).isEqualTo(file.bytes());
                await().until(() -> server.open() == 0);
            }
        }
    }

    private static byte[] readAll(HttpDownload download, ByteObject object) {
        try (InputStream in = download.open(object, 0)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void closing_from_another_thread_ends_a_blocked_read() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        TestFile file = TestFile.random(1_000);
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            c.send(file.head(200, 1_000, ""));
                            stalled.countDown();
                            c.stall();
                        })) {
            InputStream in = download(server.uri()).open(file.object(server.uri()), 0);
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread reader =
                    new Thread(
                            () -> {
                                try {
                                    in.readAllBytes();
                                    failure.complete(null);
                                } catch (IOException e) {
                                    failure.complete(e);
                                }
                            });
            reader.start();
            stalled.await();
            in.close();
            assertThat(failure.get(20, TimeUnit.SECONDS)).hasMessageContaining("is closed");
            await().until(() -> server.open() == 0);
            assertThatThrownBy(in::read).hasMessageContaining("is closed");
        }
    }

    @Test
    void closing_ends_a_pause() {
        Lifeline lifeline = new Lifeline("x");
        CompletableFuture<Void> paused =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                lifeline.pause(TimeUnit.HOURS.toNanos(1), new Machine());
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        lifeline.cut();
        assertThatThrownBy(() -> paused.get(20, TimeUnit.SECONDS))
                .hasRootCauseMessage("the stream of x is closed");
    }

    @Test
    void thousand_early_closes_leave_no_connection() throws Exception {
        TestFile file = TestFile.random(5_000_000);
        try (FaultServer server = honest(file)) {
            HttpDownload download = download(server.uri());
            ByteObject object = file.object(server.uri());
            for (int i = 0; i < 1_000; i++) {
                try (InputStream in = download.open(object, i)) {
                    assertThat(in.read()).isEqualTo(file.bytes()[i] & 0xff);
                }
            }
            await().until(() -> server.open() == 0);
            assertThat(download.requests()).isEqualTo(Map.of("http_get", 1_000L));
        }
    }

    @Test
    void content_type_is_what_the_server_says() throws Exception {
        try (FaultServer server =
                FaultServer.answering(
                        FaultServer.response(200, "a", "Content-Type: text/csv; charset=utf-8"))) {
            assertThat(download(server.uri()).contentType()).contains("text/csv; charset=utf-8");
        }
        try (FaultServer server = honest(TestFile.of("abc"))) {
            assertThat(download(server.uri()).contentType()).isEmpty();
        }
    }

    @Test
    void records_are_read_over_broken_connections_also_from_a_position() throws Exception {
        TestFile file = TestFile.of(csv(5_000));
        try (FaultServer server = new FaultServer((c, r) -> file.answerCut(c, r, 9_999))) {
            RecordSource<Row> source = download(server.uri("/customers.csv")).as(Csv.withHeader());
            SourceSplit split = source.splits(1).get(0);
            List<String> ids = new ArrayList<>();
            Position middle;
            try (RecordReader<Row> reader = source.open(split, split.startPosition())) {
                collect(reader.read(2_000, 1 << 20), ids);
                middle = reader.position();
            }
            try (RecordReader<Row> reader = source.open(split, middle)) {
                while (collect(reader.read(1_000, 1 << 20), ids)) {}
            }
            assertThat(ids)
                    .containsExactlyElementsOf(
                            IntStream.range(0, 5_000).mapToObj(String::valueOf).toList());
        }
    }

    private static String csv(int rows) {
        StringBuilder csv = new StringBuilder("id,name\n");
        for (int i = 0; i < rows; i++) {
            csv.append(i).append(",name ").append(i).append('\n');
        }
        return csv.toString();
    }

    private static boolean collect(Optional<SourceBatch<Row>> batch, List<String> ids) {
        batch.ifPresent(
                rows -> {
                    for (int i = 0; i < rows.size(); i++) {
                        ids.add(rows.record(i).get(0));
                    }
                });
        return batch.isPresent();
    }

    @Test
    void run_copies_a_compressed_file_over_broken_connections(@TempDir Path directory)
            throws Exception {
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
            out.write(csv(5_000).getBytes(StandardCharsets.UTF_8));
        }
        TestFile file = TestFile.of("").withBytes(gzip.toByteArray());
        Path target = directory.resolve("copy.csv");
        try (FaultServer server = new FaultServer((c, r) -> file.answerCut(c, r, 1_000))) {
            Ingest.from(Gzip.of(download(server.uri("/f.csv.gz"))).as(Csv.withHeader()))
                    .to(FileSink.of(target, Csv.withHeader().encoder()))
                    .run();
        }
        assertThat(Files.readString(target).replace("\r", "")).isEqualTo(csv(5_000));
    }

    @Test
    void uris_are_resolved_through_the_service_loader() {
        Stream<ByteSourceProvider> providers =
                ServiceLoader.load(ByteSourceProvider.class).stream()
                        .map(ServiceLoader.Provider::get);
        assertThat(providers.toList())
                .filteredOn(provider -> provider instanceof HttpDownloadProvider)
                .singleElement()
                .satisfies(
                        provider -> {
                            URI uri = URI.create("https://h/f.csv?sig=secret");
                            assertThat(provider.source(uri)).get().hasToString("https://h/f.csv");
                            assertThat(provider.source(URI.create("s3://b/k"))).isEmpty();
                        });
    }

    private static HttpDownload copy(HttpDownload download) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(download);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (HttpDownload) in.readObject();
        }
    }
}
