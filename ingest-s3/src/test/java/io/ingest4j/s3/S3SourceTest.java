package io.ingest4j.s3;

import static io.ingest4j.s3.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.SourceChangedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3SourceTest {

    private static final byte[] CONTENT = S3Server.randomBytes(1_000_003, 1);
    private static S3Server server;

    @BeforeAll
    static void start() {
        server = new S3Server();
        server.put("data.bin", CONTENT);
        server.put("empty", new byte[0]);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static S3Source source(String key) {
        return source(server.access(), key);
    }

    private static S3Source source(S3Access access, String key) {
        return S3Source.of(access, S3Server.BUCKET, key)
                .rangeBytes(64 << 10)
                .backoff(Duration.ZERO, Duration.ZERO);
    }

    private static byte[] read(S3Source source, long offset) throws IOException {
        ByteObject object = source.objects().get(0);
        try (InputStream in = source.open(object, offset)) {
            return in.readAllBytes();
        }
    }

    @Test
    void object_is_described() throws IOException {
        ByteObject object = source("data.bin").objects().get(0);
        assertThat(object.name()).isEqualTo("s3://bucket/data.bin");
        assertThat(object.length()).isEqualTo(CONTENT.length);
        assertThat(object.seekable()).isTrue();
        assertThat(object.version()).startsWith("\"").endsWith("\"").hasSizeGreaterThan(10);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5, 64})
    void object_is_read_with_any_prefetch(int prefetch) throws IOException {
        assertThat(read(source("data.bin").prefetch(prefetch), 0)).isEqualTo(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65_535, 65_536, 65_537, 500_000, 1_000_002, 1_000_003})
    void object_is_read_from_an_offset(int offset) throws IOException {
        assertThat(read(source("data.bin"), offset))
                .isEqualTo(Arrays.copyOfRange(CONTENT, offset, CONTENT.length));
    }

    @Test
    void object_smaller_than_a_range_is_read() throws IOException {
        assertThat(read(source("data.bin").rangeBytes(8 << 20), 0)).isEqualTo(CONTENT);
    }

    @Test
    void single_bytes_are_read() throws IOException {
        server.put("small", new byte[] {1, -1, 0, 127});
        S3Source source = source("small").rangeBytes(1);
        try (InputStream in = source.open(source.objects().get(0), 0)) {
            assertThat(in.read()).isEqualTo(1);
            assertThat(in.read()).isEqualTo(255);
            assertThat(in.read()).isZero();
            assertThat(in.read()).isEqualTo(127);
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void empty_object_is_read_without_a_ranged_request() throws IOException {
        assertThat(read(source("empty"), 0)).isEmpty();
    }

    @Test
    void caller_s_client_is_used_and_not_closed() throws IOException {
        S3Source source = S3Source.of(server.client(), S3Server.BUCKET, "data.bin");
        assertThat(read(source, 0)).isEqualTo(CONTENT);
        assertThat(server.client().headBucket(b -> b.bucket(S3Server.BUCKET))).isNotNull();
    }

    @Test
    void offset_outside_the_object_is_refused() throws IOException {
        S3Source source = source("data.bin");
        ByteObject object = source.objects().get(0);
        assertThatThrownBy(() -> source.open(object, CONTENT.length + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("offset must be between 0 and 1000003, was 1000004");
        assertThatThrownBy(() -> source.open(object, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void object_of_another_source_is_refused() throws IOException {
        ByteObject other = source("empty").objects().get(0);
        assertThatThrownBy(() -> source("data.bin").open(other, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "object must belong to s3://bucket/data.bin, was s3://bucket/empty");
    }

    @Test
    void missing_object_is_named() {
        assertThatThrownBy(() -> source("no-such-key").objects())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s3://bucket/no-such-key")
                .hasMessageContaining("no such object")
                .hasMessageContaining(
                        "region us-east-1, endpoint http://127.0.0.1:" + server.port());
    }

    @Test
    void missing_bucket_is_named() {
        S3Source source = S3Source.of(server.access(), "no-such-bucket", "key");
        assertThatThrownBy(source::objects)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s3://no-such-bucket/key")
                .hasMessageContaining("no such bucket");
        assertThatThrownBy(S3Source.prefix(server.access(), "no-such-bucket", "p")::objects)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no such bucket");
    }

    @Test
    void denied_access_says_what_to_check_and_no_secret() {
        S3Access wrong = server.access().credentials("ak", "canary-secret");
        assertThatThrownBy(S3Source.of(wrong, S3Server.BUCKET, "data.bin")::objects)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("403")
                .hasMessageContaining("check")
                .hasStackTraceContaining("s3://bucket/data.bin")
                .satisfies(e -> assertThat(stackTrace(e)).doesNotContain("canary"));
        assertThatThrownBy(S3Source.prefix(wrong, S3Server.BUCKET, "")::objects)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("403")
                .satisfies(e -> assertThat(stackTrace(e)).doesNotContain("canary"));
    }

    private static String stackTrace(Throwable e) {
        java.io.StringWriter text = new java.io.StringWriter();
        e.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }

    @Test
    void unreachable_endpoint_is_named_after_three_attempts() {
        S3Source source =
                S3Source.of(S3Server.access(1), S3Server.BUCKET, "data.bin")
                        .backoff(Duration.ZERO, Duration.ZERO);
        assertThatThrownBy(source::objects)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("can't be reached")
                .hasMessageContaining("http://127.0.0.1:1")
                .hasMessageContaining("attempt 3");
    }

    @Test
    void object_replaced_before_opening_is_refused() throws IOException {
        server.put("swapped", new byte[] {1, 2, 3});
        S3Source source = source("swapped");
        ByteObject object = source.objects().get(0);
        server.put("swapped", new byte[] {4, 5, 6});
        String now = source.objects().get(0).version();
        assertThatThrownBy(() -> source.open(object, 0))
                .isInstanceOf(SourceChangedException.class)
                .hasMessageContaining("s3://bucket/swapped")
                .hasMessageContaining(object.version())
                .hasMessageContaining(now);
        assertThatThrownBy(() -> source.open(object, 3)).isInstanceOf(SourceChangedException.class);
    }

    @Test
    void object_deleted_before_opening_is_refused() throws IOException {
        server.put("deleted", new byte[] {1, 2, 3});
        S3Source source = source("deleted");
        ByteObject object = source.objects().get(0);
        server.client().deleteObject(b -> b.bucket(S3Server.BUCKET).key("deleted"));
        assertThatThrownBy(() -> source.open(object, 0))
                .isInstanceOf(SourceChangedException.class)
                .hasMessageContaining("gone");
        assertThatThrownBy(() -> source.open(object, 3)).isInstanceOf(SourceChangedException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void object_replaced_while_reading_never_delivers_a_byte_of_the_second_version(int prefetch)
            throws IOException {
        byte[] first = new byte[1 << 20];
        byte[] second = new byte[1 << 20];
        Arrays.fill(first, (byte) 1);
        Arrays.fill(second, (byte) 2);
        server.put("replaced", first);
        AtomicInteger fetched = new AtomicInteger();
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (FaultFront front = counting(fetched);
                InputStream in = open(front.port(), "replaced", prefetch)) {
            read.write(in.readNBytes(1000));
            // The embedded server looks at the ETag and then opens the file, not in one step.
            await().until(() -> fetched.get() == prefetch + 1);
            server.put("replaced", second);
            assertThatThrownBy(() -> in.transferTo(read))
                    .isInstanceOf(SourceChangedException.class);
            assertThatThrownBy(in::read).isInstanceOf(SourceChangedException.class);
        }
        assertThat(read.toByteArray()).containsOnly(1);
    }

    /** Passes all on and counts the ranges that the server has sent whole. */
    private static FaultFront counting(AtomicInteger fetched) {
        return new FaultFront(
                server.port(),
                exchange -> {
                    FaultFront.Answer answer = exchange.upstream();
                    if (exchange.isRange()) {
                        fetched.incrementAndGet();
                    }
                    exchange.send(answer);
                });
    }

    private static InputStream open(int port, String key, int prefetch) throws IOException {
        S3Source source = source(S3Server.access(port), key).prefetch(prefetch);
        return source.open(source.objects().get(0), 0);
    }

    @Test
    void prefix_lists_objects_in_key_order_over_several_pages() throws IOException {
        server.putMany("many", 1_050);
        server.put("many/folder/", new byte[0]);
        server.put("many/folder/a b+c&d=ü%20.csv", new byte[] {7});
        S3Source source = S3Source.prefix(server.access(), S3Server.BUCKET, "many/");
        List<ByteObject> objects = source.objects();
        assertThat(objects).hasSize(1_051);
        assertThat(objects)
                .extracting(ByteObject::name)
                .isSorted()
                .doesNotContain("s3://bucket/many/folder/");
        for (ByteObject object : List.of(objects.get(0), objects.get(1_050))) {
            try (InputStream in = source.open(object, 0)) {
                assertThat(in.readAllBytes()).hasSize(1);
            }
        }
        assertThat(objects.get(1_050).version()).hasSizeGreaterThan(10);
    }

    @Test
    void prefix_without_objects_is_empty() throws IOException {
        assertThat(S3Source.prefix(server.access(), S3Server.BUCKET, "nothing/").objects())
                .isEmpty();
    }

    @Test
    void live_client_is_not_serialized() {
        S3Source source = S3Source.of(server.client(), S3Server.BUCKET, "data.bin");
        assertThatThrownBy(() -> serialize(source))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("S3Access");
    }

    @Test
    void keys_are_not_serialized() {
        assertThatThrownBy(() -> serialize(source("data.bin")))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("suppliedBy")
                .hasMessageNotContaining("sk\"");
    }

    @Test
    void source_with_a_supplied_client_reads_after_serialization() throws Exception {
        int port = server.port();
        S3Access access = S3Access.suppliedBy(() -> S3Server.access(port).client());
        S3Source source = S3Source.of(access, S3Server.BUCKET, "data.bin").prefetch(1);
        ByteObject object = source.objects().get(0);
        S3Source copy = (S3Source) deserialize(serialize(source));
        try (InputStream in = copy.open(object, 0)) {
            assertThat(in.readAllBytes()).isEqualTo(CONTENT);
        }
    }

    @Test
    void access_survives_serialization() throws Exception {
        S3Access access =
                S3Access.defaults()
                        .region("eu-west-1")
                        .endpoint(URI.create("https://s3.example.com"))
                        .pathStyle(true)
                        .anonymous();
        assertThat(deserialize(serialize(access))).hasToString(access.toString());
    }

    private static byte[] serialize(Object object) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        return bytes.toByteArray();
    }

    private static Object deserialize(byte[] bytes) throws Exception {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return in.readObject();
        }
    }
}
