/**
 * The builder and the run loop.
 *
 * <p>{@link io.ingest4j.core.Ingest} is where a user begins; {@link io.ingest4j.core.IngestRun} is a
 * run under way and {@link io.ingest4j.core.IngestReport} what it leaves behind. Inside, {@code
 * RunLoop} is a state machine that one thread steps: chunks from the readers and results from the
 * sink reach it as events, and time, threads and randomness are handed to it, so that the same loop
 * runs on a virtual clock.
 */
@NullMarked
package io.ingest4j.core;

import org.jspecify.annotations.NullMarked;
