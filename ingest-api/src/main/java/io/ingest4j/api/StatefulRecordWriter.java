package io.ingest4j.api;

import java.io.IOException;

/**
 * A writer that gathers records into one thing, such as a file or an object, which becomes visible
 * as a whole. It gets batches in source order, one at a time, and takes a batch as a whole or not at
 * all: its results never differ by record. A completed {@link #write} means accepted; durable is what
 * {@link #snapshot()} covers.
 *
 * <p>A run that continues opens the sink with the last state that was kept. The writer then goes on
 * exactly there, dropping what was written after it, so that the finished thing is the one that a run
 * without interruption makes. What was finished already is recognized as such: the run finishes it
 * again.
 *
 * <p>The thing has no holes but those that the writer asks for: records are left out, as dead letters,
 * only where a result says {@link WriteFailure.Action#DEAD_LETTER}, such as for records that can't be
 * encoded. A failure that may pass is tried again as the retry policy allows; then the run fails and
 * can go on later. Any other exception, or no result in time, ends the run at once, since nobody knows
 * then what was written: the last checkpoint counts. A writer that can't take anything any more, such
 * as after an error of its disk, says {@link WriteFailure.Action#ABORT}.
 *
 * <p>{@link #snapshot()} and {@link #finish()} may block. They are called on another thread than {@link
 * #write}, one that nobody interrupts, and while no other call is under way.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface StatefulRecordWriter<T> extends RecordWriter<T> {

    /**
     * Makes durable what was accepted so far, and describes how to continue from there. Never waits
     * for further input.
     *
     * @return the state, at most a few megabytes, that the sink can be opened with again, see {@link
     *     WriterContext#state()}; not empty
     * @throws IOException if the state can't be made durable
     */
    byte[] snapshot() throws IOException;

    /**
     * Publishes the finished thing. Closing without it aborts, and leaves nothing behind but what the
     * last snapshot needs.
     *
     * @throws IOException if that failed
     */
    void finish() throws IOException;
}
