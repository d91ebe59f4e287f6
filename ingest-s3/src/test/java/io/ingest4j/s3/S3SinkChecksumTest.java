package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.s3.FaultFront.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class S3SinkChecksumTest extends S3SinkSetup {

    private static String crc(int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(DATA, from, to - from);
        byte[] bytes = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static Answer withHeader(Answer answer, String header) {
        return new Answer(
                answer.head().replaceFirst("\r\n", "\r\n" + header + "\r\n"), answer.body());
    }

    @ParameterizedTest
    @ValueSource(ints = {10, PART + 1})
    void crc32c_is_sent_in_a_header_by_default(int length) throws IOException {
        writeWhole(sink(), length);
        List<String> bodies = requests("PUT");
        assertThat(bodies).isNotEmpty();
        assertThat(bodies)
                .anyMatch(head -> head.contains(": " + crc(0, Math.min(length, PART)) + "\r\n"))
                .map(head -> head.toLowerCase(Locale.ROOT))
                .allMatch(head -> head.contains("\r\nx-amz-checksum-crc32c: "))
                .noneMatch(head -> head.contains("x-amz-trailer") || head.contains("content-md5"));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, PART + 1})
    void body_that_the_server_stored_otherwise_is_sent_again(int length) throws IOException {
        AtomicBoolean changed = new AtomicBoolean();
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    boolean first = exchange.isPut() && changed.compareAndSet(false, true);
                    exchange.send(
                            first ? withHeader(answer, "x-amz-checksum-crc32c: AAAAAA==") : answer);
                });
        writeWhole(sink(), length);
        assertThat(isStored(length)).isTrue();
        assertThat(requests("PUT")).hasSize(length > PART ? 3 : 2);
    }

    @Test
    void object_that_was_stored_otherwise_is_not_taken_for_whole_if_it_must_be_new() {
        front.fault(
                exchange -> {
                    if (exchange.isPut() && exchange.number > 2) {
                        exchange.error(412, "PreconditionFailed");
                    } else if (exchange.isPut()) {
                        exchange.send(
                                withHeader(exchange.upstream(), "x-amz-checksum-crc32c: AAAAAA=="));
                    } else {
                        exchange.pass();
                    }
                });
        assertThatThrownBy(() -> writeWhole(sink().failIfExists(), 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("was stored, but damaged");
    }

    private void answerCompletion(AtomicInteger completions, String checksum) {
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    if (isCompletion(exchange)) {
                        completions.incrementAndGet();
                        String body = new String(answer.body(), StandardCharsets.UTF_8);
                        var told = Pattern.compile("<ChecksumCRC32C>[^<]*").matcher(body);
                        assertThat(told.find()).isTrue();
                        answer = answer.replaceInBody(told.group(), "<ChecksumCRC32C>" + checksum);
                    }
                    exchange.send(answer);
                });
    }

    @Test
    void checksum_of_the_whole_is_made_of_those_of_the_parts() throws IOException {
        CRC32C whole = new CRC32C();
        whole.update(Base64.getDecoder().decode(crc(0, PART)));
        whole.update(Base64.getDecoder().decode(crc(PART, PART + 1)));
        byte[] bytes = ByteBuffer.allocate(4).putInt((int) whole.getValue()).array();
        AtomicInteger completions = new AtomicInteger();
        answerCompletion(completions, Base64.getEncoder().encodeToString(bytes) + "-2");
        writeWhole(sink(), PART + 1);
        answerCompletion(completions, "AAAAAA==");
        writeWhole(sink(), PART + 1);
        assertThat(completions).hasValue(2);
    }

    @Test
    void object_with_another_checksum_is_an_error_however_often_it_is_asked_for()
            throws IOException {
        AtomicInteger completions = new AtomicInteger();
        answerCompletion(completions, "AAAAAA==-2");
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            write(writer, 0, PART + 1);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(writer::finish)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("must have the checksum of its parts")
                        .hasMessageContaining("had AAAAAA==-2");
            }
        }
        assertThat(completions).hasValue(1);
    }

    @Test
    void run_that_goes_on_keeps_to_the_checksum_of_its_parts() throws IOException {
        byte[] state;
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            write(writer, 0, PART + 1);
            state = writer.snapshot();
        }
        for (S3Sink.Checksum other : List.of(S3Sink.Checksum.MD5, S3Sink.Checksum.NONE)) {
            assertThatThrownBy(() -> sink().checksum(other).openWriter(ByteBatch.context(state)))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(
                            "the checksum of the checkpoint, CRC32C, was to be " + other);
        }
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context(state))) {
            writer.finish();
        }
        assertThat(isStored(PART + 1)).isTrue();
    }

    @Test
    void checkpoint_without_parts_goes_on_with_any_checksum() throws IOException {
        byte[] state;
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            write(writer, 0, 10);
            state = writer.snapshot();
        }
        S3Sink<ByteBuffer> other = sink().checksum(S3Sink.Checksum.MD5);
        try (S3SinkWriter<ByteBuffer> writer = other.openWriter(ByteBatch.context(state))) {
            writer.finish();
        }
        assertThat(isStored(10)).isTrue();
    }
}
