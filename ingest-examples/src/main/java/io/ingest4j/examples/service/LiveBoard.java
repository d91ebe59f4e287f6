package io.ingest4j.examples.service;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.api.WriteFailure;
import io.ingest4j.core.schedule.ScheduleQueue;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers what this process did last, for the live page. */
final class LiveBoard implements ScheduleListener<BigInteger> {

    private static final int MOST_DISPATCHES = 30;
    static final int MOST_SUBMISSIONS = 12;

    private final Deque<DispatchRow> dispatches = new ArrayDeque<>();
    private final Map<String, DispatchRow.Chip> running = new HashMap<>();
    private final Map<String, Shown> submissions = new HashMap<>();
    private long unknown = 1;
    private long number;
    private long inFlight;
    private long completed;
    private long failed;

    /** What happened, as counted since the start. */
    record Totals(long dispatches, long inFlight, long completed, long failed) {}

    /** A submission, and when it was submitted or, if that is not known, first dispatched here. */
    record Shown(String id, Priority priority, Instant time) {}

    private static final Comparator<Shown> OLDEST_FIRST =
            Comparator.comparing(Shown::time).thenComparing(Shown::id);

    synchronized void submitted(String id, Submission<BigInteger> submission, Instant now) {
        show(new Shown(id, submission.priority(), now));
    }

    private void show(Shown shown) {
        if (submissions.putIfAbsent(shown.id, shown) == null
                && submissions.size() > MOST_SUBMISSIONS) {
            submissions.remove(Collections.min(submissions.values(), OLDEST_FIRST).id);
        }
    }

    /**
     * How often there was reason to ask the store for submissions: at the start, and whenever others than
     * this process's were dispatched.
     */
    synchronized long unknown() {
        return unknown;
    }

    /** Adds what the store knows, also of earlier lives and other processes. */
    synchronized void found(List<ScheduleQueue.OpenSubmission> open, Instant now) {
        for (ScheduleQueue.OpenSubmission one : open) {
            Shown shown = new Shown(one.id(), one.priority(), now.minus(one.age()));
            if (submissions.computeIfPresent(one.id(), (id, old) -> older(old, shown)) == null) {
                show(shown);
            }
        }
    }

    private static Shown older(Shown one, Shown other) {
        return one.time.isAfter(other.time) ? other : one;
    }

    @Override
    public synchronized void onDispatch(Instant time, List<ScheduledItem<BigInteger>> items) {
        DispatchRow row = new DispatchRow(++number, time, items);
        for (int i = 0; i < items.size(); i++) {
            ScheduledItem<BigInteger> item = items.get(i);
            if (i < row.chips().size()) {
                running.put(item.key(), row.chips().get(i));
            }
            if (!submissions.containsKey(item.submission())) {
                unknown++;
                show(new Shown(item.submission(), item.priority(), time));
            }
        }
        inFlight += items.size();
        dispatches.addLast(row);
        if (dispatches.size() > MOST_DISPATCHES) {
            dispatches.removeFirst();
        }
    }

    @Override
    public synchronized void onCompleted(ScheduledItem<BigInteger> item) {
        completed++;
        end(item, "completed");
    }

    @Override
    public synchronized void onRetry(
            ScheduledItem<BigInteger> item, WriteFailure failure, Duration delay) {
        end(item, "retried");
    }

    @Override
    public synchronized void onFailed(ScheduledItem<BigInteger> item, WriteFailure failure) {
        failed++;
        end(item, "failed");
    }

    private void end(ScheduledItem<BigInteger> item, String state) {
        inFlight--;
        DispatchRow.@Nullable Chip chip = running.remove(item.key());
        if (chip != null) {
            chip.become(state);
        }
    }

    synchronized Totals totals() {
        return new Totals(number, inFlight, completed, failed);
    }

    /** The last submissions, newest first. */
    synchronized List<Shown> submissions() {
        return submissions.values().stream().sorted(OLDEST_FIRST.reversed()).toList();
    }

    /** Writes the last dispatches, newest first. */
    synchronized void writeDispatches(tools.jackson.core.JsonGenerator json) {
        dispatches.descendingIterator().forEachRemaining(row -> row.write(json));
    }
}
