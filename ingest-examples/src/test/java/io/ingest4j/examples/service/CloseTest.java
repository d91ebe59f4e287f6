package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CloseTest {

    @Test
    void aRequestThatNeverEnds_keepsNothingFromItsEnd() throws Exception {
        ServiceFixture service = ServiceFixture.start("STOP_SECONDS=30");
        ScheduledExecutorService drip = Executors.newSingleThreadScheduledExecutor();
        try (Socket client = new Socket("127.0.0.1", service.service.uri().getPort())) {
            String id = service.submit("1", "HIGH");
            await().until(() -> service.order.size() == 1);
            OutputStream out = client.getOutputStream();
            out.write(
                    "POST /ingest HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            // So that it never counts as idle.
            ScheduledFuture<?> sending =
                    drip.scheduleAtFixedRate(() -> send(out), 0, 50, TimeUnit.MILLISECONDS);
            assertThat(sending.isCancelled()).isFalse();
            await().until(
                            () ->
                                    service.get("/metrics")
                                            .body()
                                            .contains("http_requests_in_flight 2.0"));
            var end = service.service.scheduler().completion(id).toCompletableFuture();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(service::close);
            service.answer(1);
            closed.orTimeout(45, TimeUnit.SECONDS).join();
            assertThat(end.join().state()).hasToString("COMPLETED");
            assertThatThrownBy(service.service.scheduler()::statistics)
                    .isInstanceOf(IllegalStateException.class);
        } finally {
            drip.shutdownNow();
        }
    }

    private static void send(OutputStream out) {
        try {
            out.write(' ');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
