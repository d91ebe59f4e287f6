package io.ingest4j.api;

import java.time.Duration;

/**
 * Watches a run. Called from the run's own thread, so it must return quickly; what it throws first is
 * logged and changes nothing.
 *
 * @since 0.1
 */
public interface IngestListener {

    /**
     * The run begins.
     *
     * @param progress the ledger at the start; not empty if an earlier run is continued
     */
    default void onStart(Progress progress) {}

    /**
     * The job was completed by an earlier run, so this one ends as COMPLETED without having done
     * anything. Called between {@link #onStart} and {@link #onEnd}.
     *
     * @param reason when it was completed, and whether the target is still there, for people
     */
    default void onNothingToDo(String reason) {}

    /**
     * Some time has passed, about a second or as the run is set.
     *
     * @param progress the ledger
     */
    default void onProgress(Progress progress) {}

    /**
     * Some records of an attempt will be tried again.
     *
     * @param records how many
     * @param failure why the first of them failed
     * @param delay how long until then, before the limiter is asked
     */
    default void onRetry(int records, WriteFailure failure, Duration delay) {}

    /**
     * A record was given up.
     *
     * @param letter the record and the reason
     */
    default void onDeadLetter(DeadLetter letter) {}

    /**
     * The run ended.
     *
     * @param state how
     * @param progress the ledger at the end
     */
    default void onEnd(RunState state, Progress progress) {}
}
