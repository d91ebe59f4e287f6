package io.ingest4j.api;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one attempt to write a batch ended, record by record. Immutable.
 *
 * @since 0.1
 */
public final class WriteResult {

    private static final WriteResult DELIVERED =
            new WriteResult(PermitOutcome.ANSWERED, null, null, 0, Duration.ZERO);

    private final PermitOutcome outcome;
    private final @Nullable WriteFailure common;
    private final @Nullable List<Optional<WriteFailure>> perRecord;
    private final long bytes;
    private final Duration retryAfter;

    private WriteResult(
            PermitOutcome outcome,
            @Nullable WriteFailure common,
            @Nullable List<Optional<WriteFailure>> perRecord,
            long bytes,
            Duration retryAfter) {
        this.outcome = outcome;
        this.common = common;
        this.perRecord = perRecord;
        this.bytes = bytes;
        this.retryAfter = retryAfter;
    }

    /**
     * Returns the result that every record was delivered.
     *
     * @return always the same object
     */
    public static WriteResult delivered() {
        return DELIVERED;
    }

    /**
     * Returns the result that no record was delivered, all for the same reason.
     *
     * @param failure the reason
     * @param outcome what became of the attempt on its way
     * @return the result
     */
    public static WriteResult failed(WriteFailure failure, PermitOutcome outcome) {
        Objects.requireNonNull(failure, "failure");
        Objects.requireNonNull(outcome, "outcome");
        return new WriteResult(outcome, failure, null, 0, Duration.ZERO);
    }

    /**
     * Returns a result that differs by record.
     *
     * @param failures for each record of the batch, in its order, why it failed; empty where it was
     *     delivered. A list of another length than the batch never counts as delivered: it fails the
     *     run, or whatever else the one who asked for the result does about it
     * @return the result of an attempt that was answered
     * @throws IllegalArgumentException if the list has no entry, since no batch is without records; a
     *     writer that lets it out has failed for good, see {@link RecordWriter#write}
     */
    public static WriteResult perRecord(List<Optional<WriteFailure>> failures) {
        return perRecord(failures, PermitOutcome.ANSWERED);
    }

    /**
     * Returns a result that differs by record, of an attempt that may not have been answered.
     *
     * @param failures for each record of the batch, in its order, why it failed; empty where it was
     *     delivered
     * @param outcome what became of the attempt on its way
     * @return the result
     * @throws IllegalArgumentException if the list has no entry, since no batch is without records; a
     *     writer that lets it out has failed for good, see {@link RecordWriter#write}
     */
    public static WriteResult perRecord(
            List<Optional<WriteFailure>> failures, PermitOutcome outcome) {
        Objects.requireNonNull(failures, "failures");
        Objects.requireNonNull(outcome, "outcome");
        if (failures.isEmpty()) {
            throw new IllegalArgumentException(
                    "failures must have an entry for each record of the batch, had none");
        }
        return new WriteResult(outcome, null, List.copyOf(failures), 0, Duration.ZERO);
    }

    /**
     * Adds how much the attempt sent.
     *
     * @param sentBytes the size of the message's body as sent, at least 0
     * @return this result with that size
     * @throws IllegalArgumentException if the size is negative
     */
    public WriteResult withBytes(long sentBytes) {
        PrintableForm.requireNotNegative("sentBytes", sentBytes);
        return new WriteResult(outcome, common, perRecord, sentBytes, retryAfter);
    }

    /**
     * Adds the receiver's wish to be left alone.
     *
     * @param wait how long nobody should send anything, more than zero
     * @return this result with that wish
     * @throws IllegalArgumentException if the wait is not more than zero
     */
    public WriteResult withRetryAfter(Duration wait) {
        Objects.requireNonNull(wait, "retryAfter");
        if (wait.isNegative() || wait.isZero()) {
            throw new IllegalArgumentException("retryAfter must be > 0, was " + wait);
        }
        return new WriteResult(outcome, common, perRecord, bytes, wait);
    }

    /**
     * Tells whether every record was delivered.
     *
     * @return true if {@link #failure} is empty for every record
     */
    public boolean isDelivered() {
        return common == null
                && (perRecord == null || perRecord.stream().allMatch(Optional::isEmpty));
    }

    /**
     * Returns why a record was not delivered.
     *
     * @param index the record's index in the batch
     * @return the reason, or empty if it was delivered
     * @throws IndexOutOfBoundsException if this result differs by record and has none for the index
     */
    public Optional<WriteFailure> failure(int index) {
        if (common != null) {
            return Optional.of(common);
        }
        return perRecord == null ? Optional.empty() : perRecord.get(index);
    }

    /**
     * Tells whether this result fits a batch.
     *
     * @param size the number of records in the batch
     * @return true unless this result differs by record and is for another number of records
     */
    public boolean covers(int size) {
        return perRecord == null || perRecord.size() == size;
    }

    /**
     * Returns what became of the attempt on its way, which is what its permit is closed with.
     *
     * @return the outcome
     */
    public PermitOutcome outcome() {
        return outcome;
    }

    /**
     * Returns how much the attempt sent.
     *
     * @return the size of the body in bytes; 0 if the writer doesn't say
     */
    public long bytes() {
        return bytes;
    }

    /**
     * Returns how long the receiver wants nobody to send anything.
     *
     * @return zero if it said nothing
     */
    public Duration retryAfter() {
        return retryAfter;
    }
}
