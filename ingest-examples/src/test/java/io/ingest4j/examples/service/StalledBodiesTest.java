package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that send most of a body and then nothing, or little, to a service with a small heap. {@code
 * -Dservice.stalled=1000} for more of them.
 */
@Timeout(300)
@Tag("real-time")
class StalledBodiesTest {

    private static final int BODIES = Integer.getInteger("service.stalled", 200);
    private static final String HEAP = BODIES > 200 ? "128m" : "48m";
    private static final int LENGTH = 1_048_000;
    private static final int SENT = 1_000_000;
    private static final String SMALL = "{\"ids\": [1, 2, 3], \"priority\": \"HIGH\"}";

    @TempDir Path directory;
    private ServiceProcess service;
    private final List<Socket> clients = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        service = ServiceProcess.start(directory, HEAP, Map.of("SIMULATED_MIN_MS", "1"));
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        service.close();
    }

    @Test
    void bodiesThatStall_holdUpNobodyElse() throws Exception {
        for (int i = 0; i < BODIES; i++) {
            stall(body(i));
            if (i % 20 == 0) {
                assertServes();
            }
        }
        assertServes();
        drip();
        assertServes();
        for (Socket client : clients) {
            client.close();
        }
        assertServes();
        assertThat(service.output()).doesNotContain("OutOfMemoryError");
    }

    private void assertServes() throws Exception {
        assertThat(service.get("/health").statusCode()).isEqualTo(200);
        assertThat(service.post(SMALL).statusCode()).isEqualTo(200);
    }

    /** Large ids, small ones, a name and a text without an end. */
    private static byte[] body(int number) {
        String text =
                switch (number % 4) {
                    case 0 -> "{\"ids\":[" + "10000000000000000007,".repeat(SENT / 21);
                    case 1 -> "{\"ids\":[" + "1,".repeat(SENT / 2 - 4);
                    case 2 -> "{\"" + "n".repeat(SENT - 2);
                    default -> "{\"priority\":\"" + "t".repeat(SENT - 13);
                };
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void stall(byte[] body) throws IOException {
        URI uri = service.uri("/");
        Socket client = new Socket(uri.getHost(), uri.getPort());
        clients.add(client);
        OutputStream out = client.getOutputStream();
        String head =
                "POST /ingest HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                        + "Content-Length: "
                        + LENGTH
                        + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
    }

    /** One byte more of each; some have had their answer, and are closed. */
    private void drip() {
        for (Socket client : clients) {
            try {
                client.getOutputStream().write('1');
            } catch (IOException e) {
                // Refused before.
            }
        }
    }
}
