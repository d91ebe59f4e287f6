package io.ingest4j.core.schedule;

import io.ingest4j.api.Priority;
import io.ingest4j.api.ScheduleListener;
import io.ingest4j.api.ScheduledItem;
import io.ingest4j.api.Submission;
import io.ingest4j.core.loop.Mailbox;
import io.ingest4j.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/** A scheduler on virtual time, stepped by the test's thread. */
final class VirtualScheduler<T> implements AutoCloseable {

    private static final Instant MIDNIGHT = Instant.parse("2026-01-01T00:00:00Z");

    /** A dispatch and when it began. */
    record Dispatched<T>(Duration at, List<ScheduledItem<T>> scheduled) {
        List<T> items() {
            return scheduled.stream().map(ScheduledItem::item).toList();
        }

        @Override
        public String toString() {
            return "T" + (at.toNanos() % 1_000_000_000 == 0 ? at.toSeconds() : at) + " " + items();
        }
    }

    private record Event(long at, long number, Runnable action) {}

    final VirtualClock clock;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private long planned;
    final ScheduleQueue<T> queue;
    final DispatchLoop<T> loop;
    final List<Dispatched<T>> dispatches = new ArrayList<>();

    VirtualScheduler(VirtualClock clock, PriorityScheduler.Builder<T> builder) {
        this.clock = clock;
        builder.listener(
                new ScheduleListener<>() {
                    @Override
                    public void onDispatch(Instant time, List<ScheduledItem<T>> items) {
                        dispatches.add(new Dispatched<>(now(), items));
                    }
                });
        ScheduleSettings<T> settings = builder.settings();
        InstantSource timeOfDay = clockOf(clock);
        queue = settings.store().open(settings.rules(), clock, timeOfDay);
        loop =
                DispatchLoop.open(
                        settings,
                        queue,
                        new Mailbox(),
                        clock,
                        timeOfDay,
                        new Random(4711),
                        Runnable::run);
    }

    /** The time of day that goes with a virtual clock. */
    static InstantSource clockOf(VirtualClock clock) {
        return () -> MIDNIGHT.plusNanos(clock.elapsedNanos());
    }

    Duration now() {
        return Duration.ofNanos(clock.elapsedNanos());
    }

    String submit(Priority priority, List<T> items) {
        return submit(Submission.of(items, priority));
    }

    String submit(Submission<T> submission) {
        return queue.submit(submission);
    }

    /** Plans something for later; the loop is stepped afterwards. */
    void after(Duration delay, Runnable action) {
        events.add(new Event(clock.elapsedNanos() + delay.toNanos(), planned++, action));
    }

    /** Steps the loop until it has nothing to do now; returns how long it would wait. */
    long settle() {
        long wait = loop.step();
        while (wait == 0 && !loop.isOver()) {
            wait = loop.step();
        }
        return wait;
    }

    /** Lets the time pass, stepping the loop whenever it wants to be and after each event. */
    void runFor(Duration time) {
        long end = clock.elapsedNanos() + time.toNanos();
        while (!loop.isOver()) {
            long now = clock.elapsedNanos();
            long next = now + Math.min(settle(), end - now);
            Event event = events.peek();
            boolean isEventNext = event != null && event.at <= next;
            if (!isEventNext && next == end) {
                clock.advance(end - now);
                return;
            }
            clock.advance(Math.max(0, (isEventNext ? event.at : next) - now));
            if (isEventNext) {
                events.remove().action.run();
            }
        }
    }

    /** Lets the time pass, until the next event at the longest, and runs all events of that instant. */
    void runUntilEvent(Duration longest) {
        Event event = events.peek();
        long end = clock.elapsedNanos() + longest.toNanos();
        clock.advance(Math.min(end, event == null ? end : event.at) - clock.elapsedNanos());
        while (!events.isEmpty() && events.peek().at <= clock.elapsedNanos()) {
            events.remove().action.run();
        }
    }

    void beginClose() {
        loop.close();
    }

    @Override
    public void close() {
        beginClose();
        runFor(Duration.ofDays(1));
        loop.abandonAll(new IllegalStateException("closed"), null);
    }
}
