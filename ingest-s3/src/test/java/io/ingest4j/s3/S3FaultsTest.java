package io.ingest4j.s3;

import static io.ingest4j.s3.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.SourceChangedException;
import io.ingest4j.s3.FaultFront.Answer;
import io.ingest4j.s3.FaultFront.Exchange;
import io.ingest4j.s3.FaultFront.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Reads through a front that spoils answers: the bytes are right, or the exception is. */
@Timeout(60)
class S3FaultsTest {

    private static final byte[] CONTENT = S3Server.randomBytes(1_000_003, 2);
    private static final byte[] LARGE = S3Server.randomBytes(20 << 20, 3);
    private static S3Server server;

    private FaultFront front;

    @BeforeAll
    static void start() {
        server = new S3Server();
        server.put("data", CONTENT);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        front = new FaultFront(server.port(), Exchange::pass);
    }

    @AfterEach
    void close() {
        front.close();
        await().until(() -> liveWorkers() == 0);
    }

    private static long liveWorkers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("ingest4j-s3-"))
                .count();
    }

    private S3Source source() {
        return S3Source.of(S3Server.access(front.port()), S3Server.BUCKET, "data")
                .rangeBytes(300_000)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    /** Looks at the object undisturbed, then reads it with the fault in its ranges. */
    private byte[] read(S3Source source, Fault fault) throws IOException {
        return readAfterChange(
                source,
                exchange -> {
                    if (exchange.isRange()) {
                        fault.answer(exchange);
                    } else {
                        exchange.pass();
                    }
                });
    }

    /** Looks at the object undisturbed, then reads it with the fault in all answers. */
    private byte[] readAfterChange(S3Source source, Fault fault) throws IOException {
        ByteObject object = source.objects().get(0);
        front.fault(fault);
        try (InputStream in = source.open(object, 0)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "true,10000,0",
        "true,10000,2",
        "false,10000,0",
        "false,10000,2",
        "false,150000,1",
        "true,299999,4"
    })
    void body_cut_again_and_again_is_resumed(boolean fin, int every, int prefetch)
            throws IOException {
        byte[] read =
                read(
                        source().prefetch(prefetch).maxAttempts(2),
                        exchange -> {
                            Answer answer = exchange.upstream();
                            if (answer.body().length <= every) {
                                exchange.send(answer);
                                return;
                            }
                            exchange.send(answer, every);
                            if (fin) {
                                exchange.fin();
                            }
                            exchange.rst();
                        });
        assertThat(S3Server.sha256(read)).isEqualTo(S3Server.sha256(CONTENT));
    }

    @Test
    void connection_closed_before_each_first_answer_is_tried_again() throws IOException {
        AtomicInteger ranges = new AtomicInteger();
        byte[] read =
                read(
                        source(),
                        exchange -> {
                            if (ranges.getAndIncrement() % 2 == 0) {
                                exchange.rst();
                            }
                            exchange.pass();
                        });
        assertThat(read).isEqualTo(CONTENT);
    }

    @ParameterizedTest
    @CsvSource({"503,SlowDown", "500,InternalError", "429,TooManyRequests", "400,RequestTimeout"})
    void passing_errors_are_outlasted(int status, String code) throws IOException {
        AtomicInteger ranges = new AtomicInteger();
        byte[] read =
                read(
                        source().prefetch(1),
                        exchange -> {
                            if (ranges.incrementAndGet() <= 15) {
                                exchange.error(status, code);
                            } else {
                                exchange.pass();
                            }
                        });
        assertThat(read).isEqualTo(CONTENT);
    }

    @Test
    void lasting_error_ends_with_the_offset_after_all_attempts() {
        AtomicInteger ranges = new AtomicInteger();
        assertThatThrownBy(
                        () ->
                                read(
                                        source().prefetch(1),
                                        exchange -> {
                                            if (ranges.incrementAndGet() == 1) {
                                                exchange.send(exchange.upstream(), 1000);
                                                exchange.rst();
                                            }
                                            exchange.error(503, "SlowDown");
                                        }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s3://bucket/data at offset 1000 of 1000003")
                .hasMessageContaining("503 SlowDown")
                .hasMessageContaining("attempt 16");
        assertThat(ranges).hasValue(16);
    }

    @Test
    void time_without_a_byte_is_limited() {
        AtomicInteger ranges = new AtomicInteger();
        assertThatThrownBy(
                        () ->
                                read(
                                        source().prefetch(0)
                                                .giveUpAfter(Duration.ofNanos(1))
                                                .maxAttempts(100),
                                        exchange -> {
                                            ranges.incrementAndGet();
                                            exchange.error(503, "SlowDown");
                                        }))
                .isInstanceOf(IOException.class);
        assertThat(ranges).hasValue(1);
    }

    @Test
    void caller_s_client_does_not_retry_by_itself() {
        AtomicInteger ranges = new AtomicInteger();
        try (S3Client client = builder().build()) {
            S3Source source =
                    S3Source.of(client, S3Server.BUCKET, "data")
                            .maxAttempts(3)
                            .prefetch(0)
                            .backoff(Duration.ZERO, Duration.ZERO);
            assertThatThrownBy(
                            () ->
                                    read(
                                            source,
                                            exchange -> {
                                                ranges.incrementAndGet();
                                                exchange.error(500, "InternalError");
                                            }))
                    .isInstanceOf(IOException.class);
        }
        assertThat(ranges).hasValue(3);
    }

    private S3ClientBuilder builder() {
        return S3Client.builder()
                .region(Region.US_EAST_1)
                .endpointOverride(java.net.URI.create("http://127.0.0.1:" + front.port()))
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("ak", "sk")));
    }

    @ParameterizedTest
    @CsvSource({"403,AccessDenied", "501,NotImplemented", "400,InvalidRequest"})
    void lasting_errors_are_not_tried_again(int status, String code) {
        AtomicInteger ranges = new AtomicInteger();
        assertThatThrownBy(
                        () ->
                                read(
                                        source().prefetch(0),
                                        exchange -> {
                                            ranges.incrementAndGet();
                                            exchange.error(status, code);
                                        }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(code);
        assertThat(ranges).hasValue(1);
    }

    @Test
    void bucket_in_another_region_is_named() {
        front.fault(
                exchange ->
                        exchange.send(
                                new Answer(
                                        "HTTP/1.1 301 Moved Permanently\r\nx-amz-bucket-region: eu-west-3\r\nContent-Length: 0\r\n\r\n",
                                        new byte[0])));
        assertThatThrownBy(source()::objects)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("301, the bucket is in another region (eu-west-3)");
        assertThat(front.requests()).hasSize(1);
    }

    @Test
    void expired_credentials_are_renewed_while_reading() throws IOException {
        AtomicReference<String> key = new AtomicReference<>("ak");
        try (S3Client client =
                builder()
                        .credentialsProvider(() -> AwsBasicCredentials.create(key.get(), "sk"))
                        .build()) {
            S3Source source =
                    S3Source.of(client, S3Server.BUCKET, "data")
                            .rangeBytes(100_000)
                            .prefetch(0)
                            .backoff(Duration.ZERO, Duration.ZERO);
            byte[] read =
                    read(
                            source,
                            exchange -> {
                                if (exchange.number == 5) {
                                    key.set("old");
                                }
                                if (exchange.head.contains("Credential=old/")) {
                                    key.set("ak");
                                    exchange.error(400, "ExpiredToken");
                                } else {
                                    exchange.pass();
                                }
                            });
            assertThat(read).isEqualTo(CONTENT);
        }
        assertThat(front.requests()).anyMatch(head -> head.contains("Credential=old/"));
    }

    /** Answers a range of the content, as a server with versions does that knows version v7. */
    private static void sendVersion(Exchange exchange) throws IOException {
        if (exchange.head.startsWith("HEAD ")) {
            Answer head = exchange.upstream();
            exchange.send(
                    new Answer(
                            head.head().replaceFirst("\r\n", "\r\nx-amz-version-id: v7\r\n"),
                            new byte[0]));
            return;
        }
        assertThat(exchange.head).contains("versionId=v7").containsIgnoringCase("\r\nif-match: \"");
        var range = java.util.regex.Pattern.compile("bytes=(\\d+)-(\\d+)").matcher(exchange.head);
        assertThat(range.find()).isTrue();
        int from = Integer.parseInt(range.group(1));
        byte[] body = Arrays.copyOfRange(CONTENT, from, Integer.parseInt(range.group(2)) + 1);
        exchange.send(
                new Answer(
                        "HTTP/1.1 206 Partial\r\nContent-Length: "
                                + body.length
                                + "\r\nContent-Range: bytes "
                                + range.group(1)
                                + '-'
                                + range.group(2)
                                + '/'
                                + CONTENT.length
                                + "\r\n\r\n",
                        body));
    }

    @Test
    void version_id_is_insisted_on_when_pinned() throws IOException {
        front.fault(S3FaultsTest::sendVersion);
        S3Source source = source().pinVersionId(true);
        ByteObject object = source.objects().get(0);
        assertThat(object.version()).endsWith(" versionId=v7");
        try (InputStream in = source.open(object, 5)) {
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(CONTENT, 5, CONTENT.length));
        }
        assertThat(source().objects().get(0).version()).doesNotContain("v7");
    }

    @Test
    void stalled_body_is_broken_off_and_resumed() throws IOException {
        AtomicInteger ranges = new AtomicInteger();
        byte[] read =
                read(
                        source().timeout(Duration.ofMillis(500)),
                        exchange -> {
                            if (ranges.getAndIncrement() == 0) {
                                exchange.send(exchange.upstream(), 5000);
                                exchange.awaitPeerToClose();
                            }
                            exchange.pass();
                        });
        assertThat(read).isEqualTo(CONTENT);
    }

    @Test
    void stalled_answer_is_broken_off_and_tried_again() throws IOException {
        AtomicInteger ranges = new AtomicInteger();
        byte[] read =
                read(
                        source().timeout(Duration.ofMillis(500)),
                        exchange -> {
                            if (ranges.getAndIncrement() == 0) {
                                exchange.awaitPeerToClose();
                            }
                            exchange.pass();
                        });
        assertThat(read).isEqualTo(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"bytes 1-300000/1000003", "bytes 0-299998/1000003", "bytes x-y/z", "300000"})
    void wrong_content_range_is_never_used(String range) throws IOException {
        assertThatThrownBy(
                        () ->
                                read(
                                        source(),
                                        exchange ->
                                                exchange.send(
                                                        exchange.upstream()
                                                                .withHeader(
                                                                        "Content-Range", range))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(range);
        AtomicInteger ranges = new AtomicInteger();
        byte[] read =
                read(
                        source(),
                        exchange -> {
                            Answer answer = exchange.upstream();
                            exchange.send(
                                    ranges.getAndIncrement() == 0
                                            ? answer.withHeader("Content-Range", range)
                                            : answer);
                        });
        assertThat(read).isEqualTo(CONTENT);
    }

    @Test
    void missing_content_range_is_not_accepted() {
        assertThatThrownBy(
                        () ->
                                read(
                                        source(),
                                        exchange ->
                                                exchange.send(
                                                        exchange.upstream()
                                                                .without("Content-Range"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Content-Range null");
    }

    @Test
    void ignored_range_is_not_accepted() {
        assertThatThrownBy(
                        () ->
                                read(
                                        source(),
                                        exchange -> {
                                            byte[] all = CONTENT;
                                            exchange.send(
                                                    new Answer(
                                                            "HTTP/1.1 200 OK\r\nContent-Length: "
                                                                    + all.length
                                                                    + "\r\n\r\n",
                                                            all),
                                                    all.length);
                                        }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("answered 200");
    }

    @Test
    void whole_object_may_come_without_a_range() throws IOException {
        byte[] read =
                read(
                        source().rangeBytes(8 << 20),
                        exchange ->
                                exchange.send(
                                        new Answer(
                                                "HTTP/1.1 200 OK\r\nContent-Length: "
                                                        + CONTENT.length
                                                        + "\r\n\r\n",
                                                CONTENT)));
        assertThat(read).isEqualTo(CONTENT);
    }

    @Test
    void shorter_length_than_asked_for_is_not_accepted() {
        assertThatThrownBy(
                        () ->
                                read(
                                        source(),
                                        exchange -> {
                                            Answer answer =
                                                    exchange.upstream()
                                                            .withHeader("Content-Length", "1000");
                                            exchange.send(answer, 1000);
                                        }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("promised 1000 bytes instead of 300000");
    }

    @Test
    void body_without_a_length_is_counted() throws IOException {
        AtomicInteger ranges = new AtomicInteger();
        byte[] read =
                read(
                        source(),
                        exchange -> {
                            Answer answer =
                                    exchange.upstream()
                                            .withHeader("Content-Length", "close")
                                            .without("Content-Length");
                            exchange.send(
                                    answer,
                                    ranges.getAndIncrement() % 2 == 0
                                            ? 1000
                                            : answer.body().length);
                            exchange.fin();
                        });
        assertThat(read).isEqualTo(CONTENT);
    }

    @Test
    void other_etag_from_a_server_that_ignores_the_condition_is_a_change() {
        assertThatThrownBy(
                        () ->
                                readAfterChange(
                                        source(),
                                        exchange -> {
                                            Answer answer = exchange.upstream();
                                            boolean first = answer.head().contains("bytes 0-");
                                            exchange.send(
                                                    first
                                                            ? answer
                                                            : answer.withHeader(
                                                                    "ETag", "\"other\""));
                                        }))
                .isInstanceOf(SourceChangedException.class)
                .hasMessageContaining("\"other\"");
    }

    @Test
    void other_total_is_a_change() {
        assertThatThrownBy(
                        () ->
                                readAfterChange(
                                        source(),
                                        exchange ->
                                                exchange.send(
                                                        exchange.isRange()
                                                                ? exchange.upstream()
                                                                        .withHeader(
                                                                                "Content-Range",
                                                                                "bytes 0-299999/1000004")
                                                                : exchange.upstream()
                                                                        .withHeader(
                                                                                "Content-Length",
                                                                                "1000004"))))
                .isInstanceOf(SourceChangedException.class)
                .hasMessageContaining("1000004 bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void object_replaced_between_a_cut_and_its_resumption_is_a_change(int prefetch)
            throws IOException {
        byte[] first = new byte[1_000_000];
        byte[] second = new byte[1_000_000];
        Arrays.fill(first, (byte) 1);
        Arrays.fill(second, (byte) 2);
        server.put("swap", first);
        S3Source source =
                S3Source.of(S3Server.access(front.port()), S3Server.BUCKET, "swap")
                        .rangeBytes(300_000)
                        .prefetch(prefetch)
                        .backoff(Duration.ZERO, Duration.ZERO);
        ByteObject object = source.objects().get(0);
        AtomicBoolean firstRangeSent = new AtomicBoolean();
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    if (!answer.head().contains("bytes 300000-")) {
                        exchange.send(answer);
                        if (answer.head().contains("bytes 0-")) {
                            firstRangeSent.set(true);
                        }
                        return;
                    }
                    exchange.send(answer, 1000);
                    await().untilTrue(firstRangeSent); // which may be asked for at the same time
                    server.put("swap", second);
                    exchange.rst();
                });
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (InputStream in = source.open(object, 0)) {
            assertThatThrownBy(() -> in.transferTo(read))
                    .isInstanceOf(SourceChangedException.class)
                    .hasMessageContaining(object.version());
        }
        assertThat(read.size()).isEqualTo(300_000);
        assertThat(read.toByteArray()).containsOnly(1);
    }

    /** Opens the object and blocks its second range; {@code stalled} tells when. */
    private InputStream openStalled(CountDownLatch stalled) throws IOException {
        S3Source source = source().prefetch(1);
        ByteObject object = source.objects().get(0);
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    if (answer.head().contains("bytes 0-")) {
                        exchange.send(answer);
                        return;
                    }
                    exchange.send(answer, 1000);
                    stalled.countDown();
                    exchange.awaitPeerToClose();
                });
        return source.open(object, 0);
    }

    @Test
    void closing_wakes_a_blocked_read() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        InputStream in = openStalled(stalled);
        CompletableFuture<byte[]> read =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return in.readAllBytes();
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        });
        stalled.await();
        in.close();
        assertThatThrownBy(read::get)
                .isInstanceOf(ExecutionException.class)
                .hasStackTraceContaining("the stream of s3://bucket/data is closed");
        assertThatThrownBy(in::read).isInstanceOf(IOException.class);
        in.close();
        await().until(() -> liveWorkers() == 0);
    }

    @Test
    void interrupting_wakes_a_blocked_read() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (InputStream in = openStalled(stalled)) {
            Thread reader =
                    new Thread(
                            () -> {
                                try {
                                    in.readAllBytes();
                                } catch (IOException e) {
                                    failure.set(e);
                                }
                            });
            reader.start();
            stalled.await();
            reader.interrupt();
            reader.join();
        }
        assertThat(failure.get()).isInstanceOf(InterruptedIOException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void reader_that_pauses_holds_only_its_buffers_and_no_connection(int prefetch)
            throws IOException {
        S3Source source = source().rangeBytes(10_000).prefetch(prefetch);
        ByteObject object = source.objects().get(0);
        int before = front.requests().size();
        try (InputStream in = source.open(object, 0)) {
            assertThat(in.read()).isNotNegative();
            await().until(() -> front.requests().size() - before == prefetch + 1);
            await().during(Duration.ofMillis(200))
                    .until(() -> front.requests().size() - before == prefetch + 1);
            in.readNBytes(10_000);
            await().until(() -> front.requests().size() - before == prefetch + 2);
        }
    }

    @Test
    void thousand_early_exits_leave_no_threads_and_connections() throws IOException {
        front.fault(exchange -> exchange.send(exchange.from(LARGE, "\"large\"")));
        try (S3Client client =
                builder()
                        .httpClientBuilder(Apache5HttpClient.builder().maxConnections(4))
                        .build()) {
            S3Source source = S3Source.of(client, S3Server.BUCKET, "large").rangeBytes(1 << 20);
            ByteObject object = source.objects().get(0);
            for (int i = 0; i < 1000; i++) {
                try (InputStream in =
                        source.rangeBytes(32 << 10).prefetch(1).open(object, (long) i * 1000)) {
                    assertThat((byte) in.read()).isEqualTo(LARGE[i * 1000]);
                }
            }
            for (int i = 0; i < 20; i++) {
                try (InputStream in = source.open(object, i)) {
                    assertThat((byte) in.read()).isEqualTo(LARGE[i]);
                }
            }
            await().until(() -> liveWorkers() == 0);
            await().until(() -> front.openConnections() <= 4);
        }
        await().until(() -> front.openConnections() == 0);
    }

    @Test
    void connection_that_is_not_free_within_the_timeout_is_waited_for_again() throws Exception {
        try (S3Client client =
                builder()
                        .httpClientBuilder(Apache5HttpClient.builder().maxConnections(1))
                        .build()) {
            S3Source source =
                    S3Source.of(client, S3Server.BUCKET, "data")
                            .prefetch(0)
                            .timeout(Duration.ofMillis(300))
                            .backoff(Duration.ZERO, Duration.ZERO);
            ByteObject object = source.objects().get(0);
            var only = client.getObject(get -> get.bucket(S3Server.BUCKET).key("data"));
            CompletableFuture<byte[]> read =
                    CompletableFuture.supplyAsync(() -> all(source, object));
            await().until(
                            () ->
                                    read.isDone()
                                            || source.requests().getOrDefault("get_object", 0L)
                                                    > 1);
            only.abort();
            assertThat(read.join()).isEqualTo(CONTENT);
        }
    }

    private static byte[] all(S3Source source, ByteObject object) {
        try (InputStream in = source.open(object, 0)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void client_made_from_an_access_is_closed_after_the_last_stream() throws IOException {
        S3Source source = source();
        assertThat(read(source, Exchange::pass)).isEqualTo(CONTENT);
        await().until(() -> front.openConnections() == 0);
        assertThat(read(source, Exchange::pass)).isEqualTo(CONTENT);
    }
}
