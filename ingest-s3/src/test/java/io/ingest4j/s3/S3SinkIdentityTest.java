package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ServiceClientConfiguration;

/** What a checkpoint keeps of a source or sink on S3, and whether an object still is what a run made. */
@Timeout(120)
class S3SinkIdentityTest extends S3SinkSetup {

    private byte[] stateOfFinished(int length) throws IOException {
        try (S3SinkWriter<ByteBuffer> writer = sink().openWriter(ByteBatch.context())) {
            write(writer, 0, length);
            byte[] state = writer.snapshot();
            writer.finish();
            return state;
        }
    }

    @Test
    void an_object_is_intact_until_it_is_deleted() throws IOException {
        for (int length : new int[] {0, 10, PART + 1}) {
            byte[] state = stateOfFinished(length);
            assertThat(sink().isIntact(state)).as("%d bytes", length).isTrue();
        }
        byte[] state = stateOfFinished(10);
        try (S3Client client = S3Server.access(front.port()).client()) {
            client.deleteObject(b -> b.bucket(S3Server.BUCKET).key(key));
        }
        assertThat(sink().isIntact(state)).isFalse();
    }

    @Test
    void an_object_of_the_same_bytes_from_another_upload_is_another() throws IOException {
        byte[] first = stateOfFinished(10);
        byte[] second = stateOfFinished(10);
        assertThat(sink().isIntact(first)).isFalse();
        assertThat(sink().isIntact(second)).isTrue();
        try (S3Client client = S3Server.access(front.port()).client()) {
            client.putObject(
                    b -> b.bucket(S3Server.BUCKET).key(key), RequestBody.fromString("foreign"));
        }
        assertThat(sink().isIntact(second)).isFalse();
    }

    @Test
    void identities_name_bucket_key_and_a_server_that_is_not_aws() {
        S3Access aws = S3Access.defaults().region("eu-west-1");
        S3Access own = aws.endpoint(URI.create("http://127.0.0.1:9000")).credentials("k", "secret");
        assertThat(S3Source.of(aws, "b", "k.csv").identity()).isEqualTo("s3://b/k.csv");
        assertThat(S3Source.prefix(aws, "b", "k").identity()).isEqualTo("s3://b/k*");
        assertThat(S3Source.of(own, "b", "k.csv").identity())
                .isEqualTo("s3://b/k.csv at http://127.0.0.1:9000");
        assertThat(S3Sink.object(own, "b", "k.bin").identity())
                .isEqualTo("s3://b/k.bin at http://127.0.0.1:9000 as application/octet-stream");
        try (S3Client live = own.client()) {
            assertThat(S3Source.of(live, "b", "k.csv").identity())
                    .isEqualTo("s3://b/k.csv at http://127.0.0.1:9000");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP://Store.Example:80/, http://store.example",
        "https://store.example:443, https://store.example",
        "https://store.example:9000/, https://store.example:9000",
        "http://store.example:443/s3/, http://store.example:443/s3"
    })
    void spellings_of_one_endpoint_are_one_identity(URI endpoint, String named) {
        S3Access access =
                S3Access.defaults()
                        .region("eu-west-1")
                        .endpoint(endpoint)
                        .credentials("k", "secret");
        String identity = "s3://b/k.csv at " + named;
        assertThat(S3Source.of(access, "b", "k.csv").identity()).isEqualTo(identity);
        try (S3Client live = access.client()) {
            assertThat(S3Source.of(live, "b", "k.csv").identity()).isEqualTo(identity);
        }
    }

    /** A client that somebody wrote by hand, who may leave the configuration out. */
    private static class OwnClient implements S3Client {
        @Override
        public String serviceName() {
            return "s3";
        }

        @Override
        public void close() {}
    }

    @Test
    void client_without_configuration_counts_as_one_without_endpoint() {
        S3Client unsupported = new OwnClient();
        S3Client without =
                new OwnClient() {
                    @Override
                    @SuppressWarnings("NullAway")
                    public S3ServiceClientConfiguration serviceClientConfiguration() {
                        return null;
                    }
                };
        assertThat(S3Source.of(unsupported, "b", "k.csv").identity()).isEqualTo("s3://b/k.csv");
        assertThat(S3Source.of(without, "b", "k.csv").identity()).isEqualTo("s3://b/k.csv");
    }
}
