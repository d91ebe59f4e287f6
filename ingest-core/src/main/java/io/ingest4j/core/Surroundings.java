package io.ingest4j.core;

import io.ingest4j.spi.Ticker;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * Everything that a run loop takes from outside, so that a simulation can take its place.
 *
 * @param ticker measures time
 * @param clock tells the time of day, for people
 * @param random decides about jitter
 * @param lanes gives each reader a thread of its own
 */
record Surroundings(Ticker ticker, InstantSource clock, RandomGenerator random, LaneFactory lanes) {

    /** Runs the blocking calls of one reader, one after the other. */
    interface Lane extends Executor {
        /** Says that no further call follows; those handed over still run. */
        void finish();

        /** Interrupts the call that is running, as the last resort. */
        void interrupt();
    }

    /** Opens lanes. */
    @FunctionalInterface
    interface LaneFactory {
        Lane open(String name);
    }
}
