package io.ingest4j.core.schedule;

import io.ingest4j.api.Priority;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a scheduler has to do, said as simply as possible: a list that is sorted anew each time. */
final class ScheduleModel {

    /** How far an item is. */
    enum At {
        WAITING,
        TAKEN,
        COMPLETED,
        FAILED,
        CANCELLED
    }

    /** One item. */
    static final class Item {
        final Sub of;
        final int index;
        final int value;
        At at = At.WAITING;
        boolean started;
        long dueAt;
        int failedAttempts;

        Item(Sub of, int index, int value) {
            this.of = of;
            this.index = index;
            this.value = value;
        }

        String key() {
            return of.id + '-' + index;
        }
    }

    /** One submission. */
    static final class Sub {
        final String id;
        final int number;
        final Submission<Integer> submission;
        final long submittedAt;
        final List<Item> items = new ArrayList<>();
        long endedAt = -1;

        Sub(String id, int number, Submission<Integer> submission, long submittedAt) {
            this.id = id;
            this.number = number;
            this.submission = submission;
            this.submittedAt = submittedAt;
            for (int value : submission.items()) {
                items.add(new Item(this, items.size(), value));
            }
        }
    }

    private record Key(String id, Submission<Integer> submission, long at) {}

    private final ScheduleRules rules;
    private final Map<String, Sub> subs = new LinkedHashMap<>();
    private final List<Item> items = new ArrayList<>();
    private final Map<Object, Key> keys = new HashMap<>();
    private final Map<List<Object>, Long> turns = new HashMap<>();
    private long turn;

    ScheduleModel(ScheduleRules rules) {
        this.rules = rules;
    }

    /** Returns the id that a submission must get: null for a new one; or why it must be refused. */
    Object expectedAnswer(Submission<Integer> submission, long now) {
        Key key = keys.get(key(submission));
        if (key != null && now - key.at < rules.idempotencyWindow().toNanos()) {
            return isSame(key.submission, submission) ? key.id : "KEY_REUSED";
        }
        long waiting = items.stream().filter(item -> item.at == At.WAITING).count();
        return waiting + submission.items().size() > rules.maxQueued() ? "QUEUE_FULL" : "new";
    }

    private static boolean isSame(Submission<Integer> one, Submission<Integer> other) {
        return one.items().equals(other.items())
                && one.priority() == other.priority()
                && one.tenant().equals(other.tenant());
    }

    private static Object key(Submission<Integer> submission) {
        return submission.once()
                ? List.of(submission.items(), submission.priority(), submission.tenant())
                : submission.idempotencyKey();
    }

    void submitted(String id, Submission<Integer> submission, long now) {
        Sub sub = new Sub(id, subs.size(), submission, now);
        if (subs.put(id, sub) != null) {
            throw new AssertionError("the id was given before: " + id);
        }
        items.addAll(sub.items);
        if (submission.once() || !submission.idempotencyKey().isEmpty()) {
            keys.put(key(submission), new Key(id, submission, now));
        }
    }

    boolean cancel(String id, long now) {
        Sub sub = subs.get(id);
        boolean any = false;
        for (int from = 0; from < sub.items.size(); from += rules.batchSize()) {
            List<Item> batch = batch(sub, from);
            if (batch.stream().noneMatch(item -> item.started) && batch.get(0).at != At.CANCELLED) {
                any = true;
                batch.forEach(item -> end(item, At.CANCELLED, now));
            }
        }
        return any;
    }

    private List<Item> batch(Sub sub, int from) {
        return sub.items.subList(from, Math.min(sub.items.size(), from + rules.batchSize()));
    }

    /** Takes the items of the next dispatch. */
    List<Item> dispatch(long now) {
        List<Item> taken = new ArrayList<>();
        while (taken.size() < rules.batchSize()) {
            var next =
                    items.stream()
                            .filter(item -> item.at == At.WAITING && item.dueAt <= now)
                            .min(
                                    Comparator.comparingLong((Item item) -> level(item, now))
                                            .thenComparingLong(item -> turnOf(item, now))
                                            .thenComparingInt(item -> item.of.number)
                                            .thenComparingInt(item -> item.index));
            if (next.isEmpty()) {
                break;
            }
            Item item = next.get();
            item.at = At.TAKEN;
            item.started = true;
            turns.put(List.of(level(item, now), item.of.submission.tenant()), ++turn);
            taken.add(item);
        }
        return taken;
    }

