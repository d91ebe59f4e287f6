package io.ingest4j.http;

import static io.ingest4j.http.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpWriterTest {

    @Test
    void batch_is_sent_as_one_request() throws Exception {
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri("/in?a=b")))) {
            Texts batch = Texts.of("one", "two");
            WriteResult result = Texts.written(writer, batch);

            assertThat(result.isDelivered()).isTrue();
            assertThat(result.outcome()).isEqualTo(PermitOutcome.ANSWERED);
            assertThat(result.bytes()).isEqualTo(8);
            FaultServer.Received request = server.received().get(0);
            assertThat(request.line()).isEqualTo("POST /in?a=b HTTP/1.1");
            assertThat(request.text()).isEqualTo("one\ntwo\n");
            assertThat(request.header("Content-Type")).isEqualTo("text/plain");
            assertThat(request.header("Idempotency-Key")).isEqualTo(batch.idempotencyKey());
            assertThat(request.headers())
                    .doesNotContainKeys("Authorization", "Content-Encoding", "Upgrade");
        }
    }

    @Test
    void headers_are_sent_and_override_the_content_type() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            Texts.written(
                    HttpSink.method("PATCH", server.uri())
                            .header("X-Key", "1")
                            .header("x-key", "2")
                            .header("Content-Type", "text/csv"));
            FaultServer.Received request = server.received().get(0);
            assertThat(request.line()).startsWith("PATCH ");
            assertThat(request.header("X-Key")).isEqualTo("2");
            assertThat(request.header("Content-Type")).isEqualTo("text/csv");
        }
    }

    @Test
    void idempotency_key_is_the_same_in_every_attempt_and_another_for_other_records()
            throws Exception {
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).idempotencyKey("X-Request"))) {
            Texts.written(writer, Texts.at(0, "a", "b"));
            Texts.written(writer, Texts.at(0, "a", "b"));
            Texts.written(writer, Texts.at(1, "b"));
            List<String> keys =
                    server.received().stream().map(request -> request.header("X-Request")).toList();
            assertThat(keys.get(0)).isNotEmpty().isEqualTo(keys.get(1)).isNotEqualTo(keys.get(2));
        }
    }

    @Test
    void idempotency_key_can_be_left_out() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            Texts.written(HttpSink.post(server.uri()).withoutIdempotencyKey());
            assertThat(server.received().get(0).headers()).doesNotContainKey("Idempotency-Key");
        }
    }

    @Test
    void gzip_compresses_the_body_to_the_same_bytes_every_time() throws Exception {
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()).gzip(true))) {
            String text = "x".repeat(10_000);
            WriteResult first = Texts.written(writer, Texts.of(text));
            Texts.written(writer, Texts.of(text));

            byte[] body = server.received().get(0).body();
            assertThat(server.received().get(0).header("Content-Encoding")).isEqualTo("gzip");
            assertThat(new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes())
                    .asString()
                    .isEqualTo(text + "\n");
            assertThat(server.received().get(1).body()).isEqualTo(body);
            assertThat(first.bytes()).isEqualTo(body.length).isLessThan(1_000);
        }
    }

    @Test
    void token_is_asked_for_with_every_request() throws Exception {
        AtomicInteger tokens = new AtomicInteger();
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer =
                        Texts.open(
                                HttpSink.post(server.uri())
                                        .bearerToken(() -> "t" + tokens.incrementAndGet()))) {
            Texts.written(writer, Texts.of("a"));
            Texts.written(writer, Texts.of("a"));
            assertThat(server.received())
                    .extracting(request -> request.header("Authorization"))
                    .containsExactly("Bearer t1", "Bearer t2");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "200, , ",
        "204, , ",
        "408, RETRY, HTTP 408",
        "429, RETRY, HTTP 429",
        "503, RETRY, HTTP 503",
        "401, ABORT, HTTP 401",
        "403, ABORT, HTTP 403",
        "400, DEAD_LETTER, HTTP 400",
        "302, DEAD_LETTER, HTTP 302",
    })
    void status_decides(int status, Action action, String kind) throws Exception {
        String body = status == 204 ? "" : "why  it\nfailed";
        try (FaultServer server = FaultServer.answering(FaultServer.response(status, body))) {
            WriteResult result = Texts.written(HttpSink.post(server.uri()));
            assertThat(result.failure(0))
                    .isEqualTo(
                            Optional.ofNullable(action)
                                    .map(a -> new WriteFailure(a, kind, "why it failed")));
            assertThat(result.outcome()).isEqualTo(PermitOutcome.ANSWERED);
            assertThat(result.retryAfter()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "429, 7, 7",
        "503, 7, 7",
        "503, 100000, 3600",
        "429, x, 0",
        "400, 7, 0",
        "200, 7, 0"
    })
    void retry_after_is_heeded_with_what_is_tried_again(int status, String value, long seconds)
            throws Exception {
        String response = FaultServer.response(status, "", "Retry-After: " + value);
        try (FaultServer server = FaultServer.answering(response)) {
            assertThat(Texts.written(HttpSink.post(server.uri())).retryAfter())
                    .isEqualTo(Duration.ofSeconds(seconds));
        }
    }

    @Test
    void parser_tells_records_apart() throws Exception {
        try (FaultServer server =
                        FaultServer.answering(FaultServer.response(207, "ok,bad", "X-N: 2"));
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).responses(HttpWriterTest::parsed))) {
            WriteResult result = Texts.written(writer, Texts.of("a", "b"));
            assertThat(result.failure(0)).isEmpty();
            assertThat(result.failure(1)).get().extracting(WriteFailure::kind).isEqualTo("bad");
            assertThat(result.bytes()).isEqualTo(4);
        }
    }

    private static WriteResult parsed(HttpReply reply, int size) {
        assertThat(reply).hasToString("HTTP 207, 6 bytes");
        assertThat(reply.headers().firstValue("x-n")).contains(String.valueOf(size));
        List<Optional<WriteFailure>> results = new ArrayList<>();
        for (String word : reply.text().split(",", -1)) {
            results.add(
                    word.equals("ok")
                            ? Optional.empty()
                            : Optional.of(new WriteFailure(Action.RETRY, word, "")));
        }
        return WriteResult.perRecord(results);
    }

    @Test
    void parser_is_not_asked_about_failures() throws Exception {
        try (FaultServer server = FaultServer.answering(FaultServer.response(500, "ok"))) {
            WriteResult result =
                    Texts.written(
                            HttpSink.post(server.uri())
                                    .responses((reply, size) -> WriteResult.delivered()));
            assertThat(result.isDelivered()).isFalse();
        }
    }

    @Test
    void answer_that_can_not_be_read_makes_dead_letters() throws Exception {
        try (FaultServer server = FaultServer.answering(FaultServer.response(200, "12345"))) {
            ResponseParser failing =
                    (reply, size) -> {
                        throw new IllegalStateException("no JSON: " + reply.text());
                    };
            ResponseParser tooFew =
                    (reply, size) ->
                            WriteResult.perRecord(List.of(Optional.empty(), Optional.empty()));
            ResponseParser none = (reply, size) -> WriteResult.perRecord(List.of());
            HttpSinkBuilder sink = HttpSink.post(server.uri());
            unreadable(
                    sink.responses(none),
                    "IllegalArgumentException: failures must have an entry for each record of the"
                            + " batch, had none");
            unreadable(
                    sink.responses((reply, size) -> null),
                    "parser must give a result for each of 1 records");
            unreadable(sink.responses(failing), "IllegalStateException: no JSON: 12345");
            unreadable(sink.responses(tooFew), "parser must give a result for each of 1 records");
            unreadable(sink.responses(failing).maxResponseBytes(4), "longer than 4 bytes");
        }
    }

    private static void unreadable(HttpSinkBuilder sink, String detail) throws Exception {
        assertThat(Texts.written(sink).failure(0))
                .contains(new WriteFailure(Action.DEAD_LETTER, "unreadable response", detail));
    }

    @Test
    void batch_that_can_not_be_encoded_is_a_dead_letter_and_nothing_is_sent() throws Exception {
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer =
                        HttpSink.post(server.uri()).body(new NoBees()).open(Texts.CONTEXT)) {
            WriteResult result = Texts.written(writer, Texts.of("b"));
            assertThat(result.outcome()).isEqualTo(PermitOutcome.NOT_SENT);
            assertThat(result.failure(0))
                    .contains(
                            new WriteFailure(
                                    Action.DEAD_LETTER,
                                    "encoding failed",
                                    "IllegalArgumentException: no bees, was b"));
            assertThat(server.count()).isZero();
        }
    }

    @Test
    void record_that_can_not_be_encoded_does_not_take_its_batch_with_it() throws Exception {
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer =
                        HttpSink.post(server.uri()).body(new NoBees()).open(Texts.CONTEXT)) {
            WriteResult result = Texts.written(writer, Texts.of("a", "b", "c", "b", "d"));
            Optional<WriteFailure> bad =
                    Optional.of(
                            new WriteFailure(
                                    Action.DEAD_LETTER,
                                    "encoding failed",
                                    "IllegalArgumentException: no bees, was b"));
            Optional<WriteFailure> none = Optional.empty();
            assertThat(IntStream.range(0, 5).mapToObj(result::failure))
                    .containsExactly(none, bad, none, bad, none);
            assertThat(result.outcome()).isEqualTo(PermitOutcome.ANSWERED);
            assertThat(result.bytes()).isEqualTo(6);
            assertThat(server.count()).isOne();
            assertThat(server.received().get(0).text()).isEqualTo("a\nc\nd\n");
        }
    }

    @Test
    void batch_in_which_no_record_can_be_encoded_is_not_sent() throws Exception {
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer =
                        HttpSink.post(server.uri()).body(new NoBees()).open(Texts.CONTEXT)) {
            WriteResult result = Texts.written(writer, Texts.of("b", "bb"));
            assertThat(result.outcome()).isEqualTo(PermitOutcome.NOT_SENT);
            assertThat(result.failure(1).orElseThrow().detail()).endsWith("no bees, was bb");
            assertThat(server.count()).isZero();
        }
    }

    private static final class NoBees implements RecordEncoder<String> {

        private static final long serialVersionUID = 1;

        @Override
        public String contentType() {
            return "text/plain";
        }

        @Override
        public void encode(RecordBatch<? extends String> batch, OutputStream out)
                throws IOException {
            for (int i = 0; i < batch.size(); i++) {
                String text = batch.record(i);
                if (text.startsWith("b")) {
                    throw new IllegalArgumentException("no bees, was " + text);
                }
            }
            new Texts.Lines().encode(batch, out);
        }
    }

    @Test
    void token_that_can_not_be_had_is_tried_again_and_nothing_is_sent() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            WriteResult result =
                    Texts.written(
                            HttpSink.post(server.uri())
                                    .bearerToken(
                                            () -> {
                                                throw new IllegalStateException("canary");
                                            }));
            assertThat(result.outcome()).isEqualTo(PermitOutcome.NOT_SENT);
            assertThat(result.failure(0))
                    .contains(
                            new WriteFailure(
                                    Action.RETRY, "no bearer token", "IllegalStateException"));
            assertThat(server.count()).isZero();
        }
    }

    @Test
    void missing_token_aborts() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            WriteResult result = Texts.written(HttpSink.post(server.uri()).bearerToken(() -> null));
            assertThat(result.failure(0))
                    .contains(
                            new WriteFailure(
                                    Action.ABORT, "no bearer token", "its supplier has none"));
            assertThat(server.count()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'canary\n', a line end at index 6",
        "cänary, a character that is not ASCII at index 1",
    })
    void token_that_would_arrive_as_another_aborts_without_being_shown(String token, String fault)
            throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            WriteResult result =
                    Texts.written(HttpSink.post(server.uri()).bearerToken(() -> token));
            assertThat(result.outcome()).isEqualTo(PermitOutcome.NOT_SENT);
            assertThat(result.failure(0))
                    .contains(
                            new WriteFailure(
                                    Action.ABORT,
                                    "bad bearer token",
                                    "its supplier must give one that is printable ASCII (0x20 to"
                                            + " 0x7E) and tabs, but has "
                                            + fault
                                            + " (not shown)"));
            assertThat(server.count()).isZero();
        }
    }

    @Test
    void key_of_a_record_s_own_that_would_arrive_as_another_is_not_sent() throws Exception {
        RecordBatch<String> keyed = new Keyed(Texts.of("a"), "größe");
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()))) {
            WriteResult result =
                    writer.write(keyed).toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertThat(result.outcome()).isEqualTo(PermitOutcome.NOT_SENT);
            assertThat(result.failure(0))
                    .contains(
                            new WriteFailure(
                                    Action.DEAD_LETTER,
                                    "bad idempotency key",
                                    "the record's key must be one that is printable ASCII (0x20 to"
                                            + " 0x7E) and tabs, but has a character that is not"
                                            + " ASCII at index 2"));
            assertThat(server.count()).isZero();
        }
    }

    /** A batch of a source with keys of its own. */
    private record Keyed(Texts texts, String own) implements RecordBatch<String> {

        @Override
        public SourceSplit split() {
            return texts.split();
        }

        @Override
        public int size() {
            return texts.size();
        }

        @Override
        public String record(int index) {
            return texts.record(index);
        }

        @Override
        public Position position(int index) {
            return texts.position(index);
        }

        @Override
        public ByteBuffer raw(int index) {
            return texts.raw(index);
        }

        @Override
        public long sizeBytes() {
            return texts.sizeBytes();
        }

        @Override
        public String key(int index) {
            return own;
        }
    }

    @Test
    void path_and_query_that_are_not_ascii_are_sent_percent_encoded() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            Texts.written(HttpSink.post(server.uri("/größe?q=ü%2f")));
            assertThat(server.received().get(0).line())
                    .isEqualTo("POST /gr%C3%B6%C3%9Fe?q=%C3%BC%2f HTTP/1.1");
        }
    }

    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

    @Test
    void durations_may_be_as_long_as_there_are() throws Exception {
        try (FaultServer server =
                        FaultServer.answering(
                                FaultServer.response(503, "", "Retry-After: " + Long.MAX_VALUE));
                RecordWriter<String> writer =
                        Texts.open(
                                HttpSink.post(server.uri())
                                        .timeout(FOREVER)
                                        .connectTimeout(FOREVER)
                                        .maxRetryAfter(FOREVER))) {
            WriteResult result = Texts.written(writer, Texts.of("a"));
            assertThat(result.failure(0))
                    .get()
                    .extracting(WriteFailure::kind)
                    .isEqualTo("HTTP 503");
            assertThat(result.retryAfter()).isEqualTo(Duration.ofSeconds(Long.MAX_VALUE));
        }
    }

    @Test
    void attempt_without_a_limit_is_not_late_when_it_began_after_the_look_at_the_clock()
            throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            HttpSettings settings = HttpSink.post(server.uri()).body(new Texts.Lines()).settings();
            Clients clients = new Clients(() -> HttpWriter.client(settings, Runnable::run));
            Attempt[] attempt = new Attempt[1];
            attempt[0] =
                    new Attempt(
                            client -> {
                                attempt[0].check(System.nanoTime() - 1_000_000_000);
                                Thread.sleep(0); // throws if it was interrupted
                                return WriteResult.delivered();
                            },
                            clients,
                            Long.MAX_VALUE);
            attempt[0].run();
            assertThat(attempt[0].join().isDelivered()).isTrue();
            clients.close();
        }
    }

    @Test
    void fault_within_the_making_of_a_client_is_tried_again() {
        AtomicInteger made = new AtomicInteger();
        HttpSettings settings = HttpSink.post(URI.create("http://example.com")).json().settings();
        Clients clients =
                new Clients(
                        () -> {
                            if (made.incrementAndGet() > 1) {
                                throw new NullPointerException("a fault of the JDK");
                            }
                            return HttpWriter.client(settings, Runnable::run);
                        });
        try {
            LiveClient first = clients.enter();
            first.leave();
            first.close();
            await().until(first::isDead);
            Attempt attempt =
                    new Attempt(
                            client -> {
                                throw new AssertionError("nothing can be sent");
                            },
                            clients,
                            Long.MAX_VALUE);
            attempt.run();
            WriteResult result = attempt.join();
            assertThat(result.outcome()).isEqualTo(PermitOutcome.NOT_SENT);
            WriteFailure failure = result.failure(0).orElseThrow();
            assertThat(failure.action()).isEqualTo(Action.RETRY);
            assertThat(failure.detail()).contains("a fault of the JDK");
        } finally {
            clients.close();
        }
    }

    @Test
    void memory_of_a_huge_body_is_not_taken_again_by_every_sender() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        List<Long> taken = new CopyOnWriteArrayList<>();
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        RecordEncoder<String> encoder =
                new Measured(
                        text -> {
                            if (!text.equals("small")) {
                                return;
                            }
                            taken.add(threads.getCurrentThreadAllocatedBytes());
                            try {
                                both.await(20, TimeUnit.SECONDS); // so that two senders are busy
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        });
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer =
                        HttpSink.post(server.uri()).body(encoder).open(Texts.CONTEXT)) {
            Texts.written(writer, Texts.of("x".repeat(32 << 20)));
            CompletableFuture<WriteResult> one = Texts.write(writer, Texts.of("small"));
            CompletableFuture<WriteResult> other = Texts.write(writer, Texts.of("small"));
            assertThat(one.get(20, TimeUnit.SECONDS).isDelivered()).isTrue();
            assertThat(other.get(20, TimeUnit.SECONDS).isDelivered()).isTrue();
            assertThat(taken).hasSize(2).anyMatch(bytes -> bytes < 8 << 20); // the new one's
        }
    }

    private record Measured(SerializableConsumer seen) implements RecordEncoder<String> {

        private interface SerializableConsumer extends Serializable {
            void accept(String text);
        }

        @Override
        public String contentType() {
            return "text/plain";
        }

        @Override
        public void encode(RecordBatch<? extends String> batch, OutputStream out)
                throws IOException {
            seen.accept(batch.record(0));
            new Texts.Lines().encode(batch, out);
        }
    }

    @Test
    void batches_beyond_the_cap_wait_and_are_all_sent() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        try (FaultServer server = frozenUntil(released);
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).maxConnections(4))) {
            List<CompletableFuture<WriteResult>> results = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                results.add(Texts.write(writer, Texts.at(i, "t" + i)));
            }
            await().until(() -> server.count() == 4);
            assertThat(results).noneMatch(CompletableFuture::isDone);
            released.countDown();
            for (CompletableFuture<WriteResult> result : results) {
                assertThat(result.get(20, TimeUnit.SECONDS).isDelivered()).isTrue();
            }
            assertThat(server.mostOpen()).isEqualTo(4);
            assertThat(server.received())
                    .extracting(request -> request.text().trim())
                    .doesNotHaveDuplicates()
                    .hasSize(100);
        }
    }

    private static FaultServer frozenUntil(CountDownLatch released) throws IOException {
        return new FaultServer(
                (connection, request) -> {
                    try {
                        released.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    connection.send(FaultServer.response(200, ""));
                });
    }

    @Test
    void cancelling_closes_the_connection() throws Exception {
        try (FaultServer server = new FaultServer((connection, request) -> connection.stall());
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()))) {
            CompletableFuture<WriteResult> result = Texts.write(writer, Texts.of("a"));
            await().until(() -> server.count() == 1);
            result.cancel(true);
            await().until(() -> server.open() == 0);
            assertThat(result).isCancelled();
        }
    }

    @Test
    void batch_cancelled_while_it_waits_is_never_sent() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        try (FaultServer server = frozenUntil(released);
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).maxConnections(1))) {
            CompletableFuture<WriteResult> first = Texts.write(writer, Texts.of("first"));
            CompletableFuture<WriteResult> second = Texts.write(writer, Texts.of("second"));
            CompletableFuture<WriteResult> third = Texts.write(writer, Texts.of("third"));
            second.cancel(true);
            released.countDown();
            first.get(20, TimeUnit.SECONDS);
            third.get(20, TimeUnit.SECONDS);
            assertThat(server.received())
                    .extracting(FaultServer.Received::text)
                    .containsExactly("first\n", "third\n");
        }
    }

    @Test
    void closing_ends_what_is_under_way_and_what_waits() throws Exception {
        try (FaultServer server = new FaultServer((connection, request) -> connection.stall())) {
            RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()).maxConnections(1));
            CompletableFuture<WriteResult> sent = Texts.write(writer, Texts.of("a"));
            CompletableFuture<WriteResult> waiting = Texts.write(writer, Texts.of("b"));
            await().until(() -> server.count() == 1);
            writer.close();
            assertThat(sent).isCancelled();
            assertThat(waiting).isCancelled();
            await().until(() -> server.open() == 0);
            assertThatIllegalStateException()
                    .isThrownBy(() -> writer.write(Texts.of("c")))
                    .withMessage("writer must be open, was closed");
        }
    }
}
