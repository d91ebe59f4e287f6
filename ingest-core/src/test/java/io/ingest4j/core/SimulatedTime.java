package io.ingest4j.core;

import io.ingest4j.spi.Ticker;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.random.RandomGenerator;

/** Virtual time: what is planned happens in order, at once, and only when asked to. */
final class SimulatedTime implements Ticker {

    private record Event(long at, long order, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
    private final long origin;
    private long elapsed;
    private long order;
    private int openLanes;

    SimulatedTime(long origin) {
        this.origin = origin;
    }

    @Override
    public long nanos() {
        return origin + elapsed;
    }

    long elapsed() {
        return elapsed;
    }

    /** The process dies: nothing that it planned happens any more. */
    void crash() {
        events.clear();
        openLanes = 0;
    }

    int openLanes() {
        return openLanes;
    }

    void in(long nanos, Runnable action) {
        events.add(new Event(elapsed + Math.max(0, nanos), order++, action));
    }

    void advanceTo(long elapsedThen) {
        elapsed = Math.max(elapsed, elapsedThen);
    }

    /** Lets the next event happen, or the given time pass if it comes later. */
    void advance(long atMost) {
        Event next = events.peek();
        if (next == null || next.at - elapsed > atMost) {
            if (atMost == Long.MAX_VALUE) {
                throw new AssertionError("nothing will ever happen again");
            }
            elapsed += atMost;
        } else {
            elapsed = Math.max(elapsed, next.at);
            events.remove().action.run();
        }
    }

    /** A lane whose calls take a random time. */
    Surroundings.Lane openLane(RandomGenerator random, long maxDelay) {
        openLanes++;
        return new Surroundings.Lane() {
            private final Queue<Runnable> tasks = new ArrayDeque<>();
            private boolean running;
            private boolean finished;

            @Override
            public void execute(Runnable task) {
                if (finished) {
                    throw new AssertionError("execute after finish");
                }
                tasks.add(task);
                runNext();
            }

            private void runNext() {
                Runnable task = running ? null : tasks.poll();
                if (task != null) {
                    running = true;
                    in(
                            random.nextLong(maxDelay + 1),
                            () -> {
                                task.run();
                                running = false;
                                runNext();
                                countDownIfOver();
                            });
                }
            }

            @Override
            public void finish() {
                finished = true;
                countDownIfOver();
            }

            private void countDownIfOver() {
                if (finished && !running && tasks.isEmpty()) {
                    openLanes--;
                }
            }

            @Override
            public void interrupt() {}
        };
    }
}
