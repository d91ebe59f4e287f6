package io.ingest4j.http;

import static io.ingest4j.http.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Threads and clients: none too many, none left, none dead. */
class TransportTest {

    private static final String UNVERIFIED = "jdk.internal.httpclient.disableHostnameVerification";

    @Test
    void work_goes_on_after_the_client_s_executor_rejected_a_task() throws Exception {
        AtomicBoolean reject = new AtomicBoolean();
        Executor poisoned =
                task -> {
                    if (reject.getAndSet(false)) {
                        throw new RejectedExecutionException("once");
                    }
                    task.run();
                };
        try (FaultServer server = FaultServer.ok()) {
            HttpSettings settings =
                    HttpSink.post(server.uri())
                            .timeout(Duration.ofSeconds(1))
                            .body(new Texts.Lines())
                            .settings();
            try (RecordWriter<String> writer =
                    new HttpWriter<>(
                            settings,
                            new Texts.Lines(),
                            () -> HttpWriter.client(settings, poisoned))) {
                awaitDelivery(writer);
                reject.set(true);
                Texts.written(writer, Texts.of("hit"));
                awaitDelivery(writer);
                assertThat(reject).isFalse();
            }
        }
    }

    @Test
    void a_client_that_died_is_replaced_and_what_was_under_way_ends() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (FaultServer server =
                        new FaultServer(
                                (connection, request) -> {
                                    if (requests.incrementAndGet() == 1) {
                                        connection.stall();
                                    }
                                    connection.send(FaultServer.response(200, ""));
                                });
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()))) {
            CompletableFuture<WriteResult> hit = Texts.write(writer, Texts.of("hit"));
            await().until(() -> server.count() == 1);
            selectors().forEach(Thread::interrupt);
            assertThat(hit.get(10, TimeUnit.SECONDS).outcome()).isEqualTo(PermitOutcome.UNANSWERED);
            awaitDelivery(writer);
        }
    }

    @Test
    void without_a_client_nothing_is_sent_and_it_is_tried_again() throws Exception {
        AtomicBoolean none = new AtomicBoolean();
        try (FaultServer server = FaultServer.ok()) {
            HttpSettings settings = HttpSink.post(server.uri()).body(new Texts.Lines()).settings();
            Supplier<HttpClient> factory =
                    () -> {
                        if (none.get()) {
                            throw new UncheckedIOException(new IOException("too many open files"));
                        }
                        return HttpWriter.client(settings, Runnable::run);
                    };
            try (RecordWriter<String> writer =
                    new HttpWriter<>(settings, new Texts.Lines(), factory)) {
                assertThat(Texts.written(writer, Texts.of("before")).isDelivered()).isTrue();
                none.set(true);
                selectors().forEach(Thread::interrupt);
                await().until(() -> selectors().findAny().isEmpty());
                WriteResult result = Texts.written(writer, Texts.of("during"));
                assertThat(result.outcome()).isEqualTo(PermitOutcome.NOT_SENT);
                WriteFailure failure = result.failure(0).orElseThrow();
                assertThat(failure.action()).isEqualTo(WriteFailure.Action.RETRY);
                assertThat(failure.detail()).contains("too many open files");
                assertThat(server.count()).isEqualTo(1);
                none.set(false);
                assertThat(Texts.written(writer, Texts.of("after")).isDelivered()).isTrue();
            }
        }
    }

    @Test
    void ssl_context_that_fails_is_told_by_its_class_and_a_missing_one_ends_the_run()
            throws Exception {
        SSLContext context = SSLContext.getDefault();
        AtomicReference<Supplier<SSLContext>> supplier = new AtomicReference<>(() -> context);
        try (FaultServer server = FaultServer.ok()) {
            HttpSink<String> sink =
                    HttpSink.post(server.uri())
                            .sslContext(() -> supplier.get().get())
                            .body(new Texts.Lines());
            try (RecordWriter<String> writer = sink.open(Texts.CONTEXT)) {
                assertThat(Texts.written(writer, Texts.of("before")).isDelivered()).isTrue();
                supplier.set(
                        () -> {
                            throw new IllegalStateException("wrong password: canary");
                        });
                selectors().forEach(Thread::interrupt);
                await().until(() -> selectors().findAny().isEmpty());
                WriteFailure failed =
                        Texts.written(writer, Texts.of("during")).failure(0).orElseThrow();
                assertThat(failed.action()).isEqualTo(WriteFailure.Action.RETRY);
                assertThat(failed.detail())
                        .contains("sslContext failed with java.lang.IllegalStateException")
                        .doesNotContain("canary");
                assertThatThrownBy(() -> sink.open(Texts.CONTEXT))
                        .hasNoCause()
                        .hasMessage("sslContext failed with java.lang.IllegalStateException");
                supplier.set(() -> null);
                WriteFailure missing =
                        Texts.written(writer, Texts.of("then")).failure(0).orElseThrow();
                assertThat(missing.action()).isEqualTo(WriteFailure.Action.ABORT);
                assertThat(missing.detail())
                        .contains("sslContext must supply an SSLContext, but supplied null");
                supplier.set(
                        () -> {
                            throw new AssertionError("canary");
                        });
                assertThat(Texts.written(writer, Texts.of("last")).failure(0))
                        .hasValueSatisfying(
                                failure -> assertThat(failure.detail()).doesNotContain("canary"));
            }
        }
    }

    private static void awaitDelivery(RecordWriter<String> writer) {
        await().until(() -> Texts.written(writer, Texts.of("after")).isDelivered());
    }

    private static Stream<Thread> selectors() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().endsWith("-SelectorManager"));
    }

    @Test
    void ten_thousand_requests_start_few_threads() throws Exception {
        int inFlight = 16;
        Semaphore free = new Semaphore(inFlight);
        AtomicInteger delivered = new AtomicInteger();
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer =
                        Texts.open(HttpSink.post(server.uri()).maxConnections(inFlight))) {
            long before = nextThreadNumber();
            for (int i = 0; i < 10_000; i++) {
                free.acquire();
                writer.write(Texts.at(i, "t"))
                        .whenComplete(
                                (result, error) -> {
                                    delivered.addAndGet(
                                            error == null && result.isDelivered() ? 1 : 0);
                                    free.release();
                                });
            }
            free.acquire(inFlight);
            assertThat(delivered).hasValue(10_000);
            assertThat(nextThreadNumber() - before).isLessThan(100);
        }
    }

    @Test
    void one_request_at_a_time_uses_one_thread_and_one_connection() throws Exception {
        try (FaultServer server = FaultServer.ok();
                RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()))) {
            for (int i = 0; i < 200; i++) {
                Texts.written(writer, Texts.at(i, "t"));
            }
            assertThat(server.accepted()).isLessThanOrEqualTo(2);
            assertThat(threads("ingest4j-http-")).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void opening_and_closing_leaves_no_thread_and_no_connection() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            for (int i = 0; i < 1_000; i++) {
                try (RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()))) {
                    if (i % 20 == 0) {
                        Texts.written(writer, Texts.of("a"));
                    }
                }
            }
            await().untilAsserted(
                            () -> {
                                assertThat(threads("ingest4j-http-")).isZero();
                                assertThat(threads("HttpClient-")).isZero();
                                assertThat(server.open()).isZero();
                            });
        }
    }

    @Test
    void closing_inside_a_completion_ends() throws Exception {
        try (FaultServer server = FaultServer.ok()) {
            RecordWriter<String> writer = Texts.open(HttpSink.post(server.uri()));
            CompletableFuture<Void> closed =
                    Texts.write(writer, Texts.of("a")).thenRun(() -> closeUnchecked(writer));
            closed.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void names_of_servers_that_are_not_verified_are_warned_of() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(HttpSink.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            openWith("true", "https://example.com/p?key=canary");
            openWith("true", "http://example.com/");
            openWith("false", "https://example.com/");
        } finally {
            logger.detachAppender(log);
        }
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "POST https://example.com/p: the server's name is not verified, because "
                                + UNVERIFIED
                                + " is set");
    }

    private static void openWith(String value, String uri) throws IOException {
        System.setProperty(UNVERIFIED, value);
        try {
            Texts.open(HttpSink.post(URI.create(uri))).close();
        } finally {
            System.clearProperty(UNVERIFIED);
        }
    }

    private static void closeUnchecked(RecordWriter<String> writer) {
        try {
            writer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Thread ids are given in sequence. */
    @SuppressWarnings("deprecation") // threadId() came with JDK 19
    private static long nextThreadNumber() {
        return new Thread(() -> {}).getId();
    }

    private static long threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }
}
