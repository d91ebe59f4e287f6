package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.Checkpoint;
import io.ingest4j.api.Checkpoint.Start;
import io.ingest4j.api.CheckpointStore.Lease;
import io.ingest4j.s3.FaultFront.Answer;
import io.ingest4j.s3.FaultFront.Exchange;
import io.ingest4j.s3.FaultFront.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Answers that end anywhere within their heads. The client takes such a head for a whole one, in which a
 * header is missing or the last one is a half.
 */
@Timeout(300)
class S3CutAnswersTest extends S3SinkSetup {

    private static final boolean EVERY_BYTE = Boolean.getBoolean("s3.cutEveryByte");
    private static final byte[] CONTENT = Arrays.copyOf(DATA, 12);
    private static final Pattern MATTERS =
            Pattern.compile("(?i)etag|content-length|content-range|x-amz-meta");
    private static final TryOptions HASTY =
            TryOptions.DEFAULT.withBackoff(Duration.ZERO, Duration.ZERO);

    @FunctionalInterface
    private interface Action {
        void run() throws Exception;
    }

    private S3Client client;

    /** What becomes of the first request that is neither cut nor a HEAD. */
    private Fault first = Exchange::pass;

    @BeforeEach
    void put() {
        client = S3Server.access(front.port()).client();
        client.putObject(b -> b.bucket(S3Server.BUCKET).key(key), RequestBody.fromBytes(CONTENT));
    }

    /** Does something again and again, each time with such an answer cut off somewhat later. */
    private void cutEverywhere(boolean reversed, Predicate<Exchange> which, Action action) {
        String head = cut(Integer.MAX_VALUE, reversed, which, action);
        for (int at = 0; at < head.length(); at++) {
            if (EVERY_BYTE || isOfInterest(head, at)) {
                cut(at, reversed, which, action);
            }
        }
    }

    /** Cuts that differ: before a header, at its colon, and near both ends of its value. */
    private static boolean isOfInterest(String head, int at) {
        String line = head.substring(head.lastIndexOf('\n', at - 1) + 1, at);
        int colon = line.indexOf(':');
        boolean isNearEnd = head.indexOf('\r', at) - at <= 2;
        return line.isEmpty() || (colon > 0 && (line.length() - colon <= 4 || isNearEnd));
    }

    /** Cuts the first such answer after so many bytes; returns its head. */
    private String cut(int bytes, boolean reversed, Predicate<Exchange> which, Action action) {
        AtomicReference<String> head = new AtomicReference<>();
        AtomicBoolean isFirst = new AtomicBoolean(true);
        front.fault(
                exchange -> {
                    if (head.get() == null && which.test(exchange)) {
                        Answer answer = inOrder(exchange.upstream(), reversed);
                        head.set(answer.head());
                        if (bytes < answer.head().length()) {
                            exchange.sendPart(answer, bytes);
                            exchange.fin();
                        }
                        exchange.send(answer);
                    } else if (!isHead(exchange) && isFirst.getAndSet(false)) {
                        first.answer(exchange);
                    } else {
                        exchange.pass();
                    }
                });
        try {
            action.run();
        } catch (Exception | AssertionError e) {
            fail("cut at " + bytes, e);
        }
        assertThat(head.get()).as("cut at %d", bytes).isNotNull();
        return head.get();
    }

    /** The same answer with the headers that matter, the last one first if it is to be so. */
    private static Answer inOrder(Answer answer, boolean reversed) {
        List<String> lines = new ArrayList<>(List.of(answer.head().strip().split("\r\n")));
        List<String> headers = lines.subList(1, lines.size());
        headers.removeIf(line -> !MATTERS.matcher(line).lookingAt());
        if (reversed) {
            Collections.reverse(headers);
        }
        return new Answer(String.join("\r\n", lines) + "\r\n\r\n", answer.body());
    }

    private static boolean isHead(Exchange exchange) {
        return exchange.head.startsWith("HEAD ");
    }

    private static boolean isGet(Exchange exchange) {
        return exchange.head.startsWith("GET ");
    }

