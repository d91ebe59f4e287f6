package io.ingest4j.http;

import java.io.Serializable;
import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** How to download. Changed only while it is made; never shown, since it holds secrets. */
final class DownloadOptions implements Serializable {

    private static final long serialVersionUID = 1;

    TreeMap<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    @Nullable SerializableSupplier<String> bearerToken;
    @Nullable SerializableSupplier<SSLContext> sslContext;
    Duration connectTimeout = Duration.ofSeconds(10);
    Duration timeout = Duration.ofSeconds(30);
    int maxAttempts = 16;
    long giveUpAfterNanos = TimeUnit.MINUTES.toNanos(2);
    long firstBackoffNanos = TimeUnit.MILLISECONDS.toNanos(100);
    long longestBackoffNanos = TimeUnit.SECONDS.toNanos(10);
    int maxRedirects = 5;
    boolean allowPrivateAddresses;
    boolean trustConnectionEnd;

    /** Returns a copy to which the change was made. */
    DownloadOptions with(Consumer<DownloadOptions> change) {
        DownloadOptions copy = new DownloadOptions();
        copy.headers.putAll(headers);
        copy.bearerToken = bearerToken;
        copy.sslContext = sslContext;
        copy.connectTimeout = connectTimeout;
        copy.timeout = timeout;
        copy.maxAttempts = maxAttempts;
        copy.giveUpAfterNanos = giveUpAfterNanos;
        copy.firstBackoffNanos = firstBackoffNanos;
        copy.longestBackoffNanos = longestBackoffNanos;
        copy.maxRedirects = maxRedirects;
        copy.allowPrivateAddresses = allowPrivateAddresses;
        copy.trustConnectionEnd = trustConnectionEnd;
        change.accept(copy);
        return copy;
    }
}
