package io.ingest4j.examples.service;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.api.WriteFailure;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers what this process did last, for the live page. */
final class LiveBoard implements ScheduleListener<BigInteger> {

    private static final int MOST_DISPATCHES = 30;
    private static final int MOST_SUBMISSIONS = 12;

    private final Deque<DispatchRow> dispatches = new ArrayDeque<>();
    private final Map<String, DispatchRow.Chip> running = new HashMap<>();
    private final Map<String, Priority> submissions = new LinkedHashMap<>();
    private long number;
    private long inFlight;
    private long completed;
    private long failed;

    /** What happened, as counted since the start. */
    record Totals(long dispatches, long inFlight, long completed, long failed) {}

    synchronized void submitted(String id, Submission<BigInteger> submission) {
        show(id, submission.priority());
    }

    private void show(String id, Priority priority) {
        if (submissions.putIfAbsent(id, priority) == null
                && submissions.size() > MOST_SUBMISSIONS) {
            var oldest = submissions.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    @Override
    public synchronized void onDispatch(Instant time, List<ScheduledItem<BigInteger>> items) {
        DispatchRow row = new DispatchRow(++number, time, items);
        for (int i = 0; i < items.size(); i++) {
            ScheduledItem<BigInteger> item = items.get(i);
            if (i < row.chips().size()) {
                running.put(item.key(), row.chips().get(i));
            }
            show(item.submission(), item.priority());
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
        end(item, "done");
    }

    @Override
    public synchronized void onRetry(
            ScheduledItem<BigInteger> item, WriteFailure failure, Duration delay) {
        end(item, "again");
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
    synchronized Map<String, Priority> submissions() {
        List<String> ids = new ArrayList<>(submissions.keySet());
        Map<String, Priority> newestFirst = new LinkedHashMap<>();
        for (int i = ids.size() - 1; i >= 0; i--) {
            newestFirst.put(ids.get(i), submissions.get(ids.get(i)));
        }
        return newestFirst;
    }

    /** Writes the last dispatches, newest first. */
    synchronized void writeDispatches(tools.jackson.core.JsonGenerator json) {
        dispatches.descendingIterator().forEachRemaining(row -> row.write(json));
    }
}