    private S3Source source() {
        return S3Source.of(client, S3Server.BUCKET, key)
                .prefetch(0)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    private static void assertReads(S3Source source, ByteObject object, long from)
            throws IOException {
        try (InputStream in = source.open(object, from)) {
            assertThat(in.readAllBytes())
                    .isEqualTo(Arrays.copyOfRange(CONTENT, (int) from, CONTENT.length));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void object_is_looked_at_again(boolean reversed) throws IOException {
        List<ByteObject> objects = source().objects();
        cutEverywhere(
                reversed,
                S3CutAnswersTest::isHead,
                () -> {
                    assertThat(source().objects()).isEqualTo(objects);
                    assertReads(source(), objects.get(0), 0);
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void objects_are_listed_again(boolean reversed) throws IOException {
        S3Source all =
                S3Source.prefix(client, S3Server.BUCKET, key).backoff(Duration.ZERO, Duration.ZERO);
        List<ByteObject> objects = all.objects();
        cutEverywhere(
                reversed,
                S3CutAnswersTest::isGet,
                () -> assertThat(all.objects()).isEqualTo(objects));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void object_whose_end_is_opened_is_not_taken_for_changed(boolean reversed) throws IOException {
        ByteObject object = source().objects().get(0);
        cutEverywhere(
                reversed,
                S3CutAnswersTest::isHead,
                () -> assertReads(source(), object, CONTENT.length));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void look_that_a_doubtful_range_asks_for_is_repeated(boolean reversed) throws IOException {
        ByteObject object = source().objects().get(0);
        first = exchange -> exchange.send(exchange.upstream().withHeader("ETag", "\"other\""));
        cutEverywhere(reversed, S3CutAnswersTest::isHead, () -> assertReads(source(), object, 0));
    }

    @Test
    void server_that_never_tells_an_etag_is_read() throws IOException {
        front.fault(exchange -> exchange.send(exchange.upstream().without("ETag")));
        ByteObject object = source().objects().get(0);
        assertThat(object.version()).isEmpty();
        assertThat(object.length()).isEqualTo(CONTENT.length);
        assertReads(source(), object, 3);
        assertReads(source(), object, CONTENT.length);
    }

    private Lease lease() {
        return S3CheckpointStore.in(client, S3Server.BUCKET, "state-" + key)
                .with(HASTY, new VirtualWaiting())
                .acquire("job");
    }

    private static Checkpoint checkpoint(long number) {
        return new Checkpoint(
                "job", Start.UNKNOWN, false, List.of(), Map.of("read", number), "", "");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void checkpoint_is_read_again(boolean reversed) {
        try (Lease lease = lease()) {
            lease.save(checkpoint(1));
        }
        cutEverywhere(
                reversed,
                S3CutAnswersTest::isGet,
                () -> {
                    try (Lease lease = lease()) {
                        assertThat(lease.latest()).contains(checkpoint(1));
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void look_whether_a_checkpoint_was_written_is_repeated(boolean reversed) {
        try (Lease lease = lease()) {
            first =
                    exchange -> {
                        exchange.upstream();
                        exchange.rst();
                    };
            cutEverywhere(reversed, S3CutAnswersTest::isGet, () -> lease.save(checkpoint(1)));
            first = Exchange::pass;
            cutEverywhere(reversed, Exchange::isPut, () -> lease.save(checkpoint(2)));
            front.fault(Exchange::pass);
            lease.save(checkpoint(3));
            assertThat(lease.latest()).contains(checkpoint(3));
        }
    }

    private S3Sink<ByteBuffer> sinkTo(String name) {
        return S3Sink.object(client, S3Server.BUCKET, name)
                .partBytes(PART)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void object_that_was_put_is_not_taken_for_another_s(boolean reversed) {
        cutEverywhere(reversed, S3CutAnswersTest::isHead, () -> writeWhole(sinkTo(key), 10));
        cutEverywhere(reversed, Exchange::isPut, () -> writeWhole(sinkTo(key), 11));
        assertThat(isStored(11)).isTrue();
    }

    /** The answer to the first writing is lost, so that the second is refused. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void object_of_an_attempt_whose_answer_was_lost_is_ours(boolean reversed) {
        AtomicInteger number = new AtomicInteger();
        AtomicBoolean isLost = new AtomicBoolean();
        cutEverywhere(
                reversed,
                exchange -> isHead(exchange) && isLost.get(),
                () -> {
                    String other = key + '-' + number.incrementAndGet();
                    isLost.set(false);
                    first =
                            exchange -> {
                                exchange.upstream();
                                isLost.set(true);
                                exchange.rst();
                            };
                    writeWhole(sinkTo(other).failIfExists(), 10);
                    assertThat(isLost).isTrue();
                });
    }

    /** The state is of a run that was killed after it had finished the object, or before. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void finished_upload_is_recognized_and_an_unfinished_one_continued(boolean reversed)
            throws IOException {
        S3SinkWriter<ByteBuffer> killed = sinkTo(key).openWriter(ByteBatch.context());
        write(killed, 0, PART + 1);
        byte[] state = killed.snapshot();
        cutEverywhere(
                reversed,
                exchange -> isGet(exchange) && exchange.head.contains("uploadId="),
                () -> sinkTo(key).openWriter(ByteBatch.context(state)).abandon());
        killed.finish();
        killed.abandon();
        cutEverywhere(
                reversed,
                S3CutAnswersTest::isHead,
                () -> {
                    try (S3SinkWriter<ByteBuffer> writer =
                            sinkTo(key).openWriter(ByteBatch.context(state))) {
                        writer.finish();
                    }
                    assertThat(sinkTo(key).isIntact(state)).isTrue();
                });
        assertThat(isStored(PART + 1)).isTrue();
    }
}
