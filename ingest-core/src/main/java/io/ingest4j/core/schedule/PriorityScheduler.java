package io.ingest4j.core.schedule;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.PriorityBatchScheduler;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.core.RetryPolicy;
import io.ingest4j.core.loop.Require;
import io.ingest4j.spi.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Processes submitted items by priority, so many in a period at the most.
 *
 * <pre>{@code
 * PriorityBatchScheduler<Long> scheduler = PriorityScheduler.<Long>calling(id -> client.process(id))
 *         .batchSize(3)
 *         .period(Duration.ofSeconds(5))
 *         .store(JdbcScheduleStore.of(dataSource, ItemForm.longs()))
 *         .deadLetters(DeadLetters.appendTo(Path.of("failed.ndjson")))
 *         .start();
 * String id = scheduler.submit(Submission.of(List.of(1L, 2L, 3L), Priority.HIGH));
 * scheduler.completion(id).thenAccept(status -> log.info("ended: {}", status.state()));
 * }</pre>
 *
 * <p>A dispatch begins as soon as something waits and one period has passed since the last call of the
 * dispatch before it began, whatever those calls take, unless too many are under way ({@link
 * Builder#maxInFlight}). An item that failed takes its old place again when
 * its wait is over, and counts anew in the dispatch that it goes with. Every item is processed at least
 * once: what was under way when a process died is processed again.
 *
 * <p>Safe for use by several threads. One thread, a daemon, does the work.
 *
 * @param <T> the item type
 * @since 0.1
 */
public final class PriorityScheduler<T> implements PriorityBatchScheduler<T> {

    private static final int MAX_CALLS_OF_A_SINK = 64;
    private static final int MAX_IN_FLIGHT = 1_000;

    private final DispatchThread<T> thread;

    private PriorityScheduler(DispatchThread<T> thread) {
        this.thread = thread;
    }

    /**
     * Processes each item by a call of its own.
     *
     * @param function begins to process an item and returns without waiting; called by the scheduler's
     *     thread. The item is processed when the stage completes, whatever with; it failed when that is
     *     an exception, or the function throws. An {@link java.io.IOException}, a timeout and a
     *     retryable {@link io.ingest4j.api.TransferException} may pass, and so may the lack of memory or
     *     of a class; any other exception or error will not.
     *     Cancelling the stage's {@code toCompletableFuture()} ends the attempt
     * @param <T> the item type
     * @return what to say more
     */
    public static <T> Builder<T> calling(
            Function<? super T, ? extends CompletionStage<?>> function) {
        return new Builder<>(new FunctionSink<>(function), Integer.MAX_VALUE);
    }

    /**
     * Processes items by a sink, those of a dispatch together as far as its {@link
     * RecordSink#maxBatchSize} allows. Each record's key is {@link
     * io.ingest4j.api.ScheduledItem#key()}.
     *
     * <p>The sink has to begin a call when it is told to: what waits in it for a connection begins later,
     * and perhaps together with other dispatches. So no more than 64 calls are under way, as {@code
     * HttpSink} has 64 connections, unless {@link Builder#maxInFlight} is set: give the sink as many then.
     *
     * @param sink whose delivered records are durable
     * @param <T> the item type
     * @return what to say more
     */
    public static <T> Builder<T> to(RecordSink<T> sink) {
        return new Builder<>(sink, MAX_CALLS_OF_A_SINK);
    }

    @Override
    public String submit(Submission<T> submission) {
        return thread.submit(submission);
    }

    @Override
    public Optional<SubmissionStatus<T>> status(String id) {
        return thread.status(id);
    }

    @Override
    public boolean cancel(String id) {
        return thread.cancel(id);
    }

    @Override
    public CompletionStage<SubmissionStatus<T>> completion(String id) {
        return thread.completion(id);
    }

    @Override
    public QueueStatistics statistics() {
        return thread.statistics();
    }

    /**
     * Lists submissions that have not ended, also those of earlier schedulers on the same store and of other
     * processes, for people: it may take a look at all that the store holds.
     *
     * @param most how many at the most, from 1
     * @return the last ones, newest first; none if the store can't list them
     * @throws IllegalStateException if the scheduler is closed
     * @throws io.ingest4j.api.IngestException if the store failed
     */
    public List<ScheduleQueue.OpenSubmission> openSubmissions(int most) {
        Require.atLeast("most", 1, most);
        return thread.open(most);
    }

    @Override
    public void close() {
        thread.close();
    }

    /**
     * Says what a scheduler is to be like. For one thread.
     *
     * @param <T> the item type
     */
    public static final class Builder<T> {

        private final RecordSink<T> sink;
        private String name = "scheduler";
        private int batchSize = 3;
        private Duration period = Duration.ofSeconds(5);
        private @Nullable Duration maxWait;
        private boolean fairTenants;
        private Duration idempotencyWindow = Duration.ofMinutes(5);
        private long maxQueued = 10_000_000;
        private Duration retention = Duration.ofDays(1);
        private Duration lease = Duration.ofSeconds(30);
        private int maxInFlight = MAX_IN_FLIGHT;
        private boolean isMaxInFlightSet;
        private int maxCalls;
        private Duration attemptTimeout = Duration.ofMinutes(2);
        private Duration stopTimeout = Duration.ofSeconds(30);
        private RetryPolicy retries = RetryPolicy.standard();
        private @Nullable RecordSink<DeadLetter> deadLetters;
        private ScheduleStore<T> store = ScheduleStores.memory();
        private final List<ScheduleListener<T>> listeners = new ArrayList<>();

        private Builder(RecordSink<T> sink, int maxCalls) {
            this.maxCalls = maxCalls;
            this.sink = Objects.requireNonNull(sink, "sink");
        }

        /**
         * Names the scheduler, for its thread, logs and dead letters. {@code scheduler} by default.
         *
         * @param scheduler not empty
         * @return this builder
         * @throws IllegalArgumentException if it is empty
         */
        public Builder<T> name(String scheduler) {
            Objects.requireNonNull(scheduler, "name");
            if (scheduler.isEmpty()) {
                throw new IllegalArgumentException("name must not be empty");
            }
            name = scheduler;
            return this;
        }

        /**
         * Sets how many items a batch and a dispatch hold at the most. 3 by default.
         *
         * @param items at least 1
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> batchSize(int items) {
            batchSize = (int) Require.atLeast("batchSize", 1, items);
            return this;
        }

        /**
         * Sets the sliding period in which there is at most one dispatch. 5 seconds by default.
         *
         * @param sliding zero for no limit; at most 3650 days
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> period(Duration sliding) {
            period = Require.notNegative("period", sliding);
            return this;
        }

        /**
         * Makes an item count as one priority higher for each such time that passed since its submission,
         * so that LOW is not starved. Never by default.
         *
         * @param wait more than zero
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> maxWait(Duration wait) {
            maxWait = Require.positive("maxWait", wait);
            return this;
        }

        /**
         * Sets how long an idempotency key, or a content, is known. 300 seconds by default.
         *
         * @param window zero or more
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> idempotencyWindow(Duration window) {
            idempotencyWindow = Require.notNegative("idempotencyWindow", window);
            return this;
        }

        /**
         * Sets how many items may wait. 10 million by default. Of several processes on one store, each
         * learns within seconds what the others added.
         *
         * @param items at least 1
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> maxQueued(long items) {
            maxQueued = Require.atLeast("maxQueued", 1, items);
            return this;
        }

        /**
         * Sets how long a submission is kept after its end. A day by default; at least the
         * idempotency window.
         *
         * @param time zero or more
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> retention(Duration time) {
            retention = Require.notNegative("retention", time);
            return this;
        }

        /**
         * Sets after how long a scheduler that shows no life has lost what it took, and others process it
         * again. 30 seconds by default. It has to be longer than the pauses of this process and its
         * database.
         *
         * @param time more than zero
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> lease(Duration time) {
            lease = Require.positive("lease", time);
            return this;
        }

        /**
         * Sets how many items may be under way, in any number of calls; no dispatch begins while it would
         * be more. By default 1,000, or the batch size if that is more; and of a sink no more than 64 calls,
         * or those of one dispatch if they are more.
         *
         * @param items at least 1
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> maxInFlight(int items) {
            maxInFlight = (int) Require.atLeast("maxInFlight", 1, items);
            isMaxInFlightSet = true;
            maxCalls = Integer.MAX_VALUE;
            return this;
        }

        /**
         * Sets how long an attempt may take before it is cancelled and counts as failed. 2 minutes by
         * default.
         *
         * @param timeout more than zero
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> attemptTimeout(Duration timeout) {
            attemptTimeout = Require.positive("attemptTimeout", timeout);
            return this;
        }

        /**
         * Sets how long closing waits for what is being processed. 30 seconds by default.
         *
         * @param timeout zero or more
         * @return this builder
         * @throws IllegalArgumentException if it is out of its range
         */
        public Builder<T> stopTimeout(Duration timeout) {
            stopTimeout = Require.notNegative("stopTimeout", timeout);
            return this;
        }

        /**
         * Takes the items of one priority from the tenants by turns, least recently served first, instead of
         * in the order of their submission.
         *
         * @return this builder
         */
        public Builder<T> fairTenants() {
            fairTenants = true;
            return this;
        }

        /**
         * Sets how failed attempts are repeated. {@link RetryPolicy#standard()} by default.
         *
         * @param policy how
         * @return this builder
         */
        public Builder<T> retry(RetryPolicy policy) {
            retries = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /**
         * Sets where items go that are given up, durably before they count as failed. Nowhere by default:
         * the submission's status has them, with the reason, as long as it is kept. A letter that the sink
         * doesn't take is offered again every second; after an attempt that threw the sink is opened anew
         * before, and has to add to what it has.
         *
         * @param letters whose delivered records are durable
         * @return this builder
         */
        public Builder<T> deadLetters(RecordSink<DeadLetter> letters) {
            deadLetters = Objects.requireNonNull(letters, "letters");
            return this;
        }

        /**
         * Sets where submissions are kept. In memory by default.
         *
         * @param place where
         * @return this builder
         */
        public Builder<T> store(ScheduleStore<T> place) {
            store = Objects.requireNonNull(place, "place");
            return this;
        }

        /**
         * Adds a listener.
         *
         * @param watcher gets the events
         * @return this builder
         */
        public Builder<T> listener(ScheduleListener<T> watcher) {
            listeners.add(Objects.requireNonNull(watcher, "watcher"));
            return this;
        }

        /**
         * Opens the store and begins.
         *
         * @return the scheduler, that the caller closes
         * @throws IllegalArgumentException if the settings don't fit together
         * @throws io.ingest4j.api.IngestException if the store or a sink can't be opened
         */
        public PriorityScheduler<T> start() {
            if (isMaxInFlightSet && maxInFlight < batchSize) {
                throw new IllegalArgumentException(
                        "maxInFlight must be >= batchSize " + batchSize + ", was " + maxInFlight);
            }
            return new PriorityScheduler<>(
                    DispatchThread.start(settings(), Ticker.system(), InstantSource.system()));
        }

        ScheduleSettings<T> settings() {
            ScheduleRules rules =
                    new ScheduleRules(
                            batchSize,
                            period,
                            Optional.ofNullable(maxWait),
                            fairTenants,
                            idempotencyWindow,
                            maxQueued,
                            retention,
                            lease);
            return new ScheduleSettings<>(
                    name,
                    sink,
                    rules,
                    Math.max(maxInFlight, batchSize),
                    maxCalls,
                    attemptTimeout,
                    stopTimeout,
                    retries,
                    Optional.ofNullable(deadLetters),
                    store,
                    listeners);
        }
    }
}
