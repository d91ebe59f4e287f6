package io.ingest4j.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides after each failure whether to try again, and waits before that, with pauses that double.
 * Gives up after so many failures, or so much time, without progress. Used by one thread.
 */
final class DownloadTries {

    private static final Logger LOG = LoggerFactory.getLogger(DownloadTries.class);
    private static final int BRIEF_ATTEMPTS = 3;

    private final DownloadOptions options;
    private final boolean impatient;
    private final Surroundings surroundings;
    private final Lifeline lifeline;
    private final Asker asker;
    private int failures;
    private long lastSignOfLife;

    /**
     * Makes a series of tries.
     *
     * @param impatient whether a server that can't be reached is given up soon
     */
    DownloadTries(
            DownloadOptions options,
            boolean impatient,
            Surroundings surroundings,
            Lifeline lifeline,
            Asker asker) {
        this.options = options;
        this.impatient = impatient;
        this.surroundings = surroundings;
        this.lifeline = lifeline;
        this.asker = asker;
        lastSignOfLife = surroundings.nanos();
    }

    /**
     * Bytes came, but none that are new; or somebody begins to wait for some, until when the server
     * could not be heard.
     */
    void alive() {
        lastSignOfLife = surroundings.nanos();
    }

    /** New bytes came, and nobody waits until {@link #alive} is called. */
    void progress() {
        failures = 0;
    }

    /** Returns when it is time to try again, or throws the failure, described, with its place. */
    void failed(Supplier<String> what, IOException trouble) throws IOException {
        lifeline.requireWhole();
        failures++;
        long left = options.giveUpAfterNanos - (surroundings.nanos() - lastSignOfLife);
        if (!isPassing(trouble) || failures >= limit(trouble) || left <= 0) {
            String count = failures > 1 ? " (attempt " + failures + " without progress)" : "";
            throw new IOException(
                    what.get() + " failed: " + describe(trouble) + count, harmless(trouble));
        }
        long pause = Math.min(left, Math.max(backoff(), asked(trouble)));
        LOG.atDebug()
                .addKeyValue("failures", failures)
                .addKeyValue("pauseMillis", Duration.ofNanos(pause).toMillis())
                .addArgument(what)
                .addArgument(() -> describe(trouble))
                .addArgument(failures)
                .addArgument(Duration.ofNanos(pause).toMillis())
                .log("{} is tried again after: {} (failure {}, in {} ms)");
        lifeline.pause(pause, surroundings);
    }

    private int limit(IOException trouble) {
        boolean brief = impatient && isUnreachable(trouble);
        return brief ? Math.min(BRIEF_ATTEMPTS, options.maxAttempts) : options.maxAttempts;
    }

    /** Half to all of the doubled pause, so that many readers don't come back at once. */
    private long backoff() {
        long first = options.firstBackoffNanos;
        int doublings = Math.min(failures - 1, Long.numberOfLeadingZeros(Math.max(1, first)) - 1);
        long pause = Math.min(options.longestBackoffNanos, first << doublings);
        return pause - ThreadLocalRandom.current().nextLong(pause / 2 + 1);
    }

    private static long asked(IOException trouble) {
        return trouble instanceof Setback setback ? setback.waitAsked().toNanos() : 0;
    }

    private static boolean isPassing(IOException trouble) {
        if (trouble instanceof Setback setback) {
            return setback.isPassing();
        }
        return !(trouble instanceof CheckedResolver.RefusedException) && !isUntrusted(trouble);
    }

    private static boolean isUntrusted(IOException trouble) {
        @Nullable Throwable cause = trouble;
        for (int depth = 0; cause != null && depth < 10; depth++) {
            if (cause instanceof CertificateException
                    || cause instanceof SSLPeerUnverifiedException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static boolean isUnreachable(IOException trouble) {
        return trouble instanceof ConnectException
                || trouble instanceof UnknownHostException
                || trouble instanceof NoRouteToHostException
                || trouble instanceof SSLException;
    }

    private String describe(IOException trouble) {
        String message = trouble.getMessage() == null ? "" : trouble.getMessage();
        if (trouble instanceof Setback || trouble instanceof CheckedResolver.RefusedException) {
            return message;
        }
        String named = trouble.getClass().getSimpleName() + ": " + asker.shown(message);
        return isUnreachable(trouble)
                ? "the server can't be reached (" + named + "); check host, network, certificates"
                : named;
    }

    /** Only what the JDK says about sockets is sure not to quote the server. */
    private static @Nullable IOException harmless(IOException trouble) {
        boolean known =
                trouble instanceof Setback
                        || trouble instanceof SocketException
                        || trouble instanceof SocketTimeoutException
                        || trouble instanceof UnknownHostException
                        || trouble instanceof SSLException;
        return known ? trouble : null;
    }
}
