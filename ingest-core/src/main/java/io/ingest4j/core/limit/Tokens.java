package io.ingest4j.core.limit;

import io.ingest4j.api.PermitOutcome;
import io.ingest4j.api.RateLimiter.Guarantee;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;

/**
 * The tokens that guarantee a limit: as many as permits in a period, each away from its grant until
 * nothing sent on it can share a window with what is sent next. Not safe for use by several threads.
 */
final class Tokens {

    /** Up to so many permits each comes back at its own instant; beyond, so many entries do. */
    private static final int ENTRIES = 4096;

    private final boolean atStart;
    private final long returnNanos;
    private final long lateReturnNanos;
    private final ReturnQueue returns = new ReturnQueue();
    private final ReturnQueue lateReturns = new ReturnQueue();

    /** Those that earlier processes have spent. */
    private final ReturnQueue inherited = new ReturnQueue();

    private long permits;
    private long available;
    private long open;

    Tokens(PacedSettings settings) {
        atStart = settings.guarantee() == Guarantee.AT_START;
        returnNanos = settings.returnNanos();
        lateReturnNanos = settings.lateReturnNanos();
        permits(settings.permits());
    }

    long permits() {
        return permits;
    }

    /** Changes their number; those that are too many stay away when they come back. */
    void permits(long value) {
        available += value - permits;
        permits = value;
        returns.slack(value <= ENTRIES ? 0 : Math.max(1, returnNanos / ENTRIES));
        lateReturns.slack(value <= ENTRIES ? 0 : Math.max(1, lateReturnNanos / ENTRIES));
    }

    /** How many were granted and not closed yet. */
    long open() {
        return open;
    }

    /** The number of permits that come back only after a close: {@link #eachAway} doesn't tell of them. */
    long openAway() {
        return atStart ? 0 : open;
    }

    boolean isAvailable() {
        return available > 0;
    }

    void advance(long at) {
        available += returns.takeUntil(at) + lateReturns.takeUntil(at) + inherited.takeUntil(at);
    }

    void take(long cost, long at) {
        available -= cost;
        open += cost;
        if (atStart) {
            returns.add(at + returnNanos, cost);
        }
    }

    void close(long cost, PermitOutcome outcome, long at) {
        open -= cost;
        if (atStart) {
            return;
        }
        switch (outcome) {
            case ANSWERED -> returns.add(at + returnNanos, cost);
            case UNANSWERED -> lateReturns.add(at + lateReturnNanos, cost);
            case NOT_SENT -> available += cost;
        }
    }

    /** Sends away all that nobody holds, as if just lost. */
    void exhaust(long at) {
        long taken =
                Math.max(0, available)
                        + returns.takeAll()
                        + lateReturns.takeAll()
                        + inherited.takeAll();
        available = Math.min(0, available);
        if (taken > 0) {
            lateReturns.add(at + lateReturnNanos, taken);
        }
    }

    /** Sends away what was lost some time ago, unless it would be back by now. */
    void spent(long count, long agoNanos, long at) {
        long taken = Math.min(count, Math.max(0, available));
        if (agoNanos < lateReturnNanos && taken > 0) {
            available -= taken;
            lateReturns.add(at + lateReturnNanos - agoNanos, taken);
        }
    }

    /** Sends away what was just lost, also more than is there: what comes back makes up for it first. */
    void lose(long count, long at) {
        if (count > 0) {
            available -= count;
            lateReturns.add(at + lateReturnNanos, count);
        }
    }

    /**
     * Sends away what earlier processes have spent, in place of what was said of them before; also more
     * than is there.
     */
    void inherit(SortedMap<Long, Long> away, long at) {
        available += inherited.takeAll();
        away.forEach(
                (nanos, count) -> {
                    available -= count;
                    inherited.add(at + nanos, count);
                });
    }

    /** Tells of those spent here that come back, in no order: after how long, and how many. */
    void eachAway(long at, LongBiConsumer away) {
        for (ReturnQueue queue : List.of(returns, lateReturns)) {
            for (int i = 0; i < queue.size(); i++) {
                away.accept(queue.instant(i) - at, queue.count(i));
            }
        }
    }

    /** Takes two numbers. */
    @FunctionalInterface
    interface LongBiConsumer {
        void accept(long first, long second);
    }

    /**
     * How long from {@code at}, the instant advanced to, until so many are there: 0 if they are, {@link
     * Long#MAX_VALUE} if that hangs on a close.
     */
    long waitNanos(long cost, long at) {
        long missing = cost - available;
        if (missing <= 0) {
            return 0;
        }
        int early = 0;
        int late = 0;
        int older = 0;
        while (true) {
            ReturnQueue queue;
            int index;
            if (isNext(returns, early, lateReturns, late)
                    && isNext(returns, early, inherited, older)) {
                queue = returns;
                index = early++;
            } else if (isNext(lateReturns, late, inherited, older)) {
                queue = lateReturns;
                index = late++;
            } else if (older < inherited.size()) {
                queue = inherited;
                index = older++;
            } else {
                return Long.MAX_VALUE;
            }
            missing -= queue.count(index);
            if (missing <= 0) {
                return queue.instant(index) - at;
            }
        }
    }

    /** How long until all are there and none is open; {@link Long#MAX_VALUE} if that hangs on a close. */
    long restNanos(long at) {
        return open > 0 ? Long.MAX_VALUE : waitNanos(permits, at);
    }

    /** How many permits a second can last. */
    double perSecond(Duration latency) {
        double roundNanos = returnNanos;
        if (!atStart) {
            roundNanos += PauseGate.nanos("latency", latency);
        }
        return permits * 1e9 / roundNanos;
    }

    private static boolean isNext(ReturnQueue queue, int index, ReturnQueue other, int otherIndex) {
        return index < queue.size()
                && (otherIndex == other.size()
                        || queue.instant(index) - other.instant(otherIndex) <= 0);
    }
}
