package io.ingest4j.s3;

import static io.ingest4j.s3.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.s3.FaultFront.Answer;
import io.ingest4j.s3.FaultFront.Exchange;
import io.ingest4j.s3.UploadEvent.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** Writes objects to a server in this JVM, through a front that can spoil requests and answers. */
@Timeout(120)
class S3SinkTest {

    private static final int PART = 5 << 20;
    private static final byte[] DATA = S3Server.randomBytes(3 * PART + 7, 5);
    private static final AtomicInteger KEYS = new AtomicInteger();
    private static S3Server server;

    private final String key = "out-" + KEYS.incrementAndGet() + ".bin";
    private FaultFront front;

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
        await().until(() -> liveThreads() == 0);
    }

    private static long liveThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("ingest4j-s3-"))
                .count();
    }

    private S3Sink<ByteBuffer> sink() {
        return S3Sink.object(S3Server.access(front.port()), S3Server.BUCKET, key)
                .partBytes(PART)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    private static WriteResult write(S3SinkWriter<ByteBuffer> writer, int from, int to) {
        return writer.write(ByteBatch.of(DATA, from, to)).toCompletableFuture().join();
    }

    private static void writeAll(S3SinkWriter<ByteBuffer> writer, int from, int to) {
        for (int at = from; at < to; at += 1_000_003) {
            assertThat(write(writer, at, Math.min(to, at + 1_000_003)).isDelivered()).isTrue();
        }
    }

    private void writeWhole(S3Sink<ByteBuffer> sink, int length) throws IOException {
        try (S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context())) {
            writeAll(writer, 0, length);
            writer.finish();
        }
    }

    private byte[] stored() {
        return server.client()
                .getObjectAsBytes(b -> b.bucket(S3Server.BUCKET).key(key))
                .asByteArray();
    }

    private HeadObjectResponse head() {
        return server.client().headObject(b -> b.bucket(S3Server.BUCKET).key(key));
    }

    private void assertStored(int length) {
        assertThat(S3Server.sha256(stored()))
                .isEqualTo(S3Server.sha256(Arrays.copyOf(DATA, length)));
        assertThat(openUploads()).isEmpty();
    }

    private void assertNotStored() {
        assertThatThrownBy(this::head).isInstanceOf(NoSuchKeyException.class);
    }

    private List<String> openUploads() {
        return server
                .client()
                .listMultipartUploads(b -> b.bucket(S3Server.BUCKET))
                .uploads()
                .stream()
                .filter(upload -> upload.key().equals(key))
                .map(upload -> upload.uploadId())
                .toList();
    }

    private static boolean isPart(Exchange exchange) {
        return exchange.isPut() && exchange.head.contains("partNumber=");
    }

    private static boolean isCompletion(Exchange exchange) {
        return exchange.head.startsWith("POST ") && exchange.head.contains("uploadId=");
    }

    @ParameterizedTest
    @CsvSource({
        "0,4",
        "1,4",
        "5242879,4",
        "5242880,4",
        "5242881,1",
        "15728647,1",
        "15728647,2",
        "15728647,8"
    })
    void object_holds_what_was_written(int length, int partsInFlight) throws IOException {
        S3Sink<ByteBuffer> sink = sink().partsInFlight(partsInFlight);
        S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context());
        writeAll(writer, 0, length);
        assertNotStored();
        writer.finish();
        assertStored(length);
        writer.finish();
        writer.close();
        writer.close();
        int parts = length < PART ? 0 : (length + PART - 1) / PART;
        assertThat(sink.requests().getOrDefault("upload_part", 0L)).isEqualTo(parts);
        assertThat(sink.requests().getOrDefault("put_object", 0L)).isEqualTo(parts == 0 ? 1 : 0);
        assertThat(sink.requests()).containsEntry("head_object", 1L);
    }

    @Test
    void buffers_keep_their_positions_and_the_rest_of_each_is_written() throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(20_000).put(DATA, 0, 20_000).flip();
        ByteBuffer slice =
                ByteBuffer.wrap(DATA, 20_000, 1_000).slice().position(1).asReadOnlyBuffer();
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            writer.write(new ByteBatch(List.of(direct, slice))).toCompletableFuture().join();
            writer.finish();
        }
        assertThat(direct.position()).isZero();
        assertThat(slice.position()).isEqualTo(1);
        assertThat(stored()).hasSize(20_999).startsWith(Arrays.copyOf(DATA, 20_000));
    }

    @Test
    void part_that_is_refused_once_is_sent_again() throws IOException {
        Set<String> seen = Collections.synchronizedSet(new HashSet<>());
        front.fault(
                exchange -> {
                    String line = exchange.head.substring(0, exchange.head.indexOf("\r\n"));
                    if (exchange.isPut() && seen.add(line)) {
                        exchange.error(503, "SlowDown");
                    } else {
                        exchange.pass();
                    }
                });
        S3Sink<ByteBuffer> sink = sink();
        writeWhole(sink, DATA.length);
        assertStored(DATA.length);
        assertThat(sink.requests()).containsEntry("upload_part", 8L);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000, 1_000_000})
    void connection_cut_within_the_body_of_a_part_is_outlasted(int bytes) throws IOException {
        AtomicInteger cuts = new AtomicInteger();
        front.cutBodies(bytes, () -> cuts.incrementAndGet() <= 6);
        writeWhole(sink(), DATA.length);
        assertStored(DATA.length);
        assertThat(cuts).hasValueGreaterThan(6);
    }

    @Test
    void part_that_arrives_changed_is_refused_and_sent_again() throws IOException {
        AtomicBoolean changed = new AtomicBoolean();
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    boolean first = isPart(exchange) && changed.compareAndSet(false, true);
                    exchange.send(
                            first
                                    ? answer.withHeader("ETag", "\"" + "0".repeat(32) + '"')
                                    : answer);
                });
        S3Sink<ByteBuffer> sink = sink().checksum(S3Sink.Checksum.MD5);
        writeWhole(sink, DATA.length);
        assertStored(DATA.length);
        assertThat(sink.requests()).containsEntry("upload_part", 5L);
    }

    @Test
    void part_whose_answer_is_cut_off_within_the_etag_is_sent_again() throws IOException {
        AtomicBoolean cut = new AtomicBoolean();
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    if (isPart(exchange) && cut.compareAndSet(false, true)) {
                        int etag = answer.head().toLowerCase(Locale.ROOT).indexOf("\r\netag: ");
                        exchange.sendPart(answer, etag + "\r\netag: ".length() + 9);
                        exchange.fin();
                    }
                    exchange.send(answer);
                });
        S3Sink<ByteBuffer> sink = sink();
        writeWhole(sink, DATA.length);
        assertStored(DATA.length);
        assertThat(sink.requests()).containsEntry("upload_part", 5L);
    }

    @Test
    void server_checks_the_md5() {
        front.fault(
                exchange ->
                        exchange.passAs(
                                exchange.head.replaceAll(
                                        "(?i)content-md5: [^\r]*",
                                        "Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==")));
        assertThatThrownBy(() -> writeWhole(sink().checksum(S3Sink.Checksum.MD5), 10))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource(S3Sink.Checksum.class)
    void checksum_is_sent_as_set(S3Sink.Checksum checksum) throws IOException {
        writeWhole(sink().checksum(checksum), PART + 1);
        assertStored(PART + 1);
        List<String> parts =
                front.requests().stream()
                        .filter(head -> head.contains("partNumber="))
                        .map(head -> head.toLowerCase(Locale.ROOT))
                        .toList();
        assertThat(parts).hasSize(2);
        assertThat(parts)
                .allMatch(h -> h.contains("content-md5:") == (checksum == S3Sink.Checksum.MD5));
        assertThat(parts)
                .allMatch(
                        h ->
                                h.contains("x-amz-checksum-crc32c:")
                                        == (checksum == S3Sink.Checksum.CRC32C));
    }

    @Test
    void part_that_fails_for_good_fails_what_follows_and_leaves_nothing() throws IOException {
        front.fault(
                exchange -> {
                    if (isPart(exchange)) {
                        exchange.error(403, "AccessDenied");
                    } else {
                        exchange.pass();
                    }
                });
        S3SinkWriter<ByteBuffer> writer = sink().partsInFlight(1).openWriter(ByteBatch.context());
        write(writer, 0, PART + 1);
        WriteResult result = write(writer, 0, 1);
        assertThat(result.failure(0).orElseThrow().action()).isEqualTo(Action.ABORT);
        assertThat(result.failure(0).orElseThrow().detail())
                .contains("uploading part 1 of s3://bucket/" + key)
                .contains("s3:PutObject");
        assertThatThrownBy(writer::snapshot).hasMessageContaining("403 AccessDenied");
        assertThatThrownBy(writer::finish).hasMessageContaining("403 AccessDenied");
        assertThat(openUploads()).hasSize(1);
        writer.close();
        assertThat(openUploads()).isEmpty();
        assertNotStored();
    }

    @Test
    void completion_whose_answer_is_lost_is_recognized() throws IOException {
        AtomicInteger completions = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (isCompletion(exchange) && completions.incrementAndGet() == 1) {
                        exchange.upstream();
                        exchange.rst();
                    }
                    exchange.pass();
                });
        S3Sink<ByteBuffer> sink = sink();
        writeWhole(sink, PART + 1);
        assertStored(PART + 1);
        assertThat(sink.requests()).containsEntry("complete_multipart", 1L);
    }

    @Test
    void completion_that_was_not_done_is_asked_for_again() throws IOException {
        AtomicInteger completions = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (isCompletion(exchange) && completions.incrementAndGet() < 3) {
                        exchange.rst();
                    }
                    exchange.pass();
                });
        S3Sink<ByteBuffer> sink = sink();
        writeWhole(sink, PART + 1);
        assertStored(PART + 1);
        assertThat(sink.requests()).containsEntry("complete_multipart", 3L);
    }

    @Test
    void error_inside_a_good_answer_is_an_error() throws IOException {
        AtomicInteger completions = new AtomicInteger();
        byte[] error =
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
                        .getBytes(StandardCharsets.UTF_8);
        Answer bad =
                new Answer(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: "
                                + error.length
                                + "\r\n\r\n",
                        error);
        front.fault(
                exchange -> {
                    if (isCompletion(exchange) && completions.incrementAndGet() == 1) {
                        exchange.send(bad);
                    } else {
                        exchange.pass();
                    }
                });
        S3Sink<ByteBuffer> sink = sink();
        writeWhole(sink, PART + 1);
        assertStored(PART + 1);
        assertThat(sink.requests()).containsEntry("complete_multipart", 2L);
        front.fault(
                exchange -> {
                    if (isCompletion(exchange)) {
                        exchange.send(bad);
                    } else {
                        exchange.pass();
                    }
                });
        assertThatThrownBy(() -> writeWhole(sink.maxAttempts(2), PART + 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("completing s3://bucket/" + key);
    }

    @Test
    void object_that_is_not_what_was_sent_is_an_error() {
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    exchange.send(
                            exchange.head.startsWith("HEAD ")
                                    ? answer.withHeader("Content-Length", "9")
                                    : answer);
                });
        assertThatThrownBy(() -> writeWhole(sink(), 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("must have 10 bytes, had 9");
        front.fault(
                exchange ->
                        exchange.send(exchange.upstream().without("x-amz-meta-ingest4j-upload")));
        assertThatThrownBy(() -> writeWhole(sink(), 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("was of another writer");
    }

    @Test
    void finish_can_be_asked_for_again() throws IOException {
        try (S3SinkWriter<ByteBuffer> writer =
                sink().maxAttempts(1).openWriter(ByteBatch.context())) {
            writeAll(writer, 0, PART + 1);
            front.fault(
                    exchange -> {
                        if (isCompletion(exchange)) {
                            exchange.error(500, "InternalError");
                        } else {
                            exchange.pass();
                        }
                    });
            assertThatThrownBy(writer::finish).hasMessageContaining("500 InternalError");
            front.fault(Exchange::pass);
            writer.finish();
        }
        assertStored(PART + 1);
    }

    @Test
    void closing_without_finishing_aborts_unless_a_snapshot_tells_of_the_upload()
            throws IOException {
        S3SinkWriter<ByteBuffer> first = sink().openWriter(ByteBatch.context());
        byte[] early = first.snapshot();
        writeAll(first, 0, PART + 1);
        await().until(() -> openUploads().size() == 1);
        first.close();
        assertThat(openUploads()).isEmpty();
        assertThat(UploadState.decode(early).uploadId()).isNotEmpty();
        S3SinkWriter<ByteBuffer> second = sink().openWriter(ByteBatch.context());
        writeAll(second, 0, PART + 1);
        second.snapshot();
        second.close();
        assertThat(openUploads()).hasSize(1);
        assertThat(sink().abortOrphanedUploads(Duration.ofDays(1))).isZero();
        assertThat(sink().abortOrphanedUploads(Duration.ZERO)).isEqualTo(1);
        assertThat(openUploads()).isEmpty();
        assertNotStored();
    }

    @Test
    void snapshot_keeps_a_small_rest_and_uploads_a_large_one() throws IOException {
        try (S3SinkWriter<ByteBuffer> writer =
                sink().partBytes(3 * PART).openWriter(ByteBatch.context())) {
            writeAll(writer, 0, PART - 1);
            UploadState small = UploadState.decode(writer.snapshot());
            assertThat(small.tail().remaining()).isEqualTo(PART - 1);
            assertThat(small.uploadId()).isNotEmpty();
            write(writer, PART - 1, PART);
            UploadState large = UploadState.decode(writer.snapshot());
            assertThat(large.tail().remaining()).isZero();
            assertThat(large.parts()).hasSize(1);
            assertThat(large.parts().get(0).size()).isEqualTo(PART);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PART - 1, PART, PART + 1, 2 * PART + 9, 3 * PART + 7})
    void upload_goes_on_after_a_crash(int kept) throws IOException {
        S3SinkWriter<ByteBuffer> first = sink().openWriter(ByteBatch.context());
        writeAll(first, 0, kept);
        byte[] state = first.snapshot();
        writeAll(first, kept, DATA.length);
        first.abandon();
        try (S3SinkWriter<ByteBuffer> second =
                sink().abortOrphans(Duration.ZERO).openWriter(ByteBatch.context(state))) {
            writeAll(second, kept, DATA.length);
            second.finish();
        }
        assertStored(DATA.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, PART + 1})
    void object_that_was_finished_before_the_crash_is_recognized(int length) throws IOException {
        S3SinkWriter<ByteBuffer> first = sink().openWriter(ByteBatch.context());
        writeAll(first, 0, length);
        byte[] state = first.snapshot();
        first.finish();
        first.abandon();
        S3Sink<ByteBuffer> again = sink().failIfExists();
        try (S3SinkWriter<ByteBuffer> second = again.openWriter(ByteBatch.context(state))) {
            second.finish();
        }
        assertThat(again.requests().keySet())
                .isSubsetOf("head_object", "list_parts", "abort_multipart");
        try (S3SinkWriter<ByteBuffer> third = again.openWriter(ByteBatch.context(state))) {
            assertThat(write(third, 0, 3).isDelivered()).isTrue();
            byte[] later = third.snapshot();
            assertThatThrownBy(third::finish)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("with " + length + " bytes")
                    .hasMessageContaining("of " + (length + 3));
            try (S3SinkWriter<ByteBuffer> fourth = again.openWriter(ByteBatch.context(later))) {
                assertThatThrownBy(fourth::finish).isInstanceOf(CheckpointException.class);
            }
        }
        assertStored(length);
    }

    private byte[] stateOf(int length) throws IOException {
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            writeAll(writer, 0, length);
            return writer.snapshot();
        }
    }

    private void assertRefused(byte[] state, String... texts) {
        assertThatThrownBy(() -> sink().openWriter(ByteBatch.context(state)).close())
                .isInstanceOf(CheckpointException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(texts));
    }

    @Test
    void upload_that_was_aborted_is_not_continued() throws IOException {
        byte[] state = stateOf(PART + 1);
        String upload = UploadState.decode(state).uploadId();
        sink().abortOrphanedUploads(Duration.ZERO);
        assertRefused(state, "upload " + upload, "s3://bucket/" + key, "part 1", "start over");
        front.fault(
                exchange -> {
                    if (exchange.head.startsWith("GET ")) {
                        exchange.error(404, "NoSuchUpload");
                    } else {
                        exchange.pass();
                    }
                });
        assertRefused(state, "upload " + upload, "no such upload any more; delete");
        server.put(key, new byte[1]);
        assertRefused(state, "no such upload any more, and the object is another's");
    }

    @Test
    void part_that_is_missing_or_another_is_named() throws IOException {
        byte[] state = stateOf(2 * PART);
        UploadState told = UploadState.decode(state);
        front.fault(
                exchange -> {
                    Answer answer = exchange.upstream();
                    exchange.send(
                            exchange.head.startsWith("GET ")
                                    ? answer.replaceInBody("<PartNumber>2<", "<PartNumber>7<")
                                    : answer);
                });
        assertRefused(state, told.uploadId(), "part 2 is missing");
        server.client()
                .uploadPart(
                        b ->
                                b.bucket(S3Server.BUCKET)
                                        .key(key)
                                        .uploadId(told.uploadId())
                                        .partNumber(2),
                        software.amazon.awssdk.core.sync.RequestBody.fromBytes(new byte[PART]));
        front.fault(Exchange::pass);
        assertRefused(state, "part 2 must have the ETag");
    }

    @Test
    void other_key_or_content_type_or_nonsense_is_refused() throws IOException {
        byte[] state = stateOf(10);
        S3Sink<ByteBuffer> other = S3Sink.object(server.access(), S3Server.BUCKET, "other");
        assertThatThrownBy(() -> other.open(ByteBatch.context(state)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        "s3://bucket/other must go on with the object of the checkpoint");
        assertThatThrownBy(
                        () ->
                                S3Sink.object(
                                                server.access(),
                                                S3Server.BUCKET,
                                                key,
                                                new OtherType())
                                        .open(ByteBatch.context(state)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("application/octet-stream, was to be text/other");
        state[state.length - 20] ^= 1;
        assertRefused(state, "must be ingest4j-s3-2", "another checksum");
    }

    private static final class OtherType implements io.ingest4j.api.RecordEncoder<ByteBuffer> {
        private static final long serialVersionUID = 1;

        @Override
        public String contentType() {
            return "text/other";
        }

        @Override
        public void encode(
                io.ingest4j.api.RecordBatch<? extends ByteBuffer> batch,
                java.io.OutputStream out) {}
    }

    @Test
    void existing_object_is_not_replaced_if_that_is_asked_for() throws IOException {
        server.put(key, new byte[] {1});
        assertThatThrownBy(() -> sink().failIfExists().open(ByteBatch.context()))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("failIfExists");
        server.client().deleteObject(b -> b.bucket(S3Server.BUCKET).key(key));
        S3SinkWriter<ByteBuffer> writer = sink().failIfExists().openWriter(ByteBatch.context());
        write(writer, 0, 10);
        server.put(key, new byte[] {1});
        assertThatThrownBy(writer::finish).isInstanceOf(FileAlreadyExistsException.class);
        writer.close();
        assertThat(stored()).containsExactly(1);
    }

    @Test
    void put_whose_answer_is_lost_is_recognized_though_the_object_exists_now() throws IOException {
        AtomicBoolean lost = new AtomicBoolean();
        front.fault(
                exchange -> {
                    if (exchange.isPut() && lost.compareAndSet(false, true)) {
                        exchange.upstream();
                        exchange.rst();
                    }
                    exchange.pass();
                });
        S3Sink<ByteBuffer> sink = sink().failIfExists();
        writeWhole(sink, 10);
        assertStored(10);
        assertThat(sink.requests()).containsEntry("put_object", 2L);
    }

    @Test
    void condition_is_sent_with_the_completion() throws IOException {
        writeWhole(sink().failIfExists(), PART + 1);
        assertThat(front.requests())
                .filteredOn(head -> head.startsWith("POST ") && head.contains("uploadId="))
                .allMatch(head -> head.toLowerCase(Locale.ROOT).contains("\r\nif-none-match: *"));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, PART + 1})
    void object_is_stored_with_what_was_set_and_nothing_else(int length) throws IOException {
        writeWhole(
                sink().contentType("text/csv")
                        .cacheControl("no-cache")
                        .contentDisposition("attachment")
                        .contentEncoding("identity")
                        .storageClass("STANDARD_IA")
                        .metadata(Map.of("Run", "7")),
                length);
        assertThat(head().contentType()).isEqualTo("text/csv");
        assertThat(head().cacheControl()).isEqualTo("no-cache");
        assertThat(head().contentDisposition()).isEqualTo("attachment");
        assertThat(head().metadata()).containsEntry("run", "7").containsKey("ingest4j-upload");
        String asked = front.requests().get(0).toLowerCase(Locale.ROOT);
        assertThat(asked).contains("x-amz-storage-class: standard_ia");
        front.requests().clear();
        writeWhole(sink(), length);
        assertThat(front.requests().get(0).toLowerCase(Locale.ROOT))
                .contains("content-type: application/octet-stream")
                .doesNotContain("storage-class", "encryption", "cache-control", "disposition")
                .doesNotContain(
                        "if-none-match", "x-amz-sdk-checksum", "x-amz-trailer", "content-md5");
    }

    @ParameterizedTest
    @ValueSource(ints = {10, PART})
    void encryption_is_asked_for(int length) {
        front.fault(exchange -> exchange.error(501, "NotImplemented"));
        S3Sink<ByteBuffer> sink = sink().serverSideEncryption("aws:kms").kmsKey("key-1");
        assertThatThrownBy(() -> writeWhole(sink, length)).isInstanceOf(IOException.class);
        assertThat(front.requests().get(0).toLowerCase(Locale.ROOT))
                .contains("x-amz-server-side-encryption: aws:kms")
                .contains("x-amz-server-side-encryption-aws-kms-key-id: key-1");
    }

    @Test
    void memory_never_exceeds_the_budget_and_writes_wait_for_it() throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        AtomicInteger arrived = new AtomicInteger();
        front.fault(
                exchange -> {
                    if (isPart(exchange)) {
                        arrived.incrementAndGet();
                        awaitLatch(blocked);
                    }
                    exchange.pass();
                });
        S3Sink<ByteBuffer> sink = sink().partsInFlight(2);
        S3SinkWriter<ByteBuffer> writer = sink.openWriter(ByteBatch.context());
        CompletableFuture<WriteResult> waiting = null;
        for (int i = 0; i < 3; i++) {
            waiting =
                    writer.write(ByteBatch.of(DATA, i * PART, (i + 1) * PART))
                            .toCompletableFuture();
        }
        CompletableFuture<WriteResult> last =
                writer.write(ByteBatch.of(DATA, 3 * PART, DATA.length)).toCompletableFuture();
        waiting.join();
        await().until(() -> arrived.get() == 2);
        assertThat(last).isNotDone();
        assertThat(writer.memory().mostHeld()).isEqualTo(2L * PART);
        blocked.countDown();
        last.join();
        writer.finish();
        writer.close();
        assertThat(writer.memory().mostHeld()).isLessThanOrEqualTo(2L * PART);
        assertStored(DATA.length);
    }

    private static void awaitLatch(CountDownLatch latch) throws EOFException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new EOFException();
        }
    }

    @Test
    void small_object_takes_little_memory() throws IOException {
        S3SinkWriter<ByteBuffer> writer =
                sink().partBytes(50 << 20).openWriter(ByteBatch.context());
        write(writer, 0, 1_000);
        writer.finish();
        assertThat(writer.memory().mostHeld()).isEqualTo(Segments.SIZE);
        writer.close();
    }

    @Test
    void write_that_was_cancelled_is_not_accepted_and_a_repeated_one_counts_once()
            throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        front.fault(
                exchange -> {
                    if (isPart(exchange)) {
                        awaitLatch(blocked);
                    }
                    exchange.pass();
                });
        S3SinkWriter<ByteBuffer> writer = sink().partsInFlight(1).openWriter(ByteBatch.context());
        write(writer, 0, PART + 10);
        CompletableFuture<WriteResult> cancelled =
                writer.write(ByteBatch.of(DATA, 0, 1_000)).toCompletableFuture();
        cancelled.cancel(true);
        blocked.countDown();
        ByteBatch batch = ByteBatch.of(DATA, PART + 10, PART + 20);
        for (int i = 0; i < 3; i++) {
            assertThat(writer.write(batch).toCompletableFuture().join().isDelivered()).isTrue();
        }
        writer.finish();
        writer.close();
        assertStored(PART + 20);
    }

    @Test
    void closing_ends_pauses_and_waiting_for_memory() throws IOException {
        front.fault(
                exchange -> {
                    if (isPart(exchange)) {
                        exchange.error(503, "SlowDown");
                    } else {
                        exchange.pass();
                    }
                });
        S3SinkWriter<ByteBuffer> writer =
                sink().partsInFlight(1)
                        .backoff(Duration.ofHours(1), Duration.ofHours(1))
                        .openWriter(ByteBatch.context());
        write(writer, 0, 2 * PART);
        CompletableFuture<WriteResult> waiting =
                writer.write(ByteBatch.of(DATA, 0, 1)).toCompletableFuture();
        await().until(() -> front.requests().stream().anyMatch(h -> h.contains("partNumber=1")));
        writer.close();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(openUploads()).isEmpty();
        assertThatThrownBy(() -> write(writer, 0, 1)).hasMessageContaining("must be open");
    }

    @Test
    void listener_is_told_of_each_step_and_may_throw() throws IOException {
        List<UploadEvent> events = Collections.synchronizedList(new ArrayList<>());
        S3Sink<ByteBuffer> sink =
                sink().listener(
                                event -> {
                                    events.add(event);
                                    throw new IllegalStateException("no");
                                });
        writeWhole(sink.partsInFlight(1), PART + 1);
        writeWhole(sink, 3);
        S3SinkWriter<ByteBuffer> aborted = sink.openWriter(ByteBatch.context());
        writeAll(aborted, 0, PART);
        aborted.snapshot();
        aborted.abandon();
        sink.abortOrphanedUploads(Duration.ZERO);
        assertThat(events)
                .extracting(UploadEvent::kind)
                .containsSubsequence(
                        Kind.CREATE_START,
                        Kind.CREATE_COMPLETE,
                        Kind.PART_START,
                        Kind.PART_COMPLETE,
                        Kind.PART_START,
                        Kind.PART_COMPLETE,
                        Kind.COMPLETE_START,
                        Kind.COMPLETE_DONE,
                        Kind.PUT_START,
                        Kind.PUT_COMPLETE,
                        Kind.ABORT_START,
                        Kind.ABORT_DONE);
        UploadEvent part =
                events.stream()
                        .filter(e -> e.kind() == Kind.PART_COMPLETE)
                        .findFirst()
                        .orElseThrow();
        assertThat(part.part()).isEqualTo(1);
        assertThat(part.bytes()).isEqualTo(PART);
        assertThat(part.uploadId()).isNotEmpty();
        assertThat(part.elapsed()).isPositive();
    }
}
