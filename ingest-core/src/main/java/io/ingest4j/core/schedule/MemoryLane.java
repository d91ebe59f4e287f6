package io.ingest4j.core.schedule;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** What waits of one priority, and of one tenant if they take turns, in order of submission and place. */
final class MemoryLane<T> {

    /** One item. Only those that were claimed have one. */
    record Slot<T>(MemoryEntry<T> entry, int index, int failedAttempts) {

        static <T> Comparator<Slot<T>> order() {
            return Comparator.comparingLong((Slot<T> slot) -> slot.entry.number)
                    .thenComparingInt(slot -> slot.index);
        }
    }

    /** Items that came back. */
    private final PriorityQueue<Slot<T>> back = new PriorityQueue<>(Slot.order());

    private @Nullable MemoryEntry<T> first;
    private @Nullable MemoryEntry<T> last;

    void add(MemoryEntry<T> entry) {
        entry.before = last;
        if (last == null) {
            first = entry;
        } else {
            last.after = entry;
        }
        last = entry;
    }

    /** Takes out a submission that has no items any more that were never claimed. */
    void remove(MemoryEntry<T> entry) {
        if (entry.before == null) {
            first = entry.after;
        } else {
            entry.before.after = entry.after;
        }
        if (entry.after == null) {
            last = entry.before;
        } else {
            entry.after.before = entry.before;
        }
        entry.before = null;
        entry.after = null;
    }

    void add(Slot<T> slot) {
        back.add(slot);
    }

    boolean isEmpty() {
        return first == null && back.isEmpty();
    }

    /** The submission of the next item; there is one. */
    MemoryEntry<T> head() {
        Slot<T> returned = back.peek();
        if (first == null || (returned != null && returned.entry.number <= first.number)) {
            return back.element().entry;
        }
        return first;
    }

    /** Takes the next item; there is one. */
    Slot<T> poll() {
        MemoryEntry<T> fresh = first;
        // What came back of a submission lies before what of it was never claimed.
        if (fresh == null || head() != fresh || returnedOf(fresh)) {
            return back.remove();
        }
        Slot<T> slot = new Slot<>(fresh, fresh.next++, 0);
        if (fresh.next >= fresh.end) {
            remove(fresh);
        }
        return slot;
    }

    private boolean returnedOf(MemoryEntry<T> entry) {
        Slot<T> returned = back.peek();
        return returned != null && returned.entry == entry;
    }
}