    private long level(Item item, long now) {
        long waited = now - item.of.submittedAt;
        long raised = rules.maxWait().map(wait -> waited / wait.toNanos()).orElse(0L);
        return Math.max(0, item.of.submission.priority().rank() - raised);
    }

    private long turnOf(Item item, long now) {
        return rules.fairTenants()
                ? turns.getOrDefault(List.of(level(item, now), item.of.submission.tenant()), 0L)
                : 0;
    }

    /** When there is something to dispatch, from now on, if nothing else happens. */
    long nextDue(long now) {
        return items.stream()
                .filter(item -> item.at == At.WAITING)
                .mapToLong(item -> Math.max(now, item.dueAt))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    Item item(String submission, int index) {
        return subs.get(submission).items.get(index);
    }

    void end(Item item, At how, long now) {
        item.at = how;
        if (item.of.items.stream().allMatch(one -> one.at != At.WAITING && one.at != At.TAKEN)) {
            item.of.endedAt = now;
        }
    }

    void putBack(Item item, long dueAt) {
        item.at = At.WAITING;
        item.dueAt = dueAt;
    }

    /** The one who had taken items is gone, and they wait again from some time on. */
    void giveBackAll(long dueAt) {
        for (Item item : items) {
            if (item.at == At.TAKEN) {
                putBack(item, dueAt);
            }
        }
    }

    int taken() {
        return (int) items.stream().filter(item -> item.at == At.TAKEN).count();
    }

    boolean hasDispatched() {
        return items.stream().anyMatch(item -> item.started);
    }

    /** The ids in the order of their submission. */
    List<String> ids() {
        return List.copyOf(subs.keySet());
    }

    boolean isOver() {
        return items.stream().noneMatch(item -> item.at == At.WAITING || item.at == At.TAKEN);
    }

    Map<Priority, Long> depth() {
        Map<Priority, Long> depth = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            depth.put(
                    priority,
                    items.stream()
                            .filter(item -> item.at == At.WAITING)
                            .filter(item -> item.of.submission.priority() == priority)
                            .count());
        }
        return depth;
    }

    long ended(String id) {
        return subs.get(id).endedAt;
    }

    /** A status without the reasons of failures, which are compared by themselves. */
    SubmissionStatus<Integer> status(String id) {
        Sub sub = subs.get(id);
        List<SubmissionStatus.Batch<Integer>> batches = new ArrayList<>();
        for (int from = 0; from < sub.items.size(); from += rules.batchSize()) {
            List<Item> batch = batch(sub, from);
            Map<Integer, String> failures = new HashMap<>();
            for (Item item : batch) {
                if (item.at == At.FAILED) {
                    failures.put(batch.indexOf(item), "");
                }
            }
            batches.add(
                    new SubmissionStatus.Batch<>(
                            id + '-' + (batches.size() + 1),
                            batch.stream().map(item -> item.value).toList(),
                            state(batch),
                            failures));
        }
        State state = submissionState(batches.stream().map(SubmissionStatus.Batch::state).toList());
        return new SubmissionStatus<>(id, state, batches);
    }

    private static State state(List<Item> batch) {
        if (batch.get(0).at == At.CANCELLED) {
            return State.CANCELLED;
        }
        if (batch.stream().noneMatch(item -> item.started)) {
            return State.YET_TO_START;
        }
        if (batch.stream().anyMatch(item -> item.at == At.WAITING || item.at == At.TAKEN)) {
            return State.TRIGGERED;
        }
        return batch.stream().anyMatch(item -> item.at == At.FAILED)
                ? State.FAILED
                : State.COMPLETED;
    }

    private static State submissionState(List<State> states) {
        Set<State> set = Set.copyOf(states);
        if (set.equals(Set.of(State.YET_TO_START))) {
            return State.YET_TO_START;
        }
        if (set.contains(State.YET_TO_START) || set.contains(State.TRIGGERED)) {
            return State.TRIGGERED;
        }
        return set.contains(State.FAILED)
                ? State.FAILED
                : set.contains(State.CANCELLED) ? State.CANCELLED : State.COMPLETED;
    }
}
