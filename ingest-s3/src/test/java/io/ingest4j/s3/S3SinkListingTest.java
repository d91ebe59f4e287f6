package io.ingest4j.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.CheckpointException;
import io.ingest4j.s3.FaultFront.Answer;
import io.ingest4j.s3.FaultFront.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.s3.S3Client;

/** Listings in several pages, from a server that only lists. */
@Timeout(60)
class S3SinkListingTest {

    private static final int PARTS = 2_500;
    private static final int PAGE = 1_000;
    private static final String KEY = "k.bin";

    private final FaultFront front = new FaultFront(this::answer);
    private int lastPart = PARTS;
    private boolean stuck;

    @AfterEach
    void close() {
        front.close();
    }

    private S3Sink<ByteBuffer> sink() {
        return S3Sink.object(S3Server.access(front.port()), S3Server.BUCKET, KEY).maxAttempts(1);
    }

    private void answer(Exchange exchange) throws IOException {
        String line = exchange.head.substring(0, exchange.head.indexOf("\r\n"));
        if (line.startsWith("DELETE ")) {
            exchange.send(new Answer("HTTP/1.1 204 No Content\r\n\r\n", new byte[0]));
        } else if (line.startsWith("HEAD ")) {
            exchange.send(
                    new Answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", new byte[0]));
        } else if (line.contains("uploads")) {
            exchange.send(xml(uploads(line.contains("upload-id-marker=u3"))));
        } else {
            exchange.send(xml(parts(stuck ? 0 : number(line, "part-number-marker="))));
        }
    }

    private static int number(String line, String name) {
        int at = line.indexOf(name);
        return at < 0 ? 0 : Integer.parseInt(line.substring(at + name.length()).split("[& ]")[0]);
    }

    private String parts(int after) {
        int to = Math.min(lastPart, after + PAGE);
        return "<ListPartsResult><IsTruncated>"
                + (to < lastPart)
                + "</IsTruncated><NextPartNumberMarker>"
                + to
                + "</NextPartNumberMarker>"
                + IntStream.rangeClosed(after + 1, to)
                        .mapToObj(
                                i ->
                                        "<Part><PartNumber>"
                                                + i
                                                + "</PartNumber><ETag>e"
                                                + i
                                                + "</ETag><Size>5</Size></Part>")
                        .collect(Collectors.joining())
                + "</ListPartsResult>";
    }

    private static String uploads(boolean second) {
        return "<ListMultipartUploadsResult><IsTruncated>"
                + !second
                + "</IsTruncated><NextKeyMarker>k.bin</NextKeyMarker><NextUploadIdMarker>u3</NextUploadIdMarker>"
                + (second
                        ? upload(KEY, "u4", "2020-01-01") + upload(KEY, "u5", "2999-01-01")
                        : upload(KEY, "u1", "2020-01-01")
                                + upload(KEY + ".other", "u2", "2020-01-01")
                                + upload(KEY, "u3", "2999-01-01"))
                + "</ListMultipartUploadsResult>";
    }

    private static String upload(String key, String id, String day) {
        return "<Upload><Key>"
                + key
                + "</Key><UploadId>"
                + id
                + "</UploadId><Initiated>"
                + day
                + "T00:00:00.000Z</Initiated></Upload>";
    }

    private static Answer xml(String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new Answer(
                "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: "
                        + bytes.length
                        + "\r\n\r\n",
                bytes);
    }

    private static byte[] state() {
        List<UploadedPart> parts =
                IntStream.rangeClosed(1, PARTS)
                        .mapToObj(i -> new UploadedPart(i, "\"e" + i + '"', 5, ""))
                        .toList();
        return new UploadState(
                        "s3://bucket/" + KEY,
                        "application/octet-stream",
                        "",
                        "token",
                        "CRC32C",
                        "u1",
                        false,
                        5L * PARTS,
                        parts,
                        ByteBuffer.allocate(0))
                .encode();
    }

    @Test
    void all_pages_of_parts_are_read() throws IOException {
        S3Sink<ByteBuffer> sink = sink();
        sink.open(ByteBatch.context(state())).close();
        assertThat(sink.requests()).containsEntry("list_parts", 3L).hasSize(1);
    }

    @Test
    void part_missing_on_the_last_page_is_found() {
        lastPart = PARTS - 1;
        assertThatThrownBy(() -> sink().open(ByteBatch.context(state())))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("part 2500 is missing");
    }

    @Test
    void listing_that_does_not_go_on_is_an_error() {
        stuck = true;
        assertThatThrownBy(() -> sink().open(ByteBatch.context(state())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not where to go on");
    }

    @Test
    void old_uploads_of_this_key_are_aborted_on_all_pages() throws IOException {
        S3Sink<ByteBuffer> sink = sink();
        assertThat(sink.abortOrphanedUploads(Duration.ofDays(1))).isEqualTo(2);
        assertThat(aborted()).containsExactly("u1", "u4");
        assertThat(sink.requests()).containsEntry("list_multipart_uploads", 2L);
    }

    @Test
    void old_uploads_of_all_keys_under_a_prefix_are_aborted() throws IOException {
        S3Uploads uploads = S3Uploads.under(S3Server.access(front.port()), S3Server.BUCKET, "k");
        assertThat(uploads.requests()).isEmpty();

        assertThat(uploads.abortOlderThan(Duration.ofDays(1))).isEqualTo(3);
        assertThat(uploads.requests())
                .containsOnly(
                        Map.entry("list_multipart_uploads", 2L), Map.entry("abort_multipart", 3L));
        assertThat(uploads).hasToString("uploads under s3://bucket/k");
        assertThat(aborted()).containsExactly("u1", "u2", "u4");
        assertThat(front.requests())
                .anyMatch(head -> head.startsWith("DELETE") && head.contains(KEY + ".other?"));
    }

    @Test
    void old_uploads_are_aborted_with_the_client_of_the_caller() throws IOException {
        try (S3Client client = S3Server.access(front.port()).client()) {
            assertThat(
                            S3Uploads.under(client, S3Server.BUCKET, "k")
                                    .abortOlderThan(Duration.ofDays(1)))
                    .isEqualTo(3);
            assertThat(client.listMultipartUploads(b -> b.bucket(S3Server.BUCKET))).isNotNull();
        }
    }

    @Test
    void age_and_bucket_are_checked() {
        S3Uploads all = S3Uploads.under(S3Access.defaults(), "b", "");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> all.abortOlderThan(Duration.ofDays(-1)))
                .withMessageContaining("age must be >= 0, was PT-24H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Uploads.under(S3Access.defaults(), "", ""));
    }

    @Test
    void own_upload_is_spared_when_a_run_continues() throws IOException {
        sink().abortOrphans(Duration.ZERO).open(ByteBatch.context(state())).close();
        assertThat(aborted()).containsExactly("u3", "u4", "u5");
    }

    private List<String> aborted() {
        return front.requests().stream()
                .filter(head -> head.startsWith("DELETE "))
                .map(head -> head.split("uploadId=", 2)[1].split("[& ]", 2)[0])
                .toList();
    }
}
