package io.ingest4j.http;

import java.lang.reflect.Method;
import java.net.http.HttpClient;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client together with its selector thread, without which it is dead: requests then fail at once or
 * hang for ever, depending on the JDK (JDK-8277969). Before JDK 21 a client has no method to close
 * it, but its selector thread ends and closes everything when it is interrupted.
 *
 * <p>A client keeps the connection open on which it got something that is not HTTP, even when the
 * server has closed it. From JDK 21 on such a client is retired: closed as soon as nobody uses it any
 * more, and the connection with it. Before, nothing closes it.
 */
final class LiveClient {

    private static final ThreadGroup SELECTORS = new ThreadGroup(root(), "ingest4j-http");
    private static final Optional<Method> SHUTDOWN_NOW = shutdownNow();

    private final HttpClient client;
    private final @Nullable Thread selector;
    private int users;
    private boolean retired;

    private LiveClient(HttpClient client, @Nullable Thread selector) {
        this.client = client;
        this.selector = selector;
    }

    /** Builds a client on a thread of our own group, as the selector thread inherits the group. */
    static synchronized LiveClient open(Supplier<HttpClient> factory) {
        List<Thread> others = selectors();
        CompletableFuture<HttpClient> built = new CompletableFuture<>();
        Thread builder = new Thread(SELECTORS, () -> build(factory, built), "ingest4j-http-open");
        builder.setDaemon(true);
        builder.start();
        HttpClient client = joined(built);
        return new LiveClient(
                client,
                selectors().stream()
                        .filter(thread -> thread != builder && !others.contains(thread))
                        .findAny()
                        .orElse(null));
    }

    /** What the factory throws says more than what wraps it; an error may quote a password. */
    private static HttpClient joined(CompletableFuture<HttpClient> built) {
        try {
            return built.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IllegalStateException(
                    "HTTP client failed with " + cause.getClass().getName());
        }
    }

    private static void build(Supplier<HttpClient> factory, CompletableFuture<HttpClient> built) {
        try {
            built.complete(factory.get());
        } catch (Throwable e) {
            built.completeExceptionally(e);
        }
    }

    /** Begins a use, unless retired. */
    synchronized boolean enter() {
        users += retired ? 0 : 1;
        return !retired;
    }

    /** Ends a use. */
    synchronized void leave() {
        users--;
        closeIfUnused();
    }

    /** Lets no further use begin. Does nothing before JDK 21, where it would not help. */
    synchronized void retire() {
        retired = SHUTDOWN_NOW.isPresent();
        closeIfUnused();
    }

    private void closeIfUnused() {
        if (retired && users == 0) {
            close();
        }
    }

    HttpClient client() {
        return client;
    }

    boolean isDead() {
        return selector != null && !selector.isAlive();
    }

    /** Closes all connections. */
    void close() {
        if (SHUTDOWN_NOW.isPresent()) {
            try {
                SHUTDOWN_NOW.get().invoke(client);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("HttpClient.shutdownNow failed", e);
            }
        } else if (selector != null) {
            selector.interrupt();
        }
    }

    private static List<Thread> selectors() {
        Thread[] threads = new Thread[SELECTORS.activeCount() + 100];
        return List.of(Arrays.copyOf(threads, SELECTORS.enumerate(threads)));
    }

    private static ThreadGroup root() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }

    private static Optional<Method> shutdownNow() {
        try {
            return Optional.of(HttpClient.class.getMethod("shutdownNow"));
        } catch (NoSuchMethodException e) {
            return Optional.empty();
        }
    }
}
