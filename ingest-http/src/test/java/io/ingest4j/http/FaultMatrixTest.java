package io.ingest4j.http;

import static io.ingest4j.http.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.http.FaultServer.Connection;
import io.ingest4j.http.FaultServer.Greeting;
import io.ingest4j.http.FaultServer.Script;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every fault in every phase of an exchange: it ends at its deadline if not before, says what it was,
 * and the same writer delivers again.
 */
@Tag("real-time")
class FaultMatrixTest {

    /** Of what only the deadline can end. */
    private static final Duration SHORT = Duration.ofMillis(300);

    /** Of what must end by itself, on however slow a machine. */
    private static final Duration LONG = Duration.ofSeconds(20);

    /** More than the buffers between the two sides hold. */
    private static final int LARGE = 16 << 20;

    private final AtomicBoolean healthy = new AtomicBoolean();

    private static Stream<Arguments> faultsAndPhases() {
        return Arrays.stream(Fault.values())
                .flatMap(
                        fault ->
                                Arrays.stream(Fault.Phase.values())
                                        .filter(phase -> fault.canFollow(phase.middle()))
                                        .map(phase -> Arguments.of(fault, phase)));
    }

    @ParameterizedTest
    @MethodSource("faultsAndPhases")
    void answer_that_goes_wrong_is_unanswered_unless_it_was_whole(Fault fault, Fault.Phase phase)
            throws Exception {
        Script script = (connection, request) -> fault.happenAfter(phase.middle(), connection);
        // What happens after the answer is met by the next request, which may have to wait for it.
        Duration deadline =
                phase == Fault.Phase.AFTER_THE_ANSWER
                        ? Duration.ofSeconds(2)
                        : deadline(fault.isEndless());
        try (FaultServer server = healable(connection -> {}, script);
                RecordWriter<String> writer = open(server.uri(), deadline)) {
            WriteResult result = writtenInTime(writer, "a", deadline);
            if (phase == Fault.Phase.AFTER_THE_ANSWER) {
                assertThat(result.isDelivered()).isTrue();
            } else {
                assertUnanswered(result, fault.isEndless() ? "timeout" : "connection lost");
            }
            // A machine that stands still reaches the deadline before it has sent anything.
            assertThat(server.count()).isBetween(fault.isEndless() ? 0L : 1L, 1L);
            assertWorksAgain(writer);
        }
    }

    private static Stream<Arguments> closingFaultsAndBytes() {
        return Stream.of(Fault.CLOSES, Fault.RESETS)
                .flatMap(
                        fault ->
                                IntStream.range(0, Fault.answerBytes())
                                        .mapToObj(sent -> Arguments.of(fault, sent)));
    }

    @ParameterizedTest
    @MethodSource("closingFaultsAndBytes")
    void answer_that_ends_at_any_byte_is_unanswered(Fault fault, int sent) throws Exception {
        Script script = (connection, request) -> fault.happenAfter(sent, connection);
        try (FaultServer server = healable(connection -> {}, script);
                RecordWriter<String> writer = open(server.uri(), LONG)) {
            assertUnanswered(writtenInTime(writer, "a", LONG), "connection lost");
            assertWorksAgain(writer);
        }
    }

    @ParameterizedTest
    @EnumSource
    void connection_that_goes_wrong_before_the_request_was_read_is_unanswered(Fault fault)
            throws Exception {
        Duration deadline = deadline(fault.isEndless());
        try (FaultServer server = healable(fault::happen, FaultMatrixTest::answerWell);
                RecordWriter<String> writer = open(server.uri(), deadline)) {
            WriteResult result = writtenInTime(writer, "a", deadline);
            if (result.outcome() == PermitOutcome.NOT_SENT) {
                // The reset may be there before the client knows that it is connected.
                assertThat(fault).isEqualTo(Fault.RESETS);
                assertThat(result.failure(0).orElseThrow().action()).isEqualTo(Action.RETRY);
            } else {
                assertUnanswered(result, fault.isEndless() ? "timeout" : "connection lost");
            }
            assertThat(server.count()).isZero();
            assertWorksAgain(writer);
        }
    }

