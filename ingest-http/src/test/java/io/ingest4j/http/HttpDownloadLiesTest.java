package io.ingest4j.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.SourceChangedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that answer the request for the rest with something else (H19). */
class HttpDownloadLiesTest {

    private static final int SIZE = 1_000;
    private static final int CUT = 400;
    private static final TestFile FILE = TestFile.random(SIZE);

    /** What comes instead of the bytes from 400 on. */
    private enum Instead {
        OTHER_OFFSET("but began at byte 300") {
            @Override
            byte[] answer() {
                return part(300, SIZE, SIZE, SIZE - 300, "");
            }
        },
        OTHER_OFFSET_WITH_LABEL_OF_THE_RIGHT_ONE("a part of 600 bytes by its range, but of 700") {
            @Override
            byte[] answer() {
                return part(CUT, SIZE, SIZE, SIZE - 300, "");
            }
        },
        OTHER_TOTAL("was \"v1\" (1200 bytes)") {
            @Override
            byte[] answer() {
                return part(CUT, SIZE, 1_200, SIZE - CUT, "");
            }
        },
        END_AFTER_THE_TOTAL("but began at none that it tells") {
            @Override
            byte[] answer() {
                return part(CUT, SIZE + 1, SIZE, SIZE + 1 - CUT, "");
            }
        },
        GZIP("Content-Encoding") {
            @Override
            byte[] answer() {
                return part(CUT, SIZE, SIZE, SIZE - CUT, "Content-Encoding: gzip\r\n");
            }
        },
        CHANGED_ETAG("was \"v2\" (1000 bytes)") {
            @Override
            byte[] answer() {
                return replace(part(CUT, SIZE, SIZE, SIZE - CUT, ""), "\"v1\"", "\"v2\"");
            }
        },
        CHANGED_AND_ALL_OF_IT("was \"v2\" (1000 bytes)") {
            @Override
            byte[] answer() {
                return replace(all(""), "\"v1\"", "\"v2\"");
            }
        },
        SEVERAL_PARTS("several parts") {
            @Override
            byte[] answer() {
                return part(CUT, SIZE, SIZE, SIZE - CUT, "Content-Type: multipart/byteranges\r\n");
            }
        },
        NO_CONTENT_RANGE("but began at none") {
            @Override
            byte[] answer() {
                return replace(part(CUT, SIZE, SIZE, SIZE - CUT, ""), "Content-Range", "X-Range");
            }
        },
        HTML("was unknown (20 bytes)") {
            @Override
            byte[] answer() {
                return FaultServer.response(200, "<html>log in!</html>", "Content-Type: text/html")
                        .getBytes(StandardCharsets.ISO_8859_1);
            }
        },
        ALL_OF_OTHER_BYTES("other bytes before byte 400") {
            @Override
            byte[] answer() {
                byte[] answer = all("");
                answer[answer.length - SIZE + 17] ^= 1;
                return answer;
            }
        },
        RANGE_IGNORED("") {
            @Override
            byte[] answer() {
                return all("");
            }
        },
        SHORTER_PART_THEN_THE_REST("") {
            @Override
            byte[] answer() {
                return part(CUT, 700, SIZE, 300, "");
            }
        },
        PART_WITHOUT_A_VERSION("") {
            @Override
            byte[] answer() {
                byte[] answer = replace(part(CUT, SIZE, SIZE, SIZE - CUT, ""), "ETag", "X-Tag");
                answer[answer.length - 1] ^= 1;
                return answer;
            }
        },
        NO_SUCH_RANGE("") {
            @Override
            byte[] answer() {
                return FaultServer.response(416, "", "Content-Range: bytes */1000")
                        .getBytes(StandardCharsets.ISO_8859_1);
            }
        },
        NO_SUCH_RANGE_BECAUSE_SHORTER("(300 bytes)") {
            @Override
            byte[] answer() {
                return FaultServer.response(416, "", "Content-Range: bytes */300")
                        .getBytes(StandardCharsets.ISO_8859_1);
            }
        },
        CONDITION_FAILED("was another (status 412)") {
            @Override
            byte[] answer() {
                return FaultServer.response(412, "").getBytes(StandardCharsets.ISO_8859_1);
            }
        },
        CHUNKS_TOO_MANY("more than the 1000 bytes that it promised") {
            @Override
            byte[] answer() {
                String head = "HTTP/1.1 206 Text\r\n" + FILE.validators();
                return (head
                                + "Content-Range: bytes 400-999/1000\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "259\r\n"
                                + latin(400, 1_000)
                                + "x\r\n0\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1);
            }
        },
        CHUNKS_TOO_FEW("") {
            @Override
            byte[] answer() {
                String head = "HTTP/1.1 206 Text\r\n" + FILE.validators();
                return (head
                                + "Content-Range: bytes 400-999/1000\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "64\r\n"
                                + latin(400, 500)
                                + "\r\n0\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1);
            }
        };

        private final String complaint;

        Instead(String complaint) {
            this.complaint = complaint;
        }

        abstract byte[] answer();

        static String latin(int from, int to) {
            return new String(
                    Arrays.copyOfRange(FILE.bytes(), from, to), StandardCharsets.ISO_8859_1);
        }

        static byte[] all(String more) {
            return (FILE.head(200, SIZE, more) + latin(0, SIZE))
                    .getBytes(StandardCharsets.ISO_8859_1);
        }

        static byte[] part(int start, int end, int total, int length, String more) {
            String range = "Content-Range: bytes " + start + "-" + (end - 1) + "/" + total + "\r\n";
            return (FILE.head(206, length, range + more)
                            + latin(start, Math.min(start + length, SIZE)))
                    .getBytes(StandardCharsets.ISO_8859_1);
        }

        static byte[] replace(byte[] answer, String one, String other) {
            return new String(answer, StandardCharsets.ISO_8859_1)
                    .replaceFirst(java.util.regex.Pattern.quote(one), other)
                    .getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void part_that_was_not_asked_for_is_refused() throws Exception {
        byte[] part = Instead.part(0, SIZE, SIZE, SIZE, "");
        try (FaultServer server = new FaultServer((c, r) -> c.send(part))) {
            HttpDownload download = HttpDownload.of(server.uri()).in(new TestSurroundings());
            assertThatThrownBy(() -> download.open(FILE.object(server.uri()), 0))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("a part (206), though all was asked for");
        }
    }

    @Test
    void compressed_bodies_are_refused_when_looking_and_reading() throws Exception {
        byte[] gzip = Instead.all("Content-Encoding: gzip\r\n");
        try (FaultServer server = new FaultServer((c, r) -> c.send(gzip))) {
            HttpDownload download = HttpDownload.of(server.uri()).in(new TestSurroundings());
            assertThatThrownBy(download::objects).hasMessageContaining("Content-Encoding");
            assertThatThrownBy(() -> download.open(FILE.object(server.uri()), 0))
                    .hasMessageContaining("Content-Encoding");
        }
    }

    @Test
    void other_length_under_the_same_version_is_refused() throws Exception {
        try (FaultServer server = new FaultServer(FILE.withBytes(new byte[SIZE - 1])::answer)) {
            HttpDownload download = HttpDownload.of(server.uri()).in(new TestSurroundings());
            assertThatThrownBy(() -> download.open(FILE.object(server.uri()), 0))
                    .isInstanceOf(SourceChangedException.class)
                    .hasMessageContaining("(1000 bytes) during a run, was \"v1\" (999 bytes)");
        }
    }

    @ParameterizedTest
    @EnumSource(Instead.class)
    void rest_that_is_something_else_is_refused_or_made_up_for(Instead instead) throws Exception {
        AtomicInteger wholes = new AtomicInteger();
        try (FaultServer server =
                new FaultServer(
                        (c, r) -> {
                            String range = r.header("Range");
                            if (range.equals("bytes=400-")) {
                                c.send(instead.answer());
                            } else if (range.isEmpty() && wholes.incrementAndGet() == 1) {
                                FILE.answerCut(c, r, CUT);
                            } else {
                                FILE.answer(c, r);
                            }
                        })) {
            HttpDownload download = HttpDownload.of(server.uri()).in(new TestSurroundings());
            ByteObject object = FILE.object(server.uri());
            try (InputStream in = download.open(object, 0)) {
                byte[] begin = in.readNBytes(CUT);
                assertThat(begin).isEqualTo(Arrays.copyOf(FILE.bytes(), CUT));
                if (instead.complaint.isEmpty()) {
                    assertThat(in.readAllBytes())
                            .isEqualTo(Arrays.copyOfRange(FILE.bytes(), CUT, SIZE));
                } else {
                    assertThatThrownBy(in::readAllBytes)
                            .isInstanceOfAny(IOException.class, SourceChangedException.class)
                            .hasMessageContaining(server.uri().toString())
                            .hasMessageContaining(instead.complaint);
                }
            }
        }
    }
}
