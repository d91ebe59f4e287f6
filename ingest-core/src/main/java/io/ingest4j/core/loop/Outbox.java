package io.ingest4j.core.loop;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.TransferException;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteFailure.Action;
import io.ingest4j.api.WriteResult;
import io.ingest4j.spi.Ticker;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop's side of a sink: attempts under way, their deadlines and what became of them. Every
 * attempt ends exactly once, whatever the sink does. All methods run on the loop's thread.
 *
 * @param <T> the record type
 * @param <B> what is sent at a time
 */
public final class Outbox<T, B extends RecordBatch<T>> {

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    /** The kind of failure of an attempt that had no result in time. */
    public static final String CANCELLED = "attempt cancelled";

    /** The kind of failure of an attempt whose result is none. */
    public static final String BROKEN = "broken sink";

    /**
     * Takes the ends of attempts.
     *
     * @param <B> what is sent at a time
     */
    public interface Results<B> {
        /**
         * An attempt ended.
         *
         * @param batch what was sent
         * @param result what became of it
         * @param thrown what the sink threw, if it did
         * @param startedAt the clock's reading then
         * @param now the clock's reading
         */
        void ended(
                B batch, WriteResult result, @Nullable Throwable thrown, long startedAt, long now);
    }

    private record Attempt<B>(B batch, long startedAt, CompletionStage<WriteResult> stage) {

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    private final RecordWriter<T> writer;
    private final long timeoutNanos;
    private final Ticker ticker;
    private final Mailbox mailbox;
    private final Results<B> results;

    /** In the order of their start, which is the order of their deadlines. */
    private final Set<Attempt<B>> attempts = new LinkedHashSet<>();

    /**
     * Makes an outbox.
     *
     * @param writer sends
     * @param timeoutNanos how long an attempt may take
     * @param ticker the clock
     * @param mailbox takes the results to the loop's thread
     * @param results gets them there
     */
    public Outbox(
            RecordWriter<T> writer,
            long timeoutNanos,
            Ticker ticker,
            Mailbox mailbox,
            Results<B> results) {
        this.writer = writer;
        this.timeoutNanos = timeoutNanos;
        this.ticker = ticker;
        this.mailbox = mailbox;
        this.results = results;
    }

    /**
     * Begins an attempt.
     *
     * @param batch what to send
     * @param now the clock's reading
     */
    public void send(B batch, long now) {
        CompletionStage<WriteResult> stage;
        try {
            stage = writer.write(batch);
            if (stage == null) {
                stage =
                        CompletableFuture.failedFuture(
                                new NullPointerException("write() returned null"));
            }
        } catch (Throwable e) {
            stage = CompletableFuture.failedFuture(e);
        }
        Attempt<B> attempt = new Attempt<>(batch, now, stage);
        attempts.add(attempt);
        try {
            stage.whenComplete((result, failure) -> mailbox.post(ended(attempt, result, failure)));
        } catch (Throwable e) {
            mailbox.post(ended(attempt, null, e));
        }
    }

    /**
     * Counts the attempts under way.
     *
     * @return at least 0
     */
    public int inFlight() {
        return attempts.size();
    }

    /**
     * Ends the attempts whose deadline has passed.
     *
     * @param now the clock's reading
     * @return the nanoseconds to the next deadline; {@link Long#MAX_VALUE} if there is none
     */
    public long expire(long now) {
        while (!attempts.isEmpty()) {
            Attempt<B> oldest = attempts.iterator().next();
            long left = timeoutNanos - (now - oldest.startedAt);
            if (left > 0) {
                return left;
            }
            cancel(oldest);
        }
        return Long.MAX_VALUE;
    }

    /** Ends all attempts now. */
    public void cancelAll() {
        while (!attempts.isEmpty()) {
            cancel(attempts.iterator().next());
        }
    }

    /** A stage that has ended by then counts as what it ended with. */
    private void cancel(Attempt<B> attempt) {
        Runnable ending = () -> cancelled(attempt);
        try {
            CompletableFuture<WriteResult> stage = attempt.stage.toCompletableFuture();
            stage.cancel(true);
            if (stage.isDone() && !stage.isCancelled()) {
                ending = stage.handle((result, failure) -> ended(attempt, result, failure)).join();
            }
        } catch (RuntimeException e) {
            LOG.warn("the sink's stage can't be cancelled", e);
        }
        ending.run();
    }

    private Runnable ended(
            Attempt<B> attempt, @Nullable WriteResult result, @Nullable Throwable failure) {
        return () -> completed(attempt, result, failure);
    }

    private void cancelled(Attempt<B> attempt) {
        attempts.remove(attempt);
        long now = ticker.nanos(); // read again, as the permit counts from the end of the attempt
        WriteFailure failure =
                new WriteFailure(
                        Action.RETRY,
                        CANCELLED,
                        "no result after " + (now - attempt.startedAt) / 1_000_000 + " ms");
        WriteResult result = WriteResult.failed(failure, PermitOutcome.UNANSWERED);
        results.ended(attempt.batch, result, null, attempt.startedAt, now);
    }

    private void completed(
            Attempt<B> attempt, @Nullable WriteResult result, @Nullable Throwable failure) {
        if (attempts.remove(attempt)) {
            WriteResult checked = check(result, failure, attempt.batch.size());
            results.ended(attempt.batch, checked, failure, attempt.startedAt, ticker.nanos());
        }
    }

    private static WriteResult check(
            @Nullable WriteResult result, @Nullable Throwable failure, int size) {
        if (failure != null) {
            return WriteResult.failed(explain(failure), PermitOutcome.UNANSWERED);
        }
        if (result == null) {
            return broken("the sink completed with null");
        }
        if (!result.covers(size)) {
            return broken(
                    "the sink's result must have one entry per record, " + size + ", but has not");
        }
        return result;
    }

    private static WriteResult broken(String rule) {
        WriteFailure failure = new WriteFailure(Action.ABORT, BROKEN, rule);
        return WriteResult.failed(failure, PermitOutcome.UNANSWERED);
    }

    private static WriteFailure explain(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        Action action = Action.DEAD_LETTER;
        if (cause instanceof Error) {
            LOG.error("the sink threw an error", cause);
            action = Action.ABORT;
        } else if (cause instanceof IOException
                || cause instanceof TimeoutException
                || cause instanceof CancellationException
                || (cause instanceof TransferException transfer && transfer.isRetryable())) {
            action = Action.RETRY;
        }
        String message = cause.getMessage();
        return new WriteFailure(
                action, cause.getClass().getSimpleName(), message == null ? "" : message);
    }
}
