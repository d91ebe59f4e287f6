package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.IngestException;
import io.ingest4j.spi.ByteSourceProvider;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

class S3SettingsTest {

    private static final S3Source SOURCE = S3Source.of(S3Access.defaults(), "bucket", "key");

    static Stream<Arguments> wrongOptions() {
        return Stream.of(
                wrong(s -> s.rangeBytes(0), "rangeBytes must be from 1 to 1073741824, was 0"),
                wrong(
                        s -> s.rangeBytes(Integer.MAX_VALUE),
                        "rangeBytes must be from 1 to 1073741824, was 2147483647"),
                wrong(s -> s.prefetch(-1), "prefetch must be from 0 to 256, was -1"),
                wrong(s -> s.prefetch(257), "prefetch must be from 0 to 256, was 257"),
                wrong(s -> s.maxAttempts(0), "maxAttempts must be >= 1, was 0"),
                wrong(s -> s.giveUpAfter(Duration.ZERO), "giveUpAfter must be > 0, was PT0S"),
                wrong(
                        s -> s.timeout(Duration.ofNanos(-1)),
                        "timeout must be > 0, was PT-0.000000001S"),
                wrong(
                        s -> s.backoff(Duration.ofSeconds(-1), Duration.ZERO),
                        "first backoff must be >= 0, was PT-1S"),
                wrong(
                        s -> s.backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)),
                        "longest backoff must be >= the first, PT2S, was PT1S"));
    }

    private static Arguments wrong(UnaryOperator<S3Source> change, String message) {
        return Arguments.of(message, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongOptions")
    void wrong_option_is_refused(String message, UnaryOperator<S3Source> change) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> change.apply(SOURCE))
                .withMessage(message);
    }

    @Test
    void huge_durations_are_accepted() {
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);
        assertThat(SOURCE.giveUpAfter(ages).timeout(ages).backoff(ages, ages)).isNotNull();
    }

    @Test
    void names_must_not_be_empty() {
        S3Access access = S3Access.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Source.of(access, "", "key"))
                .withMessage("bucket must not be empty, was \"\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Source.of(access, "bucket", ""))
                .withMessage("key must not be empty, was \"\"");
        assertThatIllegalArgumentException().isThrownBy(() -> S3Source.prefix(access, "", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"b/c", "b c", "bücket", "b\nc", "s3://b"})
    void bucket_that_can_be_none_is_refused(String bucket) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Source.of(S3Access.defaults(), bucket, "key"))
                .withMessage(
                        "bucket must be at most 255 letters, digits, dots, dashes and underscores"
                                + " (ASCII), or the ARN of an access point, was \"%s\"",
                        bucket);
        for (Runnable other :
                List.<Runnable>of(
                        () -> S3Sink.object(S3Access.defaults(), bucket, "key"),
                        () -> S3Source.prefix(S3Access.defaults(), bucket, ""),
                        () -> S3Uploads.under(S3Access.defaults(), bucket, ""),
                        () -> S3CheckpointStore.in(S3Access.defaults(), bucket, ""))) {
            assertThatIllegalArgumentException().isThrownBy(other::run);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "my-bucket.1",
                "Old_Bucket",
                "tenant:bucket",
                "arn:aws:s3:eu-west-1:123456789012:accesspoint/name"
            })
    void bucket_of_any_server_is_taken(String bucket) {
        assertThat(S3Source.of(S3Access.defaults(), bucket, "key")).isNotNull();
    }

    @Test
    void key_must_fit() {
        S3Access access = S3Access.defaults();
        assertThat(S3Source.of(access, "bucket", "é".repeat(512))).isNotNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Source.of(access, "bucket", "é".repeat(512) + "a"))
                .withMessage(
                        "key must have at most 1024 bytes in UTF-8, was 1025 in \"%s…\"",
                        "é".repeat(60));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Sink.object(access, "bucket", "k".repeat(2_000)))
                .withMessageStartingWith("key must have at most 1024 bytes in UTF-8, was 2000 in");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Source.of(access, "bucket", "a\ud83d"))
                .withMessage("key must be Unicode without half a surrogate pair, was \"a?\"");
        S3CheckpointStore store = S3CheckpointStore.in(access, "bucket", "p".repeat(1_000));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.acquire("job-of-fourteen"))
                .withMessageContaining("must have at most 1024 bytes in UTF-8, was 1026 in");
    }

    @ParameterizedTest
    @CsvSource({
        "http://my_host:9000, 'was http://my_host:9000'",
        "http://user:canary@my_host/, 'was http://my_host'",
        "//host, was without a scheme",
        "http://host:0, 'port from 1 to 65535, was 0 of host host'",
        "http://host:99999, 'port from 1 to 65535, was 99999 of host host'",
    })
    void endpoint_that_can_be_none_is_refused(URI endpoint, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Access.defaults().endpoint(endpoint))
                .withMessageContaining("endpoint must ")
                .withMessageEndingWith(message);
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_is_named() {
        S3Access access = S3Access.defaults();
        for (Map.Entry<String, Runnable> one :
                Map.<String, Runnable>of(
                                "region", () -> access.region(null),
                                "endpoint", () -> access.endpoint(null),
                                "secretAccessKey", () -> access.credentials("a", null),
                                "bucket", () -> S3Source.of(access, null, "k"),
                                "key", () -> S3Sink.object(access, "bucket", null),
                                "timeout", () -> SOURCE.timeout(null),
                                "longest backoff", () -> SOURCE.backoff(Duration.ZERO, null),
                                "prefix", () -> S3CheckpointStore.in(access, "bucket", null))
                        .entrySet()) {
            assertThatNullPointerException()
                    .isThrownBy(one.getValue()::run)
                    .withMessage(one.getKey() + " must not be null");
        }
    }

    @Test
    void version_id_of_a_prefix_can_t_be_pinned() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> S3Source.prefix(S3Access.defaults(), "bucket", "").pinVersionId(true))
                .withMessage("pinVersionId must be false for a prefix, was true");
    }

    @Test
    void pin_survives_its_printable_form() {
        ByteObject object = new Pin("b", "k/x.csv", "\"e-2\"", "v 1", 5).toByteObject();
        assertThat(object.version()).isEqualTo("\"e-2\" versionId=v 1");
        assertThat(Pin.of("b", object)).isEqualTo(new Pin("b", "k/x.csv", "\"e-2\"", "v 1", 5));
        ByteObject plain = new Pin("b", "k", "\"e\"", "", 5).toByteObject();
        assertThat(Pin.of("b", plain).versionId()).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> Pin.of("c", plain));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                Pin.of(
                                        "b",
                                        new ByteObject("s3://b/k", "e", ByteObject.UNKNOWN, true)));
    }

    @ParameterizedTest
    @CsvSource({"bytes 0-9/10,0 9 10", "bytes 5-9/*,5 9 -1", "'bytes 10-19/ 100',10 19 100"})
    void content_range_is_parsed(String header, String expected) throws IOException {
        long[] parts = RangeFetcher.parse(header);
        assertThat(parts[0] + " " + parts[1] + " " + parts[2]).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes */10", "0-9/10", "bytes 0-9", "bytes a-b/c", "bytes 9/0-1", ""})
    void wrong_content_range_is_refused(String header) {
        assertThatThrownBy(() -> RangeFetcher.parse(header)).isInstanceOf(IOException.class);
    }

    @Test
    void access_never_prints_its_keys() {
        S3Access access =
                S3Access.defaults()
                        .region("eu-west-1")
                        .credentials("canary-id", "canary-secret", "canary-token");
        assertThat(access)
                .hasToString(
                        "S3Access[region=eu-west-1, endpoint=default, pathStyle=false, credentials=keys]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://host",
                "host:9000",
                "http:///path",
                "https://user:canary@host",
                "https://host/?canary"
            })
    void wrong_endpoint_is_refused_without_telling_secrets(String endpoint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Access.defaults().endpoint(URI.create(endpoint)))
                .withMessageContaining("endpoint must")
                .withMessageNotContaining("canary");
    }

    @Test
    void blank_settings_are_refused() {
        S3Access access = S3Access.defaults();
        assertThatIllegalArgumentException().isThrownBy(() -> access.region(" "));
        assertThatIllegalArgumentException().isThrownBy(() -> access.credentials("", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> access.credentials("x", ""));
        assertThatIllegalArgumentException().isThrownBy(() -> access.credentials("x", "y", ""));
    }

    @Test
    void settings_beside_a_supplier_are_refused() {
        S3Access access = S3Access.suppliedBy(S3Client::create);
        assertThatThrownBy(() -> access.region("eu-west-1"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("region must be set in the client");
        assertThat(access).hasToString("S3Access[supplied]");
    }

    @Test
    void missing_region_is_explained() {
        // The SDK looks here first, and then nowhere else that a test could not control.
        org.junit.jupiter.api.Assumptions.assumeTrue(
                System.getenv("AWS_REGION") == null,
                "AWS_REGION is set, so the region is not missing");
        System.setProperty("aws.disableEc2Metadata", "true");
        try {
            assertThatThrownBy(SOURCE::objects)
                    .isInstanceOf(IngestException.class)
                    .hasMessageContaining("region must be set with S3Access.region");
        } finally {
            System.clearProperty("aws.disableEc2Metadata");
        }
    }

    private static ByteSourceProvider provider() {
        return ServiceLoader.load(ByteSourceProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(S3SourceProvider.class::isInstance)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "s3://my_bucket.x/a/b.csv,s3://my_bucket.x/a/b.csv",
        "S3://bucket/a%20b%3Fc.csv,s3://bucket/a b?c.csv",
        "s3://bucket/prefix/,s3://bucket/prefix/*",
        "s3://bucket,s3://bucket/*"
    })
    void uri_names_an_object_or_a_prefix(String uri, String source) {
        assertThat(provider().source(URI.create(uri)).orElseThrow()).hasToString(source);
    }

    @Test
    void other_uri_is_left_to_others() {
        assertThat(provider().source(URI.create("https://bucket/key"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3:///key",
                "s3:key",
                "s3://user:canary@bucket/key",
                "s3://bucket/key?canary",
                "s3://b/k#canary"
            })
    void wrong_s3_uri_is_refused_without_telling_secrets(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider().source(URI.create(uri)))
                .withMessageContaining("an s3 URI must")
                .withMessageNotContaining("canary");
    }

    /** As {@link S3Client}'s default methods do, which a client of another kind need not override. */
    private static S3Client clientThatTellsNothing() {
        return (S3Client)
                Proxy.newProxyInstance(
                        S3Client.class.getClassLoader(),
                        new Class<?>[] {S3Client.class},
                        (proxy, method, arguments) -> {
                            switch (method.getName()) {
                                case "listObjectsV2":
                                    return ListObjectsV2Response.builder()
                                            .name("bucket")
                                            .contents(
                                                    S3Object.builder()
                                                            .key("a")
                                                            .size(3L)
                                                            .eTag("\"e\"")
                                                            .build())
                                            .build();
                                case "headObject":
                                    throw S3Exception.builder().statusCode(503).build();
                                default:
                                    throw new UnsupportedOperationException(method.getName());
                            }
                        });
    }

    @Test
    void client_that_does_not_tell_its_settings_is_used() throws IOException {
        assertThat(S3Source.prefix(clientThatTellsNothing(), "bucket", "").objects())
                .containsExactly(new ByteObject("s3://bucket/a", "\"e\"", 3, true));
        S3Source one =
                S3Source.of(clientThatTellsNothing(), "bucket", "a")
                        .backoff(Duration.ZERO, Duration.ZERO);
        assertThatThrownBy(one::objects)
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("looking at s3://bucket/a failed: 503")
                .hasMessageContaining("attempt 16");
    }
}
