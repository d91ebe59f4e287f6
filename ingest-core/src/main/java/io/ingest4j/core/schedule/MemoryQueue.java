package io.ingest4j.core.schedule;

import io.ingest4j.api.Priority;
import io.ingest4j.api.QueueStatistics;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.api.SubmissionRefusedException;
import io.ingest4j.api.SubmissionStatus;
import io.ingest4j.api.SubmissionStatus.State;
import io.ingest4j.core.loop.Require;
import io.ingest4j.core.schedule.MemoryLane.Slot;
import io.ingest4j.core.schedule.MemoryShelf.Delayed;
import io.ingest4j.core.schedule.MemoryShelf.Known;
import io.ingest4j.core.schedule.MemoryShelf.Turn;
import io.ingest4j.spi.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A store in memory as one scheduler sees it. */
final class MemoryQueue<T> implements ScheduleQueue<T> {

    /** Of more tenants than that, those with nothing in the queue are forgotten. */
    private static final int MAX_TURNS = 100_000;

    /** What is known by its content has this key; equal items, priority and tenant are equal keys. */
    private record Content<T>(List<T> items, Priority priority, String tenant) {}

    /** Where the next item lies. */
    private record Choice<T>(MemoryLane<T> lane, MemoryEntry<T> head, int level, long turn) {

        boolean isBefore(Choice<T> other) {
            if (level != other.level) {
                return level < other.level;
            }
            return turn != other.turn ? turn < other.turn : head.number < other.head.number;
        }
    }

    private final MemoryShelf<T> shelf;
    private final ScheduleRules rules;
    private final Ticker ticker;
    private final RecentRate dispatches;
    private final long maxWaitNanos;
    private volatile boolean closed;

    MemoryQueue(MemoryShelf<T> shelf, ScheduleRules rules, Ticker ticker) {
        this.shelf = shelf;
        this.rules = rules;
        this.ticker = ticker;
        dispatches = new RecentRate();
        maxWaitNanos = rules.maxWait().map(Require::nanos).orElse(Long.MAX_VALUE);
    }

    /** Ends this queue's part in the store; returns what it holds. */
    MemoryShelf<T> handOver() {
        close();
        return shelf;
    }

    @Override
    public String submit(Submission<T> submission) {
        synchronized (shelf) {
            requireOpen();
            long now = now();
            forgetKeys(now);
            Object key = key(submission);
            Known<T> earlier = key == null ? null : shelf.known.get(key);
            if (earlier != null) {
                requireSame(earlier.submission(), submission);
                return earlier.id();
            }
            requireRoom(submission.items().size());
            MemoryEntry<T> entry =
                    new MemoryEntry<>(++shelf.lastNumber, submission, rules.batchSize(), now);
            shelf.entries.add(entry);
            lane(entry).add(entry);
            shelf.depth[entry.priority().rank()] += entry.end;
            String id = id(entry);
            if (key != null) {
                Known<T> known = new Known<>(key, id, submission, now);
                shelf.known.put(key, known);
                shelf.knownInOrder.add(known);
            }
            return id;
        }
    }

    private static <T> @Nullable Object key(Submission<T> submission) {
        if (submission.once()) {
            return new Content<>(submission.items(), submission.priority(), submission.tenant());
        }
        return submission.idempotencyKey().isEmpty() ? null : submission.idempotencyKey();
    }

    private static <T> void requireSame(Submission<T> first, Submission<T> repeated) {
        if (!first.items().equals(repeated.items())
                || first.priority() != repeated.priority()
                || !first.tenant().equals(repeated.tenant())) {
            throw SubmissionRefusedException.keyReused(repeated.idempotencyKey());
        }
    }

    private void requireRoom(int items) {
        long queued = shelf.depth[0] + shelf.depth[1] + shelf.depth[2];
        if (queued + items > rules.maxQueued()) {
            throw SubmissionRefusedException.queueFull(rules.maxQueued(), queued, items);
        }
    }

    private void forgetKeys(long now) {
        long window = Require.nanos(rules.idempotencyWindow());
        for (Known<T> oldest = shelf.knownInOrder.peek();
                oldest != null && now - oldest.since() >= window;
                oldest = shelf.knownInOrder.peek()) {
            shelf.knownInOrder.remove();
            shelf.known.remove(oldest.key());
        }
    }

    @Override
    public Optional<SubmissionStatus<T>> status(String id) {
        synchronized (shelf) {
            MemoryEntry<T> entry = find(id);
            return entry == null ? Optional.empty() : Optional.of(entry.status(id));
        }
    }

