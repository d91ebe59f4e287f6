package io.ingest4j.core.schedule;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.spi.Ticker;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who waits for the end of a submission. All methods run on the loop's thread. */
final class Waiters<T> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    /** So many are looked after at a time, when the store has to be asked for each. */
    private static final int CHECKED_AT_A_TIME = 100;

    /** And no longer than that, as the lease has to be renewed meanwhile. */
    private static final long CHECKED_FOR_NANOS = 100_000_000L;

    private final ScheduleQueue<T> queue;
    private final Ticker ticker;
    private final Map<String, List<CompletableFuture<SubmissionStatus<T>>>> byId =
            new LinkedHashMap<>();

    /** Those that may have ended: they came since, or were said to have. */
    private final Set<String> unseen = new LinkedHashSet<>();

    private @Nullable RuntimeException failure;

    /** How many are still to be looked at, as their end may have been missed. */
    private int distrusted;

    Waiters(ScheduleQueue<T> queue, Ticker ticker) {
        this.queue = queue;
        this.ticker = ticker;
    }

    /** {@link #checkNew} follows. */
    void add(String id, CompletableFuture<SubmissionStatus<T>> future) {
        if (failure != null) {
            fail(future, failure);
            return;
        }
        List<CompletableFuture<SubmissionStatus<T>>> waiting =
                byId.computeIfAbsent(id, any -> new ArrayList<>(1));
        waiting.removeIf(CompletableFuture::isDone);
        waiting.add(future);
        unseen.add(id);
    }

    /** A submission has ended; {@link #checkNew} follows. */
    void ended(String id) {
        if (byId.containsKey(id)) {
            unseen.add(id);
        }
    }

    /** Looks at those that came or were said to have ended; returns whether there are more of them. */
    boolean checkNew() {
        long since = ticker.nanos();
        for (Iterator<String> ids = unseen.iterator(); ids.hasNext(); ) {
            if (ticker.nanos() - since > CHECKED_FOR_NANOS) {
                return true;
            }
            try {
                check(ids.next());
            } catch (RuntimeException | Error e) {
                LOG.debug("a submission that is waited for can't be looked at now", e);
                unseen.clear();
                distrust();
                return false;
            }
            ids.remove();
        }
        return false;
    }

    /** Completes the futures if the submission has ended; returns whether nothing is left to wait for. */
    private boolean isEnding(String id, List<CompletableFuture<SubmissionStatus<T>>> futures) {
        Optional<SubmissionStatus<T>> status;
        try {
            if (queue.isOpen(id)) {
                return false;
            }
            status = queue.status(id);
        } catch (BadRecordException e) {
            futures.forEach(future -> fail(future, e));
            return true;
        }
        for (CompletableFuture<SubmissionStatus<T>> future : futures) {
            if (status.isPresent()) {
                elsewhere(future, () -> future.complete(status.get()));
            } else {
                fail(
                        future,
                        new IllegalArgumentException(
                                "id must be that of a submission, was '" + id + "'"));
            }
        }
        return true;
    }

    /** Looks whether a submission has ended by now. If the store fails, its futures go on waiting. */
    private void check(String id) {
        List<CompletableFuture<SubmissionStatus<T>>> waiting = byId.get(id);
        if (waiting != null && isEnding(id, waiting)) {
            byId.remove(id);
        }
    }

    /**
     * Looks at some of them, those first that were not looked at for the longest time. If the store fails,
     * they go on waiting.
     */
    void checkSome() {
        long since = ticker.nanos();
        List<String> ids = byId.keySet().stream().limit(CHECKED_AT_A_TIME).toList();
        for (String id : ids) {
            try {
                check(id);
                distrusted--;
            } catch (RuntimeException | Error e) {
                LOG.warn("submissions that are waited for can't be looked at now, trying again", e);
                moveBack(id);
                break; // the store may be slow to fail, and there is other work
            }
            moveBack(id);
            if (ticker.nanos() - since > CHECKED_FOR_NANOS) {
                break;
            }
        }
        distrusted = byId.isEmpty() ? 0 : Math.max(0, distrusted);
    }

    private void moveBack(String id) {
        List<CompletableFuture<SubmissionStatus<T>>> waiting = byId.remove(id);
        if (waiting != null) {
            waiting.removeIf(CompletableFuture::isDone);
            if (!waiting.isEmpty()) {
                byId.put(id, waiting);
            }
        }
    }

    boolean isEmpty() {
        return byId.isEmpty();
    }

    /** Says that ends may have been missed. */
    void distrust() {
        distrusted = byId.size();
    }

    /** Tells whether there are some to be looked at, whoever shares the store. */
    boolean isDistrusting() {
        return distrusted > 0;
    }

    /** Fails all, and whoever comes later. */
    void fail(RuntimeException cause) {
        failure = cause;
        byId.values().forEach(all -> all.forEach(future -> fail(future, cause)));
        byId.clear();
        unseen.clear();
        distrusted = 0;
    }

    private static void fail(CompletableFuture<?> future, RuntimeException cause) {
        elsewhere(future, () -> future.completeExceptionally(cause));
    }

    /** What depends on a future runs on another thread, if there can be one. */
    private static void elsewhere(CompletableFuture<?> future, Runnable completion) {
        try {
            future.defaultExecutor().execute(completion);
        } catch (RuntimeException | Error e) {
            LOG.warn("there is no other thread for what depends on a completion", e);
            completion.run();
        }
    }
}
