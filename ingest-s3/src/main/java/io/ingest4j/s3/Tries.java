package io.ingest4j.s3;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import dev.failsafe.function.CheckedRunnable;
import io.ingest4j.api.IngestException;
import io.ingest4j.spi.Ticker;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one thing until it is done, with pauses that double. Gives up after so many failures, or so
 * much time, without progress; progress starts the count again. Used by one thread.
 */
final class Tries {

    private static final Logger LOG = LoggerFactory.getLogger(Tries.class);
    private static final int BRIEF_ATTEMPTS = 3;

    /** A failed attempt that is to be followed by another. */
    private static final class Again extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Duration pause;

        Again(Duration pause, Throwable cause) {
            super(cause);
            this.pause = pause;
        }
    }

    // Failsafe's own jitter can't be steered, so the pause comes with the exception.
    private static final RetryPolicy<Object> POLICY =
            RetryPolicy.builder()
                    .handle(Again.class)
                    .withMaxRetries(-1)
                    .withDelayFn(context -> context.<Again>getLastException().pause)
                    .build();

    private final TryOptions options;
    private final boolean impatient;
    private final Cancellation cancellation;
    private final Outage outage;
    private int failures;
    private boolean suffers;
    private final Ticker ticker;
    private long lastProgress;

    /**
     * Makes a series of tries.
     *
     * @param impatient whether a server that can't be reached is given up soon
     * @param cancellation ends the tries from another thread
     * @param outage told of what is tried again and again
     */
    Tries(TryOptions options, boolean impatient, Cancellation cancellation, Outage outage) {
        this(options, impatient, cancellation, outage, Ticker.system());
    }

    /** For tests, which wait for nothing. */
    Tries(
            TryOptions options,
            boolean impatient,
            Cancellation cancellation,
            Outage outage,
            Ticker ticker) {
        this.options = options;
        this.impatient = impatient;
        this.cancellation = cancellation;
        this.outage = outage;
        this.ticker = ticker;
        lastProgress = ticker.nanos();
    }

    void progress() {
        failures = 0;
        lastProgress = ticker.nanos();
    }

    /** Runs the attempt until it succeeds, or throws the last failure, described, with its place. */
    void run(Supplier<String> what, CheckedRunnable attempt) throws IOException {
        Outage.End end = Outage.End.GIVEN_UP;
        try {
            tryAgain(what, attempt);
            end = Outage.End.ANSWERED;
        } catch (IngestException e) {
            end = Outage.End.ANSWERED;
            throw e;
        } finally {
            if (suffers) {
                suffers = false;
                boolean isCancelled = end == Outage.End.GIVEN_UP && cancellation.isCancelled();
                outage.end(isCancelled ? Outage.End.CANCELLED : end, what.get(), ticker.nanos());
            }
        }
    }

    private void tryAgain(Supplier<String> what, CheckedRunnable attempt) throws IOException {
        try {
            Failsafe.with(POLICY)
                    .run(
                            () -> {
                                if (cancellation.resume()) {
                                    throw new IOException(what.get() + " was cancelled");
                                }
                                try {
                                    attempt.run();
                                } catch (IngestException e) {
                                    throw e;
                                } catch (IOException | RuntimeException e) {
                                    throw judged(what, e);
                                }
                            });
        } catch (FailsafeException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            if (e.getCause() instanceof InterruptedException) {
                throw (IOException)
                        new InterruptedIOException(what.get() + " was interrupted").initCause(e);
            }
            throw new IOException(what.get() + " failed", e);
        }
    }

    private Exception judged(Supplier<String> what, Exception trouble) {
        failures++;
        Trouble.Patience patience = Trouble.patience(trouble);
        boolean isBrief =
                patience == Trouble.Patience.BRIEF || (impatient && Trouble.isUnreachable(trouble));
        int most =
                isBrief ? Math.min(BRIEF_ATTEMPTS, options.maxAttempts()) : options.maxAttempts();
        boolean again =
                switch (patience) {
                    case NONE -> false;
                    case BRIEF -> failures < most;
                    case FULL -> failures < most && !outOfTime();
                };
        if (again && !Thread.currentThread().isInterrupted() && cancellation.pause()) {
            Duration pause = pause();
            long silent = ticker.nanos() - lastProgress;
            if (!suffers && Outage.isWorthTelling(failures, silent)) {
                suffers = true;
                outage.begin(
                        lastProgress,
                        what.get(),
                        Trouble.describe(trouble),
                        isBrief ? most + " attempts" : forLong(most));
            }
            LOG.atDebug()
                    .addKeyValue("failures", failures)
                    .addKeyValue("pauseMillis", pause.toMillis())
                    .addArgument(what)
                    .addArgument(() -> Trouble.describe(trouble))
                    .addArgument(failures)
                    .addArgument(pause.toMillis())
                    .log("{} is tried again after: {} (failure {}, in {} ms)");
            return new Again(pause, trouble);
        }
        String count = failures > 1 ? " (attempt " + failures + " without progress)" : "";
        return new IOException(
                what.get() + " failed: " + Trouble.describe(trouble) + count, trouble);
    }

    private String forLong(int attempts) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(options.giveUpAfterNanos());
        return seconds + " s or " + attempts + " attempts";
    }

    private boolean outOfTime() {
        return ticker.nanos() - lastProgress >= options.giveUpAfterNanos();
    }

    /** Half to all of the doubled pause, so that many readers don't come back at once. */
    private Duration pause() {
        long first = options.firstBackoffNanos();
        long longest = options.longestBackoffNanos();
        int doublings = Math.min(failures - 1, Long.numberOfLeadingZeros(Math.max(1, first)) - 1);
        long pause = Math.min(longest, first << doublings);
        return Duration.ofNanos(pause - ThreadLocalRandom.current().nextLong(pause / 2 + 1));
    }
}