    @Override
    public boolean isOpen(String id) {
        synchronized (shelf) {
            MemoryEntry<T> entry = find(id);
            return entry != null && !entry.isEnded();
        }
    }

    @Override
    public Cancellation cancel(String id) {
        synchronized (shelf) {
            requireOpen();
            MemoryEntry<T> entry = find(id);
            if (entry == null) {
                return new Cancellation(false, Optional.empty());
            }
            boolean hadFresh = entry.next < entry.end;
            boolean wasEnded = entry.isEnded();
            int cancelled = entry.cancel();
            shelf.depth[entry.priority().rank()] -= cancelled;
            if (hadFresh && entry.next >= entry.end) {
                MemoryLane<T> lane = lane(entry);
                lane.remove(entry);
                removeIfEmpty(lane, entry);
            }
            if (!wasEnded && entry.isEnded()) {
                ended(entry);
            }
            return new Cancellation(cancelled > 0, Optional.of(entry.state()));
        }
    }

    @Override
    public Claim<T> claim() {
        synchronized (shelf) {
            requireOpen();
            long now = now();
            for (Delayed<T> due = shelf.delayed.peek();
                    due != null && due.dueAt() <= now;
                    due = shelf.delayed.peek()) {
                shelf.delayed.remove();
                lane(due.slot().entry()).add(due.slot());
            }
            List<ScheduledItem<T>> items = new ArrayList<>();
            while (items.size() < rules.batchSize()) {
                Choice<T> choice = choose(now);
                if (choice == null) {
                    break;
                }
                items.add(take(choice));
            }
            if (items.isEmpty()) {
                Delayed<T> next = shelf.delayed.peek();
                return new Claim<>(items, next == null ? Long.MAX_VALUE : next.dueAt() - now);
            }
            dispatches.count(now);
            shelf.hasDispatched = true;
            return new Claim<>(items, 0);
        }
    }

    private @Nullable Choice<T> choose(long now) {
        Choice<T> best = null;
        for (Map<String, MemoryLane<T>> ofPriority : shelf.lanes) {
            for (MemoryLane<T> lane : ofPriority.values()) {
                MemoryEntry<T> head = lane.head();
                int level = level(head, now);
                Choice<T> choice = new Choice<>(lane, head, level, turn(head, level));
                if (best == null || choice.isBefore(best)) {
                    best = choice;
                }
            }
        }
        return best;
    }

    /** What an item counts as by now: 0 is the highest priority. */
    private int level(MemoryEntry<T> entry, long now) {
        long raised = (now - entry.submittedAt) / maxWaitNanos;
        return (int) Math.max(0, entry.priority().rank() - raised);
    }

    private long turn(MemoryEntry<T> entry, int level) {
        return rules.fairTenants()
                ? shelf.turns.getOrDefault(new Turn(level, entry.submission.tenant()), 0L)
                : 0;
    }

    private ScheduledItem<T> take(Choice<T> choice) {
        Slot<T> slot = choice.lane.poll();
        MemoryEntry<T> entry = slot.entry();
        removeIfEmpty(choice.lane, entry);
        shelf.depth[entry.priority().rank()]--;
        shelf.taken.add(slot);
        if (rules.fairTenants()) {
            shelf.turns.put(new Turn(choice.level, entry.submission.tenant()), ++shelf.lastTurn);
        }
        String id = id(entry);
        return new ScheduledItem<>(
                id,
                entry.batchId(id, slot.index()),
                slot.index(),
                entry.submission.items().get(slot.index()),
                entry.priority(),
                entry.submission.tenant(),
                slot.failedAttempts());
    }

    @Override
    public Map<String, State> settle(List<Settlement<T>> settlements) {
        Map<String, State> all = new LinkedHashMap<>();
        synchronized (shelf) {
            if (closed) {
                return all;
            }
            long now = now();
            for (Settlement<T> settlement : settlements) {
                ScheduledItem<T> item = settlement.item();
                MemoryEntry<T> entry = find(item.submission());
                if (entry == null) {
                    continue;
                }
                Slot<T> slot = new Slot<>(entry, item.index(), item.failedAttempts());
                if (shelf.taken.remove(slot)) {
                    settle(settlement, slot, now);
                    if (entry.isEnded()) {
                        all.put(item.submission(), entry.state());
                    }
                }
            }
        }
        return all;
    }

