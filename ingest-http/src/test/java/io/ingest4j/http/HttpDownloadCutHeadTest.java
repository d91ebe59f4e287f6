package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.http.FaultServer.Connection;
import io.ingest4j.http.FaultServer.Received;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** An answer whose connection ends before its head does says nothing, at whatever byte it ends. */
class HttpDownloadCutHeadTest {

    private static final String TEXT = "0123456789";
    private static final TestFile FILE = TestFile.of(TEXT);
    private static final String WHOLE =
            "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\nContent-Length: 10\r\n\r\n";
    private static final String REST =
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 6\r\nContent-Range: bytes 4-9/10\r\n"
                    + "ETag: \"v1\"\r\n\r\n";
    private static final String FIRST_BYTE =
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/10\r\n"
                    + "Accept-Ranges: bytes\r\nETag: \"v1\"\r\n\r\n";

    private static boolean isHead(Received request) {
        return request.line().startsWith("HEAD");
    }

    /** Sends the beginning of an answer to the first such request, and all answers after it. */
    private static FaultServer cutting(Predicate<Received> which, String answer, int most)
            throws IOException {
        AtomicBoolean isCut = new AtomicBoolean();
        return new FaultServer(
                (connection, request) -> {
                    if (which.test(request) && isCut.compareAndSet(false, true)) {
                        byte[] bytes = answer.getBytes(StandardCharsets.ISO_8859_1);
                        connection.send(Arrays.copyOf(bytes, most));
                        connection.close();
                    } else {
                        FILE.answer(connection, request);
                    }
                });
    }

    private static HttpDownload download(FaultServer server) {
        return HttpDownload.of(server.uri("/file")).in(new TestSurroundings());
    }

    private static String read(HttpDownload download, ByteObject object, long offset)
            throws IOException {
        try (InputStream in = download.open(object, offset)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void head_request_whose_answer_is_cut_anywhere_is_asked_again() throws Exception {
        for (int most = 0; most < WHOLE.length(); most++) {
            try (FaultServer server = cutting(HttpDownloadCutHeadTest::isHead, WHOLE, most)) {
                HttpDownload download = download(server);
                ByteObject object = download.objects().get(0);
                assertThat(object)
                        .as("cut at %d", most)
                        .isEqualTo(FILE.object(server.uri("/file")));
                assertThat(read(download, object, 0)).as("cut at %d", most).isEqualTo(TEXT);
            }
        }
    }

    @Test
    void first_byte_whose_answer_is_cut_anywhere_is_asked_again() throws Exception {
        for (int most = 0; most < FIRST_BYTE.length(); most++) {
            AtomicBoolean isCut = new AtomicBoolean();
            int length = most;
            try (FaultServer server =
                    new FaultServer(
                            (connection, request) ->
                                    answerFirstByte(connection, request, isCut, length))) {
                assertThat(download(server).objects())
                        .as("cut at %d", most)
                        .containsExactly(FILE.object(server.uri("/file")));
            }
        }
    }

    private static void answerFirstByte(
            Connection connection, Received request, AtomicBoolean isCut, int most)
            throws IOException {
        if (isHead(request)) {
            connection.send(FaultServer.response(405, ""));
        } else if (isCut.compareAndSet(false, true)) {
            connection.send(Arrays.copyOf(FIRST_BYTE.getBytes(StandardCharsets.UTF_8), most));
            connection.close();
        } else {
            FILE.answer(connection, request);
        }
    }

    @Test
    void whole_body_whose_head_is_cut_anywhere_is_read_all_the_same() throws Exception {
        for (int most = 0; most < WHOLE.length(); most++) {
            try (FaultServer server = cutting(request -> !isHead(request), WHOLE, most)) {
                ByteObject object = FILE.object(server.uri("/file"));
                assertThat(read(download(server), object, 0)).as("cut at %d", most).isEqualTo(TEXT);
                assertThat(server.count()).as("requests, cut at %d", most).isEqualTo(2);
            }
        }
    }

    @Test
    void rest_of_a_body_whose_head_is_cut_anywhere_is_read_all_the_same() throws Exception {
        for (int most = 0; most < REST.length(); most++) {
            try (FaultServer server = cutting(request -> !isHead(request), REST, most)) {
                ByteObject object = FILE.object(server.uri("/file"));
                assertThat(read(download(server), object, 4))
                        .as("cut at %d", most)
                        .isEqualTo(TEXT.substring(4));
            }
        }
    }

    @Test
    void head_after_an_interim_answer_is_not_believed_either_where_it_is_cut() throws Exception {
        String hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        for (int most = 0; most < WHOLE.length(); most++) {
            try (FaultServer server =
                    cutting(request -> !isHead(request), hints + WHOLE, hints.length() + most)) {
                ByteObject object = FILE.object(server.uri("/file"));
                assertThat(read(download(server), object, 0)).as("cut at %d", most).isEqualTo(TEXT);
            }
        }
    }

    /** Some servers write the size of a chunk with zeros before it, and a zero alone is the end. */
    @Test
    void chunked_body_that_is_cut_anywhere_is_read_whole_all_the_same() throws Exception {
        String answer =
                "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "0004\r\n0123\r\n0006\r\n456789\r\n0000\r\n\r\n";
        for (int most = 0; most < answer.length(); most++) {
            try (FaultServer server = cutting(request -> !isHead(request), answer, most)) {
                ByteObject unknown =
                        new ByteObject(
                                UriIdentity.of(server.uri("/file")),
                                "\"v1\"",
                                ByteObject.UNKNOWN,
                                true);
                assertThat(read(download(server), unknown, 0))
                        .as("cut at %d", most)
                        .isEqualTo(TEXT);
            }
        }
    }

    @Test
    void failure_says_that_the_head_was_cut() throws Exception {
        try (FaultServer server = cutting(request -> true, WHOLE, 40)) {
            assertThatThrownBy(() -> download(server).maxAttempts(1).objects())
                    .isInstanceOf(IOException.class)
                    .hasMessageEndingWith(
                            "failed: the connection ended within the head of the answer");
        }
    }
}
