package io.ingest4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import io.ingest4j.core.schedule.PriorityScheduler;
import io.ingest4j.examples.settings.Variables;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An external system that wants other credentials. */
@Timeout(60)
class RefusingSystemTest {

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 407})
    void refusedCredentials_areAttemptsThatFailed(int status) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    calls.incrementAndGet();
                    exchange.sendResponseHeaders(status, -1);
                    exchange.close();
                });
        server.start();
        Map<String, String> environment =
                Map.of(
                        "DATABASE_URL", "memory",
                        "HOST", "127.0.0.1",
                        "PORT", "0",
                        "BATCH_DELAY", "0",
                        "MAX_ATTEMPTS", "2",
                        "EXTERNAL_URL", "http://127.0.0.1:" + server.getAddress().getPort());
        ServiceSettings settings =
                ServiceSettings.read(
                        new Variables(Map.of(), environment, Map.of()), Path.of("target"));
        PriorityScheduler.Builder<BigInteger> external = Schedulers.external(settings);
        try (RunningService service = RunningService.start(settings, external)) {
            String id =
                    service.scheduler()
                            .submit(Submission.of(List.of(BigInteger.ONE), Priority.LOW));
            await().until(() -> service.scheduler().status(id).orElseThrow().state().isEnd());
            assertThat(service.scheduler().status(id).orElseThrow().batches().get(0).failures())
                    .extractingByKey(0)
                    .asString()
                    .contains("HTTP " + status);
        } finally {
            server.stop(0);
        }
        assertThat(calls).hasValue(2);
    }
}
