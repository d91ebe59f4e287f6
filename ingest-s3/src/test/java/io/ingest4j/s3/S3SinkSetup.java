package io.ingest4j.s3;

import static io.ingest4j.s3.Waiting.await;

import io.ingest4j.s3.FaultFront.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A server with a front before it, and a new key for each test. */
abstract class S3SinkSetup {

    static final int PART = 5 << 20;
    static final byte[] DATA = S3Server.randomBytes(3 * PART + 7, 6);

    private static final AtomicInteger KEYS = new AtomicInteger();
    private static S3Server server;

    final String key = "one-" + KEYS.incrementAndGet() + ".bin";
    FaultFront front;

    @BeforeAll
    static void start() {
        server = new S3Server();
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
        await().until(
                        () ->
                                Thread.getAllStackTraces().keySet().stream()
                                        .noneMatch(t -> t.getName().startsWith("ingest4j-s3-")));
    }

    S3Sink<ByteBuffer> sink() {
        return S3Sink.object(S3Server.access(front.port()), S3Server.BUCKET, key)
                .partBytes(PART)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    static void write(S3SinkWriter<ByteBuffer> writer, int from, int to) throws IOException {
        if (!writer.write(ByteBatch.of(DATA, from, to))
                .toCompletableFuture()
                .join()
                .isDelivered()) {
            throw new IOException("not delivered");
        }
    }

    static void writeWhole(S3Sink<ByteBuffer> sink, int length) throws IOException {
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context())) {
            write(writer, 0, length);
            writer.finish();
        }
    }

    boolean isStored(int length) {
        try {
            byte[] stored =
                    server.client()
                            .getObjectAsBytes(b -> b.bucket(S3Server.BUCKET).key(key))
                            .asByteArray();
            return Arrays.equals(stored, Arrays.copyOf(DATA, length));
        } catch (S3Exception e) {
            return false;
        }
    }

    /** How many uploads of this key are unfinished. */
    long uploads() {
        return server
                .client()
                .listMultipartUploads(b -> b.bucket(S3Server.BUCKET))
                .uploads()
                .stream()
                .filter(upload -> upload.key().equals(key))
                .count();
    }

    static boolean isPart(Exchange exchange) {
        return exchange.isPut() && exchange.head.contains("partNumber=");
    }

    static boolean isCompletion(Exchange exchange) {
        return exchange.head.startsWith("POST ") && exchange.head.contains("uploadId=");
    }

    List<String> requests(String method) {
        return front.requests().stream().filter(head -> head.startsWith(method + ' ')).toList();
    }
}
