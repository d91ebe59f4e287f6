package io.ingest4j.core.schedule;

import io.ingest4j.core.loop.Require;
import java.time.Duration;
import java.util.Optional;

/**
 * What a scheduler wants its store to keep to. All schedulers on one store have the same rules.
 *
 * @param batchSize the most items of a batch and of a dispatch, at least 1
 * @param period the sliding period in which there is at most one dispatch; zero for no limit
 * @param maxWait for each such time that passed since its submission, an item counts as one priority
 *     higher; empty if it never does; more than zero
 * @param fairTenants whether items of one priority are taken from the tenants by turns, least recently
 *     served first, those never served before the others in the order of their items
 * @param idempotencyWindow how long an idempotency key, or a content, is known; not negative
 * @param maxQueued how many items may wait, at least 1; of several processes each knows what the others
 *     added some seconds later
 * @param retention how long a submission is kept after its end; at least the idempotency window
 * @param lease how long a scheduler that shows no life keeps what it took, more than zero
 * @since 0.1
 */
public record ScheduleRules(
        int batchSize,
        Duration period,
        Optional<Duration> maxWait,
        boolean fairTenants,
        Duration idempotencyWindow,
        long maxQueued,
        Duration retention,
        Duration lease) {

    /** The longest period. */
    public static final Duration MAX_PERIOD = Duration.ofDays(3650);

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public ScheduleRules {
        Require.atLeast("batchSize", 1, batchSize);
        Require.notNegative("period", period);
        if (period.compareTo(MAX_PERIOD) > 0) {
            throw new IllegalArgumentException(
                    "period must be <= " + MAX_PERIOD + ", was " + period);
        }
        maxWait.ifPresent(wait -> Require.positive("maxWait", wait));
        Require.notNegative("idempotencyWindow", idempotencyWindow);
        Require.atLeast("maxQueued", 1, maxQueued);
        Require.notNegative("retention", retention);
        if (retention.compareTo(idempotencyWindow) < 0) {
            throw new IllegalArgumentException(
                    "retention must be >= idempotencyWindow "
                            + idempotencyWindow
                            + ", as a repeated key is answered with the first submission, was "
                            + retention);
        }
        Require.positive("lease", lease);
    }
}