    private void settle(Settlement<T> settlement, Slot<T> slot, long now) {
        MemoryEntry<T> entry = slot.entry();
        switch (settlement.outcome()) {
            case COMPLETED -> entry.end(slot.index(), null);
            case FAILED -> entry.end(slot.index(), settlement.reason());
            case RETRY ->
                    putBack(
                            new Slot<>(entry, slot.index(), slot.failedAttempts() + 1),
                            now + Require.nanos(settlement.delay()),
                            now);
            case RETURNED -> putBack(slot, now + Require.nanos(settlement.delay()), now);
        }
        if (entry.isEnded()) {
            ended(entry);
        }
    }

    private void putBack(Slot<T> slot, long dueAt, long now) {
        shelf.depth[slot.entry().priority().rank()]++;
        if (dueAt > now) {
            shelf.delayed.add(new Delayed<>(slot, dueAt));
        } else {
            lane(slot.entry()).add(slot);
        }
    }

    @Override
    public boolean maintain() {
        synchronized (shelf) {
            long now = now();
            forgetKeys(now);
            long retention = Require.nanos(rules.retention());
            for (MemoryEntry<T> oldest = shelf.ended.peek();
                    oldest != null && now - oldest.endedAt >= retention;
                    oldest = shelf.ended.peek()) {
                shelf.ended.remove();
                shelf.entries.remove(oldest);
            }
            if (shelf.turns.size() > MAX_TURNS) {
                shelf.turns
                        .keySet()
                        .removeIf(
                                turn ->
                                        shelf.lanes.stream()
                                                .noneMatch(all -> all.containsKey(turn.tenant())));
            }
            return false;
        }
    }

    @Override
    public List<OpenSubmission> open(int most) {
        synchronized (shelf) {
            long now = now();
            List<OpenSubmission> open = new ArrayList<>();
            shelf.entries.visitNewestFirst(
                    entry -> {
                        if (!entry.isEnded()) {
                            Duration age = Duration.ofNanos(now - entry.submittedAt);
                            open.add(
                                    new OpenSubmission(
                                            id(entry), entry.priority(), age, entry.openCount()));
                        }
                        return open.size() < most;
                    });
            return open;
        }
    }

    @Override
    public boolean isHeld() {
        return !closed;
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public boolean hasDispatched() {
        synchronized (shelf) {
            return shelf.hasDispatched;
        }
    }

    @Override
    public QueueStatistics statistics() {
        synchronized (shelf) {
            long now = now();
            Map<Priority, Long> depth = new EnumMap<>(Priority.class);
            long oldest = now;
            for (Priority priority : Priority.values()) {
                depth.put(priority, shelf.depth[priority.rank()]);
                for (MemoryLane<T> lane : shelf.lanes.get(priority.rank()).values()) {
                    oldest = Math.min(oldest, lane.head().submittedAt);
                }
            }
            for (Delayed<T> one : shelf.delayed) {
                oldest = Math.min(oldest, one.slot().entry().submittedAt);
            }
            return new QueueStatistics(
                    depth, Duration.ofNanos(now - oldest), dispatches.perSecond(now));
        }
    }

    @Override
    public void close() {
        synchronized (shelf) {
            if (!closed) {
                closed = true;
                shelf.taken.forEach(slot -> putBack(slot, 0, 0));
                shelf.taken.clear();
            }
        }
    }

    private void ended(MemoryEntry<T> entry) {
        entry.endedAt = now();
        shelf.ended.add(entry);
    }

    private MemoryLane<T> lane(MemoryEntry<T> entry) {
        return shelf.lanes
                .get(entry.priority().rank())
                .computeIfAbsent(laneName(entry), any -> new MemoryLane<>());
    }

    private void removeIfEmpty(MemoryLane<T> lane, MemoryEntry<T> entry) {
        if (lane.isEmpty()) {
            shelf.lanes.get(entry.priority().rank()).remove(laneName(entry));
        }
    }

    private String laneName(MemoryEntry<T> entry) {
        return rules.fairTenants() ? entry.submission.tenant() : "";
    }

    private String id(MemoryEntry<T> entry) {
        return shelf.ids.id(entry.number);
    }

    private @Nullable MemoryEntry<T> find(String id) {
        long number = shelf.ids.number(id);
        return number < 0 ? null : shelf.entries.get(number);
    }

    private long now() {
        return ticker.nanos() - shelf.origin;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "the schedule's queue must be open, was closed or opened again");
        }
    }
}
