package io.ingest4j.core.schedule;

import io.ingest4j.api.SubmissionStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Who waits for the end of a submission. All methods run on the loop's thread. */
final class Waiters<T> {

    /** So many are looked after at a time, when the store has to be asked for each. */
    private static final int CHECKED_AT_A_TIME = 100;

    private final ScheduleQueue<T> queue;
    private final Map<String, List<CompletableFuture<SubmissionStatus<T>>>> byId =
            new LinkedHashMap<>();

    Waiters(ScheduleQueue<T> queue) {
        this.queue = queue;
    }

    void add(String id, CompletableFuture<SubmissionStatus<T>> future) {
        Optional<SubmissionStatus<T>> status;
        try {
            status = queue.status(id);
        } catch (RuntimeException e) {
            future.completeExceptionally(e);
            return;
        }
        if (status.isEmpty()) {
            future.completeExceptionally(
                    new IllegalArgumentException(
                            "id must be that of a submission, was '" + id + "'"));
        } else if (status.get().state().isEnd()) {
            future.completeAsync(status::get);
        } else {
            byId.computeIfAbsent(id, any -> new ArrayList<>(1)).add(future);
        }
    }

    /** Looks whether a submission has ended by now. */
    void check(String id) {
        List<CompletableFuture<SubmissionStatus<T>>> waiting = byId.remove(id);
        if (waiting != null) {
            waiting.removeIf(CompletableFuture::isDone);
            waiting.forEach(future -> add(id, future));
        }
    }

    /** Looks at some of them, those first that were not looked at for the longest time. */
    void checkSome() {
        List<String> ids = byId.keySet().stream().limit(CHECKED_AT_A_TIME).toList();
        ids.forEach(this::check);
    }

    boolean isEmpty() {
        return byId.isEmpty();
    }

    void fail(RuntimeException cause) {
        byId.values().forEach(all -> all.forEach(future -> future.completeExceptionally(cause)));
        byId.clear();
    }
}
