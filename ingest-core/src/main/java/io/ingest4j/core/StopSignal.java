package io.ingest4j.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Stops runs from outside, also those that have not started yet. An application gives it when it shuts
 * down: the runs under way end as STOPPED, and a run that starts later ends as STOPPED without sending
 * anything. A signal that was given stays given. Safe for use by several threads.
 *
 * <pre>{@code
 * StopSignal stop = StopSignal.create();      // one for the application
 * job.stopSignal(stop).run();                 // any number of jobs, on any threads
 * stop.stop();                                // from another thread, when the application ends
 * }</pre>
 *
 * @since 0.1
 */
public final class StopSignal {

    private final Set<IngestRun> runs = new HashSet<>();
    private boolean given;

    private StopSignal() {}

    /**
     * Makes a signal that is not given.
     *
     * @return a new signal
     */
    public static StopSignal create() {
        return new StopSignal();
    }

    /**
     * Gives the signal: does what {@link IngestRun#stop} does to each run that has it, now or later.
     * Returns at once; who waits for the runs hears of their end.
     */
    public void stop() {
        List<IngestRun> underWay;
        synchronized (this) {
            given = true;
            underWay = new ArrayList<>(runs);
        }
        underWay.forEach(IngestRun::stop);
    }

    /**
     * Tells whether the signal was given.
     *
     * @return true from the first {@link #stop} on
     */
    public synchronized boolean isGiven() {
        return given;
    }

    /** From now on the run hears of it; returns whether it is given already. */
    synchronized boolean add(IngestRun run) {
        runs.add(run);
        return given;
    }

    /** The run has ended. A signal outlives many of them. */
    synchronized void remove(IngestRun run) {
        runs.remove(run);
    }

    /** The number of runs that would hear of it. */
    synchronized int runs() {
        return runs.size();
    }
}
