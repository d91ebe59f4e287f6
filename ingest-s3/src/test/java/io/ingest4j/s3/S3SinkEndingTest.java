package io.ingest4j.s3;

import static io.ingest4j.s3.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** How the last steps of an object end. */
@Timeout(120)
class S3SinkEndingTest extends S3SinkSetup {

    @Test
    void token_is_found_however_the_server_spells_its_name() throws IOException {
        front.fault(
                exchange -> {
                    FaultFront.Answer answer = exchange.upstream();
                    exchange.send(
                            new FaultFront.Answer(
                                    answer.head()
                                            .replaceAll(
                                                    "(?i)x-amz-meta-ingest4j-upload",
                                                    "X-Amz-Meta-Ingest4j-Upload"),
                                    answer.body()));
                });
        writeWhole(sink(), 10);
        assertThat(isStored(10)).isTrue();
    }

    @Test
    void completion_whose_last_answer_is_lost_is_recognized_by_the_object() throws IOException {
        front.fault(
                exchange -> {
                    if (isCompletion(exchange)) {
                        exchange.upstream();
                        exchange.rst();
                    }
                    exchange.pass();
                });
        writeWhole(sink().maxAttempts(1), PART + 1);
        assertThat(isStored(PART + 1)).isTrue();
    }

    @Test
    void look_after_the_last_attempt_is_itself_tried_again() throws IOException {
        AtomicInteger looks = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (isCompletion(exchange)) {
                        exchange.upstream();
                        exchange.rst();
                    }
                    if (exchange.head.startsWith("HEAD ") && looks.incrementAndGet() < 3) {
                        exchange.rst();
                    }
                    exchange.pass();
                });
        writeWhole(sink().maxAttempts(1).giveUpAfter(Duration.ofNanos(1)), PART + 1);
        assertThat(isStored(PART + 1)).isTrue();
        assertThat(looks).hasValue(4);
    }

    @Test
    void completion_is_tried_again_for_longer_than_one_attempt_may_take() throws IOException {
        AtomicInteger completions = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (isCompletion(exchange) && completions.incrementAndGet() == 1) {
                        exchange.rst();
                    }
                    exchange.pass();
                });
        writeWhole(sink().giveUpAfter(Duration.ofNanos(1)), PART + 1);
        assertThat(isStored(PART + 1)).isTrue();
    }

    @Test
    void condition_that_fails_inside_a_good_answer_is_about_the_object() {
        front.fault(
                exchange -> {
                    if (isCompletion(exchange)) {
                        exchange.error(200, "PreconditionFailed");
                    } else {
                        exchange.pass();
                    }
                });
        assertThatThrownBy(() -> writeWhole(sink().failIfExists(), PART + 1))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void upload_that_a_conflict_ended_is_told_at_once() {
        AtomicInteger completions = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (!isCompletion(exchange)) {
                        exchange.pass();
                    } else if (completions.incrementAndGet() == 1) {
                        exchange.error(409, "ConditionalRequestConflict");
                    } else {
                        exchange.error(404, "NoSuchUpload");
                    }
                });
        assertThatThrownBy(() -> writeWhole(sink().failIfExists(), PART + 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another writer of this key was faster")
                .hasRootCauseInstanceOf(S3Exception.class)
                .rootCause()
                .hasMessageContaining("ConditionalRequestConflict");
        assertThat(completions).hasValue(2);
    }

    @Test
    void small_object_of_known_length_begins_no_upload() throws IOException {
        S3Sink<ByteBuffer> sink = sink().expectedLength(10);
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context())) {
            writer.snapshot();
            write(writer, 0, 10);
            writer.snapshot();
            writer.finish();
        }
        assertThat(isStored(10)).isTrue();
        assertThat(sink.requests()).containsOnlyKeys("put_object", "head_object");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10})
    void upload_that_turns_out_to_need_no_parts_is_aborted(int length) throws IOException {
        S3Sink<ByteBuffer> sink = sink();
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context())) {
            writer.snapshot();
            write(writer, 0, length);
            writer.finish();
        }
        assertThat(isStored(length)).isTrue();
        assertThat(uploads()).isZero();
        assertThat(sink.requests())
                .containsOnlyKeys(
                        "create_multipart", "put_object", "head_object", "abort_multipart");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void object_without_parts_is_there_after_a_kill_before_or_after_it_was_put(boolean served)
            throws IOException {
        S3Sink<ByteBuffer> sink = sink();
        S3SinkWriter<ByteBuffer> killed = sink.maxAttempts(1).openWriter(ByteBatch.context());
        killed.snapshot();
        write(killed, 0, 10);
        byte[] state = killed.snapshot();
        front.fault(
                exchange -> {
                    if (exchange.isPut()) {
                        if (served) {
                            exchange.upstream();
                        }
                        exchange.rst();
                    }
                    exchange.pass();
                });
        assertThatThrownBy(killed::finish).isInstanceOf(IOException.class);
        killed.abandon();
        front.fault(FaultFront.Exchange::pass);
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context(state))) {
            writer.finish();
        }
        assertThat(isStored(10)).isTrue();
        assertThat(uploads()).isZero();
    }

    @Test
    void run_that_ends_before_a_state_has_parts_leaves_nothing() throws IOException {
        S3Sink<ByteBuffer> sink = sink();
        byte[] state;
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context())) {
            state = writer.snapshot();
            write(writer, 0, PART + 1);
        }
        assertThat(uploads()).isZero();
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context(state))) {
            write(writer, 0, PART + 1);
            writer.finish();
        }
        assertThat(isStored(PART + 1)).isTrue();
    }

    @Test
    void upload_without_parts_that_is_gone_is_begun_anew() throws IOException {
        S3Sink<ByteBuffer> sink = sink();
        S3SinkWriter<ByteBuffer> killed = sink.openWriter(ByteBatch.context());
        write(killed, 0, 10);
        byte[] state = killed.snapshot();
        killed.abandon();
        assertThat(sink.abortOrphanedUploads(Duration.ZERO)).isOne();
        front.fault(
                exchange -> {
                    if (exchange.head.startsWith("GET ") && exchange.head.contains("uploadId=")) {
                        exchange.error(404, "NoSuchUpload"); // this server would list no parts
                    }
                    exchange.pass();
                });
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context(state))) {
            write(writer, 10, DATA.length);
            writer.finish();
        }
        assertThat(isStored(DATA.length)).isTrue();
        assertThat(uploads()).isZero();
    }

    @Test
    void run_that_was_replaced_aborts_nothing_of_the_run_that_has_its_job() throws IOException {
        AtomicInteger sent = new AtomicInteger();
        S3Sink<ByteBuffer> sink =
                sink().listener(
                                event -> {
                                    if (event.kind() == UploadEvent.Kind.PART_COMPLETE) {
                                        sent.incrementAndGet();
                                    }
                                });
        S3SinkWriter<ByteBuffer> replaced = sink.openWriter(ByteBatch.context());
        byte[] first = replaced.snapshot();
        write(replaced, 0, PART + 1);
        await().until(() -> sent.get() == 1);
        byte[] state;
        try (S3SinkWriter<ByteBuffer> next = sink.openWriter(ByteBatch.context(first))) {
            write(next, 0, PART + 1);
            state = next.snapshot();
            replaced.close();
        }
        try (S3SinkWriter<ByteBuffer> last = sink.openWriter(ByteBatch.context(state))) {
            write(last, PART + 1, DATA.length);
            last.finish();
        }
        assertThat(isStored(DATA.length)).isTrue();
        assertThat(uploads()).isZero();
    }

    @Test
    void upload_that_could_not_be_aborted_before_the_object_was_put_is_aborted_by_the_next_run()
            throws IOException {
        S3Sink<ByteBuffer> sink = sink();
        S3SinkWriter<ByteBuffer> killed = sink.openWriter(ByteBatch.context());
        write(killed, 0, 10);
        byte[] state = killed.snapshot();
        front.fault(
                exchange -> {
                    if (exchange.head.startsWith("DELETE ")) {
                        exchange.error(403, "AccessDenied");
                    } else {
                        exchange.pass();
                    }
                });
        killed.finish();
        killed.abandon();
        assertThat(uploads()).isOne();
        front.fault(FaultFront.Exchange::pass);
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context(state))) {
            writer.finish();
        }
        assertThat(isStored(10)).isTrue();
        assertThat(uploads()).isZero();
    }

    @Test
    void too_little_memory_ends_the_run_and_gives_no_record_up() throws IOException {
        List<ByteBuffer> unreadable =
                new AbstractList<>() {
                    @Override
                    public ByteBuffer get(int index) {
                        throw new OutOfMemoryError("of this test");
                    }

                    @Override
                    public int size() {
                        return 1;
                    }
                };
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            write(writer, 0, 10);
            WriteResult result =
                    writer.write(new ByteBatch(unreadable)).toCompletableFuture().join();
            WriteFailure failure = result.failure(0).orElseThrow();
            assertThat(failure.action()).isEqualTo(WriteFailure.Action.ABORT);
            assertThat(failure.detail()).contains("OutOfMemoryError: of this test");
            assertThatThrownBy(writer::snapshot).hasMessageContaining("of this test");
            assertThatThrownBy(writer::finish).hasMessageContaining("of this test");
        }
        assertThat(isStored(10)).isFalse();
    }

    private ObjectUpload upload(SharedClient.Lease lease) {
        WriteOptions once = WriteOptions.DEFAULT.withTries(TryOptions.DEFAULT.withMaxAttempts(1));
        return new ObjectUpload(
                new UploadRequests(lease, S3Server.BUCKET, key, once), ObjectHeaders.NONE, once);
    }

    @Test
    void nothing_is_completed_unless_each_part_and_byte_is_there() {
        UploadedPart first = new UploadedPart(1, "a", 5, "");
        UploadedPart third = new UploadedPart(3, "c", 5, "");
        try (var lease = SharedClient.of(S3Server.access(front.port())).lease()) {
            ObjectUpload object = upload(lease);
            assertThatThrownBy(() -> object.complete(List.of(first, third), 10))
                    .hasMessageContaining("must have a part 2, had part 3");
            assertThatThrownBy(() -> object.complete(List.of(first), 6))
                    .hasMessageContaining("must be made of 6 bytes, its parts had 5");
        }
        assertThat(front.requests()).isEmpty();
    }

    @Test
    void part_that_could_not_be_handed_over_breaks_the_object() throws IOException {
        try (var lease = SharedClient.of(S3Server.access(front.port())).lease()) {
            front.fault(exchange -> exchange.error(403, "AccessDenied"));
            ObjectFill fill = new ObjectFill(upload(lease), PartPlan.DEFAULT.withPartBytes(PART));
            fill.begin();
            assertThatThrownBy(() -> fill.append(ByteBuffer.wrap(DATA, 0, PART)))
                    .hasMessageContaining("403 AccessDenied");
            assertThat(fill.failure()).hasMessageContaining("403 AccessDenied");
            front.fault(FaultFront.Exchange::pass);
            assertThatThrownBy(fill::finish).hasMessageContaining("403 AccessDenied");
            fill.cancel();
        }
    }
}
