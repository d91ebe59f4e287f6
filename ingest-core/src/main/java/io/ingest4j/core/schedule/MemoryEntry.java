package io.ingest4j.core.schedule;

import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A submission in memory. There may be millions, so what only those need that are under way is made
 * when it is needed.
 */
final class MemoryEntry<T> {

    final long number;
    final Submission<T> submission;
    final int batchSize;
    final long submittedAt;

    /** The items before were claimed at least once. */
    int next;

    /** The items from here on were cancelled. */
    int end;

    /** How many of those before {@link #end} are at their end. */
    private int endedCount;

    /** Which these are, while they are some and not all. */
    private @Nullable BitSet ended;

    private @Nullable TreeMap<Integer, String> failures;

    /** When all were at their end. */
    long endedAt;

    /** The neighbours among those of its lane that have items that were never claimed. */
    @Nullable MemoryEntry<T> before;

    @Nullable MemoryEntry<T> after;

    MemoryEntry(long number, Submission<T> submission, int batchSize, long submittedAt) {
        this.number = number;
        this.submission = submission;
        this.batchSize = batchSize;
        this.submittedAt = submittedAt;
        end = submission.items().size();
    }

    Priority priority() {
        return submission.priority();
    }

    /** Cuts off the batches of which nothing was claimed; returns how many items that are. */
    int cancel() {
        int started = (next + batchSize - 1) / batchSize * batchSize;
        int cancelled = Math.max(0, end - started);
        end -= cancelled;
        return cancelled;
    }

    void end(int index, @Nullable String failure) {
        endedCount++;
        if (failure != null) {
            if (failures == null) {
                failures = new TreeMap<>();
            }
            failures.put(index, failure);
        }
        if (isEnded()) {
            ended = null;
            return;
        }
        if (ended == null) {
            ended = new BitSet();
        }
        ended.set(index);
    }

    int openCount() {
        return end - endedCount;
    }

    boolean isEnded() {
        return endedCount == end;
    }

    /** The state of all together, without a look at each. */
    State state() {
        if (!isEnded()) {
            return next == 0 ? State.YET_TO_START : State.TRIGGERED;
        }
        if (failures != null) {
            return State.FAILED;
        }
        return end < submission.items().size() ? State.CANCELLED : State.COMPLETED;
    }

    SubmissionStatus<T> status(String id) {
        List<T> items = submission.items();
        List<SubmissionStatus.Batch<T>> batches = new ArrayList<>();
        List<State> states = new ArrayList<>();
        for (int from = 0; from < items.size(); from += batchSize) {
            int to = Math.min(items.size(), from + batchSize);
            State state = state(from, to);
            states.add(state);
            batches.add(
                    new SubmissionStatus.Batch<>(
                            batchId(id, from), items.subList(from, to), state, failures(from, to)));
        }
        return new SubmissionStatus<>(id, State.of(states), batches);
    }

    String batchId(String id, int index) {
        return id + '-' + (index / batchSize + 1);
    }

    private State state(int from, int to) {
        if (from >= end) {
            return State.CANCELLED;
        }
        if (from >= next) {
            return State.YET_TO_START;
        }
        if (!isEnded() && (ended == null || ended.nextClearBit(from) < to)) {
            return State.TRIGGERED;
        }
        return failures(from, to).isEmpty() ? State.COMPLETED : State.FAILED;
    }

    private Map<Integer, String> failures(int from, int to) {
        if (failures == null) {
            return Map.of();
        }
        Map<Integer, String> some = new TreeMap<>();
        failures.subMap(from, to).forEach((index, reason) -> some.put(index - from, reason));
        return some;
    }
}
