package io.ingest4j.examples.server;

import static io.ingest4j.examples.server.CustomerCheckTest.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CheckingApiTest {

    private static final Duration LONG = Duration.ofHours(1);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private CheckingApi api = CheckingApi.start(100, 7, CheckingApi.UNLIMITED, LONG);

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void records_areCountedOnceAndAgain() throws Exception {
        assertThat(post("application/json", json(1)).body()).isEqualTo("{\"received\":1}");
        assertThat(
                        post("application/json; charset=utf-8", "[" + json(2) + "," + json(1) + "]")
                                .statusCode())
                .isEqualTo(200);
        assertThat(post("application/x-ndjson", json(3) + "\n" + json(3) + "\n{}\n").statusCode())
                .isEqualTo(200);
        assertThat(api.counts()).isEqualTo(new Counts(3, 0, 6, 3, 97, 2, 1, 3));
    }

    @Test
    void counts_areServedAsJson() throws Exception {
        post("application/json", json(1));
        HttpResponse<String> counts = send(request("/counts").GET());
        assertThat(counts.statusCode()).isEqualTo(200);
        assertThat(counts.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(counts.body())
                .isEqualTo(
                        "{\"requests\":1,\"rejected\":0,\"records\":1,\"unique\":1,\"missing\":99,"
                                + "\"duplicates\":0,\"corrupted\":0,\"maxPerWindow\":1}");
    }

    @Test
    void overTheLimit_isRejectedAndNotCountedAsReceived() throws Exception {
        api.close();
        api = CheckingApi.start(100, 7, 2, LONG);
        for (int i = 1; i <= 2; i++) {
            assertThat(post("application/json", json(i)).statusCode()).isEqualTo(200);
        }
        HttpResponse<String> rejected = post("application/json", json(3));
        assertThat(rejected.statusCode()).isEqualTo(429);
        assertThat(rejected.headers().firstValueAsLong("Retry-After")).hasValue(3_600);
        assertThat(api.counts()).isEqualTo(new Counts(3, 1, 2, 2, 98, 0, 0, 3));
    }

    @Test
    void whatIsNoRequestForIt_isRefusedByItsStatus() throws Exception {
        assertThat(send(request("/other").GET()).statusCode()).isEqualTo(404);
        HttpResponse<String> get = send(request("/process").GET());
        assertThat(get.statusCode()).isEqualTo(405);
        assertThat(get.headers().firstValue("Allow")).hasValue("POST");
        assertThat(send(request("/counts").POST(BodyPublishers.noBody())).statusCode())
                .isEqualTo(405);
        assertThat(post("text/csv", "1").statusCode()).isEqualTo(415);
        assertThat(send(request("/process").POST(BodyPublishers.ofString(json(1)))).statusCode())
                .isEqualTo(415);
        assertThat(post("application/json", "[").statusCode()).isEqualTo(400);
        assertThat(api.counts().records()).isZero();
    }

    @Test
    void bodyTooLarge_isRefusedWithAndWithoutItsLength() throws Exception {
        byte[] large = new byte[(16 << 20) + 1];
        assertThat(statusOrNoAnswer(BodyPublishers.ofByteArray(large))).isIn(413, 0);
        BodyPublisher chunked =
                BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large));
        assertThat(statusOrNoAnswer(chunked)).isIn(413, 0);
        assertThat(post("application/json", json(1)).statusCode()).isEqualTo(200);
    }

    /** A client that is still sending when it is refused may find its connection closed. */
    private int statusOrNoAnswer(BodyPublisher body) throws InterruptedException {
        try {
            return send(request("/process").header("Content-Type", "application/json").POST(body))
                    .statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private HttpResponse<String> post(String type, String body) throws Exception {
        return send(
                request("/process")
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create(api.endpoint().toString().replace("/process", path)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
