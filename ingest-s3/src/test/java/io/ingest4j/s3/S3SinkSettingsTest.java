package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.json.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.s3.S3Client;

class S3SinkSettingsTest {

    private static final S3Sink<ByteBuffer> SINK =
            S3Sink.object(S3Access.defaults().region("eu-west-1"), "bucket", "key");

    static Stream<Arguments> wrongOptions() {
        return Stream.of(
                wrong(s -> s.partBytes((5 << 20) - 1), "partBytes must be from 5242880"),
                wrong(s -> s.partBytes((5L << 30) + 1), "to 5368709120, was 5368709121"),
                wrong(s -> s.partsInFlight(0), "partsInFlight must be from 1 to 256, was 0"),
                wrong(s -> s.expectedLength(-1), "expectedLength must be from 0 to"),
                wrong(s -> s.maxAttempts(0), "maxAttempts must be >= 1, was 0"),
                wrong(s -> s.giveUpAfter(Duration.ZERO), "giveUpAfter must be > 0, was PT0S"),
                wrong(s -> s.timeout(Duration.ZERO), "timeout must be > 0, was PT0S"),
                wrong(s -> s.uploadTimeout(Duration.ZERO), "uploadTimeout must be > 0, was PT0S"),
                wrong(s -> s.abortOrphans(Duration.ofDays(-1)), "olderThan must be >= 0"),
                wrong(s -> s.contentType(""), "contentType must be printable ASCII"),
                wrong(s -> s.storageClass("A\r\nB"), "storageClass must be printable ASCII"),
                wrong(s -> s.cacheControl(" a"), "cacheControl must be printable ASCII"),
                wrong(s -> s.metadata(Map.of("a b", "1")), "metadata: a name must be"),
                wrong(s -> s.metadata(Map.of("a", "\u00e4")), "metadata: a value must be"),
                wrong(s -> s.metadata(Map.of("a", "1", "A", "2")), "metadata: names must differ"),
                wrong(s -> s.metadata(Map.of("Ingest4j-Upload", "1")), "ingest4j-upload"),
                wrong(s -> s.metadata(Map.of("a", "x".repeat(1_997))), "at most 1997 bytes"));
    }

    private static Arguments wrong(UnaryOperator<S3Sink<ByteBuffer>> change, String message) {
        return Arguments.of(message, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongOptions")
    void wrong_option_is_refused(String message, UnaryOperator<S3Sink<ByteBuffer>> change) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> change.apply(SINK))
                .withMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"'', none", "AES256, AES256"})
    void key_that_nothing_is_encrypted_with_is_refused(String encryption, String was) {
        S3Sink<ByteBuffer> keyed = SINK.kmsKey("alias/one");
        S3Sink<ByteBuffer> sink =
                encryption.isEmpty() ? keyed : keyed.serverSideEncryption(encryption);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sink.open(ByteBatch.context()))
                .withMessage(
                        "serverSideEncryption must be aws:kms or aws:kms:dsse where a kmsKey is set, was "
                                + was);
    }

    @Test
    void metadata_may_fill_what_s3_allows() {
        assertThat(SINK.metadata(Map.of("a", "x".repeat(1_996)))).isNotNull();
        assertThat(SINK.metadata(Map.of("a", ""))).isNotNull();
    }

    @Test
    void encoder_must_let_messages_follow() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Sink.object(S3Access.defaults(), "b", "k", Json.array()));
        assertThat(S3Sink.object(S3Access.defaults(), "b", "k", Csv.withHeader().encoder()))
                .hasToString("s3://b/k as text/csv; charset=utf-8; header=present");
    }

    @Test
    void sink_survives_serialization_unless_it_has_a_live_client() throws Exception {
        S3Sink<?> copy = (S3Sink<?>) copy(SINK.listener(event -> {}).metadata(Map.of("a", "b")));
        assertThat(copy).hasToString("s3://bucket/key as application/octet-stream");
        assertThat(copy.requests()).isEmpty();
        try (S3Client client = S3Access.defaults().region("eu-west-1").anonymous().client()) {
            assertThatThrownBy(() -> copy(S3Sink.object(client, "bucket", "key")))
                    .isInstanceOf(NotSerializableException.class)
                    .hasMessageContaining("make the source or sink from an S3Access");
        }
    }

    private static Object copy(Object original) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(original);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return in.readObject();
        }
    }
}
