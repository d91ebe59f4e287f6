package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BodyReaderTest {

    private static final int MAX_BYTES = 100;
    private static final long BUDGET_BYTES = 1 << 20;

    /** Refuses an 'x', needs the whole budget for a 'y', and more than that for a 'w'. */
    private static final class Letters implements BodyReader.Target {

        private long heldBytes = 100 << 10;

        @Override
        public void take(byte[] bytes) throws RequestException {
            String text = new String(bytes, StandardCharsets.US_ASCII);
            if (text.contains("x")) {
                throw new RequestException(400, "there was an x");
            }
            if (text.contains("y")) {
                heldBytes = BUDGET_BYTES;
            }
            if (text.contains("w")) {
                heldBytes = BUDGET_BYTES + 1;
            }
        }

        @Override
        public void end() {}

        @Override
        public long heldBytes() {
            return heldBytes;
        }
    }

    private final MemoryBudget budget = new MemoryBudget(BUDGET_BYTES);
    private final BodyLimits limits = new BodyLimits(MAX_BYTES, budget);
    private final CompletableFuture<WeakReference<Letters>> target = new CompletableFuture<>();
    private final Server server = new Server(0);

    @BeforeEach
    void start() throws Exception {
        server.setHandler(
                new Handler.Abstract() {
                    @Override
                    public boolean handle(Request request, Response response, Callback callback) {
                        read(new Exchange(request, response, callback, "", limits));
                        return true;
                    }
                });
        server.start();
    }

    private void read(Exchange exchange) {
        Letters letters = new Letters();
        target.complete(new WeakReference<>(letters));
        exchange.guard(
                () ->
                        BodyReader.read(
                                exchange,
                                letters,
                                () -> exchange.json(200, "" + letters.heldBytes())));
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    @Test
    void aRefusedBody_holdsNothing_whileItsClientStillSends() throws Exception {
        assertHoldsNothingAfter("x");
    }

    @Test
    void aBodyWithoutRoom_holdsNothing_whileItsClientStillSends() throws Exception {
        MemoryBudget.Share other = budget.share();
        other.resize(BUDGET_BYTES / 2);
        assertHoldsNothingAfter("y");
    }

    @Test
    void aBodyThatIsTooLong_holdsNothing_whileItsClientStillSends() throws Exception {
        assertHoldsNothingAfter("z".repeat(MAX_BYTES + 1));
    }

    @Test
    void aBodyThatNeedsMoreThanAll_is413() throws Exception {
        String head =
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\n";
        assertThat(answer(head + "w"))
                .startsWith("HTTP/1.1 413")
                .contains(
                        "needs 1048577 bytes of memory, and all requests together may hold 1048576");
        MemoryBudget.Share other = budget.share();
        other.resize(BUDGET_BYTES / 2);
        assertThat(answer(head + "y")).startsWith("HTTP/1.1 503");
    }

    private String answer(String request) throws Exception {
        try (Socket client = new Socket("127.0.0.1", port())) {
            send(client, request);
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private int port() {
        return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    }

    private void assertHoldsNothingAfter(String part) throws Exception {
        long before = budget.usedBytes();
        try (Socket client = new Socket("127.0.0.1", port())) {
            send(client, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            WeakReference<Letters> held = target.get(20, TimeUnit.SECONDS);
            await().until(() -> budget.usedBytes() > before);
            assertThat(held.get()).isNotNull();
            send(client, Integer.toHexString(part.length()) + "\r\n" + part + "\r\n");
            await().until(() -> budget.usedBytes() == before);
            await().until(
                            () -> {
                                System.gc();
                                return held.get() == null;
                            });
        }
    }

    private static void send(Socket client, String text) throws Exception {
        client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        client.getOutputStream().flush();
    }
}
