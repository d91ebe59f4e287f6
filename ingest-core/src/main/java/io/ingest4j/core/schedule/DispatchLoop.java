package io.ingest4j.core.schedule;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.SourceSplit;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.core.loop.Outbox;
import io.ingest4j.core.loop.Require;
import io.ingest4j.spi.Ticker;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a scheduler does, as a state machine that one thread steps: take results, tell the store, claim
 * the next dispatch when the limiter allows one, begin its calls.
 *
 * <p>The limiter holds one permit per period, closed when the last call of a dispatch has begun: so the
 * calls of two dispatches lie a period apart, however long it took to claim and begin them.
 */
final class DispatchLoop<T> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    private static final long STORE_AGAIN_NANOS = 1_000_000_000L;
    private static final long LEASE_AGAIN_NANOS = 100_000_000L;
    private static final long CHECK_NANOS = 1_000_000_000L;
    private static final long LAST_LOOK_NANOS = 5_000_000_000L;
    private static final long MAINTAIN_AGAIN_NANOS = 1_000_000_000L;
    private static final long MAX_MAINTAIN_NANOS = 60_000_000_000L;
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final WriteFailure LEASE_ENDED =
            new WriteFailure(WriteFailure.Action.RETRY, "lease ended", "not called");
    private static final WriteFailure TOO_LATE =
            new WriteFailure(WriteFailure.Action.RETRY, "too late after the claim", "not called");
    private static final int MAX_REASON_LENGTH = 1_000;

    /** Settled in one go, so that a queue without a period doesn't wait for all in flight. */
    private static final int DISPATCHES_AT_A_TIME = 100;

    private static final int EVENTS_AT_A_TIME = 10_000;

    private final ScheduleSettings<T> settings;
    private final ScheduleQueue<T> queue;
    private final Ticker ticker;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Mailbox mailbox;
    private final RateLimiter limiter;
    private final SourceSplit split;
    private final Function<T, ByteBuffer> bytes;
    private final Sinks<T> sinks;
    private final Outbox<T, ScheduledBatch<T>> calls;
    private final LetterDesk<T> letters;
    private final Waiters<T> waiters;
    private final long maintainNanos;
    private List<Settlement<T>> settlements = new ArrayList<>();

    /** Items that were claimed, and of which the store doesn't know yet what became of them. */
    private int underWay;

    private long maintainedAt;
    private long maintainAfterNanos;
    private long checkedAt;
    private boolean storeFails;
    private long storeFailedAt;
    private boolean closing;
    private long closingSince;
    private boolean abandoned;
    private boolean over;

    private DispatchLoop(
            ScheduleSettings<T> settings,
            ScheduleQueue<T> queue,
            Mailbox mailbox,
            Ticker ticker,
            InstantSource clock,
            RandomGenerator random,
            Executor helpers,
            RateLimiter limiter,
            Sinks<T> sinks) {
        this.settings = settings;
        this.queue = queue;
        this.mailbox = mailbox;
        this.ticker = ticker;
        this.clock = clock;
        this.random = random;
        this.limiter = limiter;
        this.sinks = sinks;
        split = ScheduledBatch.split(settings.name());
        bytes = settings.store()::bytes;
        long timeout = Require.nanos(settings.attemptTimeout());
        calls = new Outbox<>(sinks.calls(), timeout, ticker, mailbox, this::called);
        letters = new LetterDesk<>(settings, sinks, mailbox, ticker, clock, helpers, this::buried);
        waiters = new Waiters<>(queue, ticker);
        maintainNanos =
                Math.max(
                        1,
                        Math.min(MAX_MAINTAIN_NANOS, Require.nanos(settings.rules().lease()) / 4));
        maintainAfterNanos = maintainNanos;
        maintainedAt = ticker.nanos();
        checkedAt = maintainedAt;
    }

    /** Opens the sinks; the caller closes the queue if that fails. */
    static <T> DispatchLoop<T> open(
            ScheduleSettings<T> settings,
            ScheduleQueue<T> queue,
            Mailbox mailbox,
            Ticker ticker,
            InstantSource clock,
            RandomGenerator random,
            Executor helpers) {
        RateLimiter limiter = limiter(settings.rules().period());
        if (queue.hasDispatched()) {
            limiter.resume("", Duration.ZERO, ticker.nanos());
        }
        WriterContext context = new WriterContext(ticker, limiter, Optional.empty());
        return new DispatchLoop<>(
                settings,
                queue,
                mailbox,
                ticker,
                clock,
                random,
                helpers,
                limiter,
                Sinks.open(settings, context));
    }

    /** One permit a period, which comes back a period after the last call was begun. */
    private static RateLimiter limiter(Duration period) {
        return period.isZero()
                ? RateLimiters.unlimited()
                : RateLimiters.per(1, period)
                        .clockDriftPpm(0)
                        .lateArrival(Duration.ZERO)
                        .rampUp(Duration.ZERO);
    }

    /** Does all that can be done now; returns the nanoseconds until there may be more. */
    long step() {
        takeEvents();
        long now = ticker.nanos();
        long wait = Math.min(calls.expire(now), letters.expire(now));
        if (closing) {
            wait = Math.min(wait, end());
            if (over) {
                return 0;
            }
        }
        wait = Math.min(wait, withStore());
        return mailbox.isEmpty() ? wait : 0;
    }

    /** Takes not more than there are now, lest those who submit keep the loop from its work. */
    private void takeEvents() {
        Runnable event = mailbox.poll();
        for (int i = 0; event != null; i++) {
            event.run();
            event = i < EVENTS_AT_A_TIME ? mailbox.poll() : null;
        }
    }

    boolean isOver() {
        return over;
    }

    /** Claims nothing more; the loop is over when all has ended, or the time to stop is. */
    void close() {
        closing = true;
        closingSince = ticker.nanos();
    }

    /** Somebody cancelled what was left of a submission. */
    void ended(String id, SubmissionStatus.State state) {
        tell(listener -> listener.onEnd(id, state));
        waiters.ended(id);
    }

    void await(String id, CompletableFuture<SubmissionStatus<T>> future) {
        waiters.add(id, future);
    }

    /** Nobody knows what became of a change. */
    void distrust() {
        waiters.distrust();
    }

    /**
     * Nothing will ever happen again; the last call of all, once the loop is over or has thrown.
     *
     * @param cause what those get who wait
     * @param failure what ended the loop, if it did not end by itself
     */
    void abandonAll(RuntimeException cause, @Nullable Throwable failure) {
        abandoned = true;
        if (!over) {
            over = true;
            guard(calls::cancelAll);
            guard(letters::abandon);
            guard(queue::close);
        }
        guard(() -> waiters.fail(cause));
        for (Runnable event = mailbox.poll(); event != null; event = mailbox.poll()) {
            guard(event);
        }
        guard(sinks::close); // last, as a sink may hang
        tell(listener -> listener.onClose(Optional.ofNullable(failure)));
    }

    /** At the end nothing keeps what is left from being done. */
    private void guard(Runnable lastWork) {
        try {
            lastWork.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("scheduler {}: something failed at the end", settings.name(), e);
        }
    }

    /** All that needs the store; if it fails, again a second later. */
    private long withStore() {
        long now = ticker.nanos();
        if (storeFails) {
            long left = STORE_AGAIN_NANOS - (now - storeFailedAt);
            if (left > 0) {
                return left;
            }
        }
        try {
            settle();
            if (storeFails) {
                waiters.distrust();
            }
            storeFails = false;
            long wait = Math.min(maintain(now), check(now));
            return Math.min(wait, dispatch());
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("scheduler", settings.name())
                    .setCause(e)
                    .log("scheduler {}: the store failed, trying again", settings.name());
            storeFails = true;
            storeFailedAt = ticker.nanos();
            return STORE_AGAIN_NANOS;
        }
    }

    private void settle() {
        if (settlements.isEmpty()) {
            return;
        }
        Map<String, SubmissionStatus.State> ended = queue.settle(settlements);
        underWay -= settlements.size();
        settlements = new ArrayList<>();
        ended.forEach(this::ended);
    }

    private long maintain(long now) {
        long left = maintainAfterNanos - (now - maintainedAt);
        if (left > 0 && queue.isHeld()) {
            return left;
        }
        boolean more = queue.maintain();
        maintainAfterNanos = more ? Math.min(MAINTAIN_AGAIN_NANOS, maintainNanos) : maintainNanos;
        maintainedAt = now;
        return maintainAfterNanos;
    }

    /** What others did, or what was lost when the store failed, nobody tells. */
    private long check(long now) {
        long wait = waiters.checkNew() ? 0 : Long.MAX_VALUE;
        if (!waiters.isDistrusting() && (waiters.isEmpty() || !queue.isShared())) {
            return wait;
        }
        long left = CHECK_NANOS - (now - checkedAt);
        if (left > 0) {
            return Math.min(wait, left);
        }
        waiters.checkSome();
        checkedAt = now;
        return Math.min(wait, CHECK_NANOS);
    }

    private long dispatch() {
        for (int i = 0; i < DISPATCHES_AT_A_TIME; i++) {
            if (closing || isFull()) {
                return settlements.isEmpty() ? Long.MAX_VALUE : 0;
            }
            if (!queue.isHeld()) {
                return LEASE_AGAIN_NANOS;
            }
            long wait = limiter.reserve(1, RateLimiter.NO_KEY, ticker.nanos());
            if (wait != RateLimiter.GRANTED) {
                return settlements.isEmpty() ? wait : 0;
            }
            PermitOutcome outcome = PermitOutcome.NOT_SENT;
            OptionalLong begunAt = OptionalLong.empty();
            try {
                ScheduleQueue.Claim<T> claim = queue.claim();
                if (claim.items().isEmpty()) {
                    return settlements.isEmpty() ? claim.waitNanos() : 0;
                }
                outcome = PermitOutcome.ANSWERED;
                begin(claim.items());
                begunAt = OptionalLong.of(ticker.nanos());
                queue.begun(); // a commit, which is no part of the period
            } finally {
                limiter.close(1, RateLimiter.NO_KEY, outcome, begunAt.orElseGet(ticker::nanos));
            }
        }
        return 0;
    }

    /** Tells whether a whole dispatch would be more than may be under way. */
    private boolean isFull() {
        int items = settings.rules().batchSize();
        if ((long) underWay + items > settings.maxInFlight()) {
            return true;
        }
        int more = (items - 1) / sinks.maxBatchSize() + 1;
        int inFlight = calls.inFlight();
        return inFlight > 0 && (long) inFlight + more > settings.maxCalls();
    }

    private void begin(List<ScheduledItem<T>> items) {
        underWay += items.size();
        tell(listener -> listener.onDispatch(clock.instant(), items));
        for (int from = 0; from < items.size(); ) {
            int to = (int) Math.min(items.size(), (long) from + sinks.maxBatchSize());
            List<ScheduledItem<T>> some = items.subList(from, to);
            if (queue.mayBegin()) {
                calls.send(new ScheduledBatch<>(split, some, bytes), ticker.nanos());
            } else {
                WriteFailure why = queue.isHeld() ? TOO_LATE : LEASE_ENDED;
                some.forEach(item -> giveBack(item, why, Duration.ZERO));
            }
            from = to;
        }
    }

    private void called(
            ScheduledBatch<T> batch,
            WriteResult result,
            @Nullable Throwable thrown,
            long startedAt,
            long now) {
        if (over) {
            return; // its items went back to the queue
        }
        Duration pause = result.retryAfter();
        if (!pause.isZero()) {
            limiter.pause(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE, now);
        }
        for (int i = 0; i < batch.size(); i++) {
            ScheduledItem<T> item = batch.items().get(i);
            Optional<WriteFailure> failure = result.failure(i);
            if (failure.isEmpty()) {
                settlements.add(Settlement.completed(item));
                tell(listener -> listener.onCompleted(item));
            } else {
                failed(item, failure.get());
            }
        }
        letters.send(now);
    }

    private void failed(ScheduledItem<T> item, WriteFailure failure) {
        if (abandoned) {
            giveBack(item, failure, Duration.ZERO);
            return;
        }
        switch (failure.action()) {
            case RETRY -> {
                Optional<Duration> delay =
                        settings.retries().delayAfter(item.failedAttempts() + 1, random);
                if (delay.isPresent()) {
                    settlements.add(Settlement.retry(item, reason(failure), delay.get()));
                    tell(listener -> listener.onRetry(item, failure, delay.get()));
                } else {
                    letters.add(item, failure);
                }
            }
            case DEAD_LETTER -> letters.add(item, failure);
            case ABORT -> {
                // Nothing would succeed now, as with refused credentials, so nothing is given up.
                Duration delay = settings.retries().maxDelay();
                LOG.atError()
                        .addKeyValue("scheduler", settings.name())
                        .addKeyValue("failure", failure)
                        .log(
                                "scheduler {}: no item can be processed: {}",
                                settings.name(),
                                failure);
                giveBack(item, failure, delay);
            }
        }
    }

    private void giveBack(ScheduledItem<T> item, WriteFailure failure, Duration delay) {
        settlements.add(Settlement.returned(item, reason(failure), delay));
        tell(listener -> listener.onRetry(item, failure, delay));
    }

    private void buried(ScheduledItem<T> item, WriteFailure failure) {
        settlements.add(Settlement.failed(item, reason(failure)));
        tell(listener -> listener.onFailed(item, failure));
    }

    /** Ends when nothing is under way, or the time to stop is over. */
    private long end() {
        long left = Require.nanos(settings.stopTimeout()) - (ticker.nanos() - closingSince);
        if (left > 0 && underWay > settlements.size()) {
            return left;
        }
        abandoned = true;
        calls.cancelAll();
        letters.abandon();
        try {
            settle();
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("scheduler", settings.name())
                    .setCause(e)
                    .log(
                            "scheduler {}: the store failed at the end, the items go back with the"
                                    + " lease",
                            settings.name());
        }
        long since = ticker.nanos();
        boolean more = true;
        while (more && ticker.nanos() - since < LAST_LOOK_NANOS) {
            more = waiters.checkNew();
        }
        queue.close();
        over = true;
        return 0;
    }

    private static String reason(WriteFailure failure) {
        String text = failure.toString().replace('\0', ' ');
        if (text.length() <= MAX_REASON_LENGTH) {
            return text;
        }
        boolean splitsPair = Character.isHighSurrogate(text.charAt(MAX_REASON_LENGTH - 1));
        return text.substring(0, splitsPair ? MAX_REASON_LENGTH - 1 : MAX_REASON_LENGTH);
    }

    private void tell(Consumer<ScheduleListener<T>> event) {
        for (ScheduleListener<T> listener : settings.listeners()) {
            try {
                event.accept(listener);
            } catch (RuntimeException | Error e) {
                LOG.atWarn()
                        .addKeyValue("scheduler", settings.name())
                        .setCause(e)
                        .log("scheduler {}: a listener failed", settings.name());
            }
        }
    }
}
