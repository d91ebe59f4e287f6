package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.s3.FaultFront.Answer;
import io.ingest4j.s3.FaultFront.Exchange;
import io.ingest4j.s3.FaultFront.Fault;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said where a server refuses, without a reason or where it could tell none, or is away. */
@Timeout(120)
class S3MessagesTest {

    private static S3Server server;
    private FaultFront front;

    @BeforeAll
    static void start() {
        server = new S3Server();
        server.put("data.bin", new byte[] {1, 2, 3});
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
    }

    private S3Source source() {
        return S3Source.of(S3Server.access(front.port()), S3Server.BUCKET, "data.bin")
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    /** As Ceph refuses. */
    private static void refuse(Exchange exchange, int status, String code) throws IOException {
        byte[] body =
                ("<?xml version=\"1.0\"?><Error><Code>"
                                + code
                                + "</Code><Message></Message></Error>")
                        .getBytes(StandardCharsets.UTF_8);
        boolean isHead = exchange.head.startsWith("HEAD ");
        exchange.send(
                new Answer(
                        "HTTP/1.1 "
                                + status
                                + " Refused\r\nContent-Type: application/xml\r\n"
                                + ("Content-Length: " + body.length + "\r\n\r\n"),
                        isHead ? new byte[0] : body));
    }

    private static Fault refusal(int status, String code) {
        return exchange -> refuse(exchange, status, code);
    }

    @Test
    void range_that_is_refused_without_a_message_is_named() throws IOException {
        var object = source().objects().get(0);
        front.fault(refusal(400, "InvalidArgument"));
        assertThatThrownBy(() -> source().open(object, 1).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("400 InvalidArgument, for which the server gives no reason")
                .hasMessageContaining(
                        "to GetObject (Bucket bucket, Key data.bin, Range bytes=1-2, IfMatch ");
    }

    @Test
    void part_that_is_refused_without_a_message_is_named() {
        front.fault(
                exchange -> {
                    if (exchange.isPut()) {
                        refuse(exchange, 400, "InvalidArgument");
                    } else {
                        exchange.pass();
                    }
                });
        S3Sink<java.nio.ByteBuffer> sink =
                S3Sink.object(S3Server.access(front.port()), S3Server.BUCKET, "part.bin")
                        .partBytes(5 << 20);
        assertThatThrownBy(() -> S3SinkSetup.writeWhole(sink, 5 << 20))
                .hasMessageContaining("400 InvalidArgument")
                .hasMessageContaining("UploadPart (Bucket bucket, Key part.bin, UploadId ")
                .hasMessageContaining("PartNumber 1");
    }

    @Test
    void checkpoint_that_is_refused_without_a_message_is_named() {
        front.fault(
                exchange -> {
                    if (exchange.isPut()) {
                        refuse(exchange, 400, "InvalidArgument");
                    } else {
                        exchange.pass();
                    }
                });
        S3CheckpointStore store =
                S3CheckpointStore.in(S3Server.access(front.port()), S3Server.BUCKET, "state/");
        assertThatThrownBy(() -> store.acquire("job"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        "to PutObject (Bucket bucket, Key state/job.checkpoint, IfNoneMatch *, ");
    }

    @ParameterizedTest
    @CsvSource({
        "403,SignatureDoesNotMatch,the secret access key is not that of the access key id",
        "403,InvalidAccessKeyId,the server does not know the access key id",
        "403,AccessDenied,the right is missing; allow s3:GetObject",
        "403,RequestTimeTooSkewed,the clock of this machine",
        "400,ExpiredToken,the credentials have expired",
    })
    void refused_look_at_an_object_tells_why(int status, String code, String reason) {
        front.fault(refusal(status, code));
        assertThatThrownBy(source()::objects)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(status + " " + code + ", " + reason)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
        assertThat(front.requests().get(1)).startsWith("GET ").contains("bytes=0-0");
    }

    @Test
    void wrong_secret_and_unknown_key_are_told_apart_by_a_real_server() {
        S3Access access = S3Server.access(front.port());
        assertThatThrownBy(
                        S3Source.of(access.credentials("ak", "no"), S3Server.BUCKET, "data.bin")
                                ::objects)
                .hasMessageContaining("403 SignatureDoesNotMatch, the secret access key");
        assertThatThrownBy(
                        S3Source.of(access.credentials("no", "sk"), S3Server.BUCKET, "data.bin")
                                ::objects)
                .hasMessageContaining("403 InvalidAccessKeyId, the server does not know");
    }

    @Test
    void look_that_only_as_head_is_refused_stays_refused() {
        front.fault(
                exchange -> {
                    if (exchange.head.startsWith("HEAD ")) {
                        refuse(exchange, 403, "");
                    } else {
                        exchange.pass();
                    }
                });
        assertThatThrownBy(source()::objects)
                .hasMessageContaining("403, access denied; check that the credentials are right");
        assertThat(front.requests()).hasSize(2);
    }

    @Test
    void outage_that_is_outlasted_is_told_once_and_its_end_once() throws IOException {
        AtomicInteger left = new AtomicInteger(12);
        try (LogLines log = LogLines.of(Outage.class)) {
            var object = source().objects().get(0);
            front.fault(
                    exchange -> {
                        if (left.getAndDecrement() > 0) {
                            exchange.rst();
                        }
                        exchange.pass();
                    });
            try (var in = source().open(object, 0)) {
                assertThat(in.readAllBytes()).hasSize(3);
            }
            assertThat(log.all()).hasSize(2);
            assertThat(log.all().get(0))
                    .startsWith("WARN S3 is in trouble, reading s3://bucket/data.bin at offset 0")
                    .contains("is tried again for up to 120 s or 16 attempts: ");
            assertThat(log.all().get(1))
                    .startsWith("INFO S3 answers again after ")
                    .contains("reading s3://bucket/data.bin");
        }
    }

    @Test
    void outage_of_several_requests_is_one() {
        Outage outage = new Outage();
        try (LogLines log = LogLines.of(Outage.class)) {
            outage.begin(0, "one", "trouble", "3 attempts");
            outage.begin(0, "two", "trouble", "3 attempts");
            outage.end(Outage.End.ANSWERED, "one", 7);
            assertThat(log.all()).hasSize(1);
            outage.end(Outage.End.ANSWERED, "two", 3_000_000_000L);
            assertThat(log.all()).last().isEqualTo("INFO S3 answers again after 3000 ms: two");
            outage.begin(0, "three", "trouble", "3 attempts");
            outage.end(Outage.End.CANCELLED, "three", 1);
            assertThat(log.all()).hasSize(3);
        }
    }

    @Test
    void outage_ends_if_any_request_was_answered_though_the_last_was_cancelled() {
        Outage outage = new Outage();
        try (LogLines log = LogLines.of(Outage.class)) {
            outage.begin(0, "one", "trouble", "3 attempts");
            outage.begin(0, "two", "trouble", "3 attempts");
            outage.end(Outage.End.ANSWERED, "one", 2_000_000_000L);
            outage.end(Outage.End.CANCELLED, "two", 3_000_000_000L);
            assertThat(log.all()).hasSize(2);
            assertThat(log.all()).last().isEqualTo("INFO S3 answers again after 2000 ms: one");
            outage.begin(4_000_000_000L, "three", "trouble", "3 attempts");
            outage.end(Outage.End.CANCELLED, "three", 5_000_000_000L);
            assertThat(log.all()).hasSize(3);
        }
    }

    @Test
    void outage_whose_last_request_is_given_up_is_not_over() {
        Outage outage = new Outage();
        try (LogLines log = LogLines.of(Outage.class)) {
            outage.begin(0, "one", "trouble", "3 attempts");
            outage.begin(0, "two", "trouble", "3 attempts");
            outage.end(Outage.End.ANSWERED, "one", 2_000_000_000L);
            outage.end(Outage.End.GIVEN_UP, "two", 3_000_000_000L);
            assertThat(log.all()).hasSize(2);
            assertThat(log.all())
                    .last()
                    .isEqualTo("INFO S3 is still in trouble after 3000 ms, given up: two");
        }
    }

    @Test
    void what_is_given_up_after_three_attempts_is_not_announced_for_two_minutes() {
        VirtualWaiting clock = new VirtualWaiting();
        Tries tries =
                new Tries(
                        TryOptions.DEFAULT.withBackoff(Duration.ZERO, Duration.ZERO),
                        true,
                        new Cancellation(),
                        new Outage(),
                        clock);
        AtomicInteger attempts = new AtomicInteger();
        try (LogLines log = LogLines.of(Outage.class)) {
            assertThatThrownBy(
                            () ->
                                    tries.run(
                                            () -> "listing",
                                            () -> {
                                                attempts.incrementAndGet();
                                                clock.advance(600_000_000);
                                                throw new UnknownHostException("x");
                                            }))
                    .hasMessageContaining("attempt 3 without progress");
            assertThat(attempts).hasValue(3);
            assertThat(log.all()).hasSize(2);
            assertThat(log.all().get(0)).contains("is tried again for up to 3 attempts: ");
            assertThat(log.all().get(1))
                    .isEqualTo("INFO S3 is still in trouble after 1800 ms, given up: listing");
        }
    }

    @Test
    void one_request_is_worth_telling_after_three_failures_or_a_second() {
        assertThat(Outage.isWorthTelling(2, 999_999_999)).isFalse();
        assertThat(Outage.isWorthTelling(3, 0)).isTrue();
        assertThat(Outage.isWorthTelling(1, 1_000_000_000)).isTrue();
    }
}
