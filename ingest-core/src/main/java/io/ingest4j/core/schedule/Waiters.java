package io.ingest4j.core.schedule;

import io.ingest4j.api.BadRecordException;
import io.ingest4j.api.SubmissionStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who waits for the end of a submission. All methods run on the loop's thread. */
final class Waiters<T> {

    private static final Logger LOG = LoggerFactory.getLogger(PriorityScheduler.class);

    /** So many are looked after at a time, when the store has to be asked for each. */
    private static final int CHECKED_AT_A_TIME = 100;

    private final ScheduleQueue<T> queue;
    private final Map<String, List<CompletableFuture<SubmissionStatus<T>>>> byId =
            new LinkedHashMap<>();
    private @Nullable RuntimeException failure;

    /** How many are still to be looked at, as their end may have been missed. */
    private int distrusted;

    Waiters(ScheduleQueue<T> queue) {
        this.queue = queue;
    }

    void add(String id, CompletableFuture<SubmissionStatus<T>> future) {
        if (failure != null) {
            future.completeExceptionally(failure);
            return;
        }
        try {
            if (!isEnding(id, List.of(future))) {
                List<CompletableFuture<SubmissionStatus<T>>> waiting =
                        byId.computeIfAbsent(id, any -> new ArrayList<>(1));
                waiting.removeIf(CompletableFuture::isDone);
                waiting.add(future);
            }
        } catch (RuntimeException e) {
            future.completeExceptionally(e);
        }
    }

    /** Completes the futures if the submission has ended; returns whether nothing is left to wait for. */
    private boolean isEnding(String id, List<CompletableFuture<SubmissionStatus<T>>> futures) {
        Optional<SubmissionStatus.State> state = queue.state(id);
        if (state.isPresent() && !state.get().isEnd()) {
            return false;
        }
        Optional<SubmissionStatus<T>> status;
        try {
            status = state.isEmpty() ? Optional.empty() : queue.status(id);
        } catch (BadRecordException e) {
            futures.forEach(future -> future.completeExceptionally(e));
            return true;
        }
        for (CompletableFuture<SubmissionStatus<T>> future : futures) {
            if (status.isPresent()) {
                future.completeAsync(status::get); // what depends on it runs on another thread
            } else {
                future.completeExceptionally(
                        new IllegalArgumentException(
                                "id must be that of a submission, was '" + id + "'"));
            }
        }
        return true;
    }

    /** Looks whether a submission has ended by now. If the store fails, its futures go on waiting. */
    void check(String id) {
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
        List<String> ids = byId.keySet().stream().limit(CHECKED_AT_A_TIME).toList();
        for (String id : ids) {
            try {
                check(id);
                distrusted--;
            } catch (RuntimeException e) {
                LOG.debug("a submission that is waited for can't be looked at now", e);
                moveBack(id);
                break; // the store may be slow to fail, and there is other work
            }
            moveBack(id);
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
        byId.values().forEach(all -> all.forEach(future -> future.completeExceptionally(cause)));
        byId.clear();
        distrusted = 0;
    }
}
