package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a writer holds, which a report of its run may keep reachable. */
@Timeout(120)
class S3SinkMemoryTest extends S3SinkSetup {

    private static void assertHoldsNothing(S3SinkWriter<ByteBuffer> writer) {
        assertThat(writer.memory().held()).isZero();
        assertThat(writer.bufferBytes()).isLessThanOrEqualTo(1_024);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100_000, PART, 2 * PART + 7})
    void finished_writer_holds_nothing(int length) throws IOException {
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            write(writer, 0, length);
            writer.finish();
            assertHoldsNothing(writer);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100_000, PART, 3 * PART + 7})
    void closed_writer_holds_nothing(int length) throws IOException {
        S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context());
        write(writer, 0, length);
        writer.close();
        assertHoldsNothing(writer);
    }

    @Test
    void writer_closed_while_parts_are_uploaded_and_wait_holds_nothing() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        front.fault(
                exchange -> {
                    if (isPart(exchange)) {
                        arrived.countDown();
                        exchange.error(503, "SlowDown");
                    } else {
                        exchange.pass();
                    }
                });
        S3SinkWriter<ByteBuffer> writer =
                sink().partsInFlight(3)
                        .backoff(java.time.Duration.ofHours(1), java.time.Duration.ofHours(1))
                        .openWriter(ByteBatch.context());
        write(writer, 0, 2 * PART + 7);
        arrived.await();
        writer.close();
        assertHoldsNothing(writer);
    }

    @Test
    void failed_writer_holds_nothing_once_closed() throws IOException {
        front.fault(
                exchange -> {
                    if (isPart(exchange)) {
                        exchange.error(403, "AccessDenied");
                    } else {
                        exchange.pass();
                    }
                });
        S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context());
        write(writer, 0, 3 * PART + 7);
        assertThatThrownBy(writer::finish).isInstanceOf(IOException.class);
        writer.close();
        assertHoldsNothing(writer);
    }

    @Test
    void buffer_is_kept_from_batch_to_batch() throws IOException {
        int chunk = (1 << 20) + 100;
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            for (int i = 0; i < 3; i++) {
                write(writer, i * chunk, (i + 1) * chunk);
                writer.snapshot();
                assertThat(writer.bufferBytes()).isGreaterThanOrEqualTo(chunk);
            }
        }
    }
}
