package io.ingest4j.http;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriteResult;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands each batch to a {@linkplain Senders sender}, which encodes and sends it, so that the thread
 * that writes does little.
 */
final class HttpWriter<T> implements RecordWriter<T> {

    private static final Logger LOG = LoggerFactory.getLogger(HttpSink.class);
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 2);
    private static final String UNVERIFIED = "jdk.internal.httpclient.disableHostnameVerification";

    private final Exchange<T> exchange;
    private final Clients clients;
    private final Senders senders;
    private final long timeoutNanos;

    HttpWriter(HttpSettings settings, RecordEncoder<T> encoder, Supplier<HttpClient> factory) {
        exchange = new Exchange<>(settings, encoder);
        clients = new Clients(factory);
        timeoutNanos = TimeUnit.NANOSECONDS.convert(settings.timeout());
        senders = new Senders(settings.maxConnections(), timeoutNanos);
    }

    static <T> HttpWriter<T> open(HttpSettings settings, RecordEncoder<T> encoder) {
        boolean unverified = System.getProperty(UNVERIFIED, "false").matches("(?i)true|");
        if (unverified && settings.isTls()) {
            LOG.warn(
                    "{}: the server's name is not verified, because {} is set",
                    settings,
                    UNVERIFIED);
        }
        return new HttpWriter<>(settings, encoder, () -> client(settings, Runnable::run));
    }

    /**
     * Builds a client whose tasks run on its selector thread: those of this sink are short, and an
     * executor that rejects a task would end the client.
     */
    static HttpClient client(HttpSettings settings, Executor executor) {
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(settings.http2() ? Version.HTTP_2 : Version.HTTP_1_1)
                        .followRedirects(Redirect.NEVER)
                        .connectTimeout(capped(settings.connectTimeout()))
                        .executor(executor);
        if (settings.sslContext() != null) {
            builder.sslContext(supplied(settings.sslContext()));
        }
        return builder.build();
    }

    /** The supplier gave none, which a later attempt doesn't change. */
    static final class NoSslContextException extends IllegalStateException {

        private static final long serialVersionUID = 1;

        NoSslContextException() {
            super("sslContext must supply an SSLContext, but supplied null");
        }
    }

    /** What the supplier throws may quote a password. */
    private static SSLContext supplied(SerializableSupplier<SSLContext> supplier) {
        @Nullable SSLContext context;
        try {
            context = supplier.get();
        } catch (RuntimeException e) {
            throw new IllegalStateException("sslContext failed with " + e.getClass().getName());
        }
        if (context == null) {
            throw new NoSslContextException();
        }
        return context;
    }

    /** The client adds it to the time of day, which overflows with the longest durations. */
    private static Duration capped(Duration limit) {
        return limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
    }

    @Override
    public CompletionStage<WriteResult> write(RecordBatch<? extends T> batch) {
        Attempt attempt =
                new Attempt(client -> exchange.send(client, batch), clients, timeoutNanos);
        senders.submit(attempt);
        return attempt;
    }

    @Override
    public void close() {
        senders.close();
        clients.close();
    }
}
