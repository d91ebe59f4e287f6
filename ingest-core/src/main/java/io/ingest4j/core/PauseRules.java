package io.ingest4j.core;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * When a run sees no point in going on for now.
 *
 * @param maxDeadLetters how many records it may give up
 * @param maxDeadLetterShare which share of its records it may give up
 * @param maxRetryAfter how long its receiver may ask to be left alone
 */
record PauseRules(long maxDeadLetters, double maxDeadLetterShare, Duration maxRetryAfter) {

    /** A share means nothing before so many records are done. */
    static final long FEWEST_FOR_SHARE = 1_000;

    static final PauseRules STANDARD =
            new PauseRules(Long.MAX_VALUE, 0.5, Duration.ofSeconds(Long.MAX_VALUE));

    /** Whether so many dead letters among so many records that are done are a reason to pause. */
    Optional<String> judgeLetters(long deadLetters, long done) {
        if (deadLetters > maxDeadLetters) {
            return Optional.of(
                    String.format(
                            Locale.ROOT,
                            "dead letters must be <= maxDeadLetters %,d, were %,d",
                            maxDeadLetters,
                            deadLetters));
        }
        if (done >= FEWEST_FOR_SHARE && deadLetters > maxDeadLetterShare * done) {
            return Optional.of(
                    String.format(
                            Locale.ROOT,
                            "dead letters must be <= maxDeadLetterShare %s of the records done, were"
                                    + " %,d of %,d",
                            maxDeadLetterShare,
                            deadLetters,
                            done));
        }
        return Optional.empty();
    }

    /** Whether the receiver's wish to be left alone is a reason to pause. */
    Optional<String> judgeWait(Duration retryAfter) {
        return retryAfter.compareTo(maxRetryAfter) <= 0
                ? Optional.empty()
                : Optional.of(
                        "the receiver's Retry-After must be <= maxRetryAfter "
                                + maxRetryAfter.toSeconds()
                                + " s, was "
                                + retryAfter.toSeconds()
                                + " s");
    }
}