    @ParameterizedTest
    @EnumSource
    void request_that_was_read_in_part_is_unanswered(Fault fault) throws Exception {
        Duration deadline = deadline(fault.isEndless());
        Greeting greeting =
                connection -> {
                    connection.readSome(LARGE / 2);
                    fault.happen(connection);
                };
        try (FaultServer server = healable(greeting, FaultMatrixTest::answerWell);
                RecordWriter<String> writer = open(server.uri(), deadline)) {
            assertUnanswered(
                    writtenInTime(writer, "x".repeat(LARGE), deadline),
                    fault.isEndless() ? "timeout" : "connection lost");
            assertWorksAgain(writer);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STALLS", "CLOSES", "RESETS"})
    void request_that_is_not_read_on_is_unanswered(Fault fault) throws Exception {
        Duration deadline = deadline(fault.isEndless());
        CountDownLatch ended = new CountDownLatch(1);
        Greeting greeting =
                connection -> {
                    connection.readSome(100);
                    if (fault.isEndless()) {
                        awaitQuietly(ended);
                    }
                    fault.happen(connection);
                };
        try (FaultServer server = healable(greeting, FaultMatrixTest::answerWell);
                RecordWriter<String> writer = open(server.uri(), deadline)) {
            assertUnanswered(
                    writtenInTime(writer, "x".repeat(LARGE), deadline),
                    fault.isEndless() ? "timeout" : "connection lost");
            ended.countDown();
            assertWorksAgain(writer);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void handshake_that_goes_wrong_is_tried_again_unless_the_other_side_speaks_no_tls(Fault fault)
            throws Exception {
        boolean speaksNoTls = fault == Fault.TALKS_NONSENSE || fault == Fault.TRICKLES;
        Duration deadline = deadline(fault.isEndless());
        try (FaultServer server = new FaultServer(fault::happen, FaultMatrixTest::answerWell)) {
            URI uri = URI.create(server.uri().toString().replace("http:", "https:"));
            try (RecordWriter<String> writer = open(uri, deadline)) {
                WriteResult result = writtenInTime(writer, "a", deadline);
                assertThat(result.failure(0).orElseThrow().action())
                        .isEqualTo(speaksNoTls ? Action.ABORT : Action.RETRY);
                assertThat(result.outcome()).isNotEqualTo(PermitOutcome.ANSWERED);
                await().until(() -> server.open() == 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void answer_that_lies_is_seen_through_or_ends_at_the_deadline(Lie lie) throws Exception {
        Script script = (connection, request) -> lie.tell(connection);
        Duration deadline = deadline(lie.isEndless());
        try (FaultServer server = healable(connection -> {}, script);
                RecordWriter<String> writer = open(server.uri(), deadline)) {
            WriteResult result = writtenInTime(writer, "a", deadline);
            switch (lie.end()) {
                case DELIVERED -> assertThat(result.isDelivered()).isTrue();
                case LOST -> assertUnanswered(result, "connection lost");
                case TIMEOUT -> assertUnanswered(result, "timeout");
                case LOST_OR_TIMEOUT ->
                        assertThat(result.outcome()).isEqualTo(PermitOutcome.UNANSWERED);
                case WAIT -> {
                    assertThat(result.outcome()).isEqualTo(PermitOutcome.ANSWERED);
                    assertThat(result.retryAfter()).isEqualTo(Duration.ofSeconds(7));
                }
                case REFUSED -> {
                    assertThat(result.outcome()).isEqualTo(PermitOutcome.ANSWERED);
                    assertThat(result.failure(0)).contains(REFUSED);
                }
            }
            assertWorksAgain(writer);
        }
    }

    private static final WriteFailure REFUSED = new WriteFailure(Action.RETRY, "refused", "");

    private static WriteResult parsed(HttpReply reply, int size) {
        return reply.text().equals("retry")
                ? WriteResult.perRecord(List.of(Optional.of(REFUSED)))
                : WriteResult.delivered();
    }

    private FaultServer healable(Greeting greeting, Script script) throws IOException {
        return new FaultServer(
                connection -> {
                    if (!healthy.get()) {
                        greeting.greet(connection);
                    }
                },
                (connection, request) -> {
                    if (healthy.get()) {
                        answerWell(connection, request);
                    } else {
                        script.answer(connection, request);
                    }
                });
    }

    private static void answerWell(Connection connection, FaultServer.Received request)
            throws IOException {
        connection.send(FaultServer.response(200, "ok"));
    }

    private static Duration deadline(boolean endless) {
        return endless ? SHORT : LONG;
    }

    private static RecordWriter<String> open(URI uri, Duration deadline) {
        return Texts.open(HttpSink.post(uri).timeout(deadline).responses(FaultMatrixTest::parsed));
    }

    private static WriteResult writtenInTime(
            RecordWriter<String> writer, String text, Duration deadline) throws Exception {
        long startNanos = System.nanoTime();
        WriteResult result = Texts.written(writer, Texts.of(text));
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                .isLessThan(deadline.plus(Overshoots.ALLOWED));
        return result;
    }

    private static void assertUnanswered(WriteResult result, String kind) {
        assertThat(result.outcome()).isEqualTo(PermitOutcome.UNANSWERED);
        WriteFailure failure = result.failure(0).orElseThrow();
        assertThat(failure.action()).isEqualTo(Action.RETRY);
        assertThat(failure.kind()).as(failure.detail()).isEqualTo(kind);
    }

    /** A connection that looked sound may be dead, which costs a try. */
    private void assertWorksAgain(RecordWriter<String> writer) {
        healthy.set(true);
        await().until(() -> Texts.written(writer, Texts.of("b")).isDelivered());
    }
}
