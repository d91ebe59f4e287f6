package io.ingest4j.s3;

import java.io.Serializable;

/**
 * Says how large each part of a multipart upload is, from its number alone, so that a run that
 * continues cuts as the one before would have. The limits are those of "Amazon S3 multipart upload
 * limits" in the S3 User Guide.
 *
 * @param partBytes size of the first parts, at least
 * @param partsInFlight how many parts of that size may be in memory
 * @param expectedLength length of the whole; -1 if unknown
 */
record PartPlan(long partBytes, int partsInFlight, long expectedLength) implements Serializable {

    static final int MAX_PARTS = 10_000;
    static final long MIN_PART_BYTES = 5L << 20;
    static final long MAX_PART_BYTES = 5L << 30;
    static final long MAX_LENGTH = MAX_PARTS * MAX_PART_BYTES;
    static final PartPlan DEFAULT = new PartPlan(50L << 20, 4, -1);

    private static final int MAX_IN_FLIGHT = 256;
    private static final int PARTS_PER_DOUBLING = 2_500;
    private static final int LAST_EARLY_PART = 5_000;
    private static final long MIB = 1L << 20;

    PartPlan withPartBytes(long value) {
        TryOptions.require(
                value >= MIN_PART_BYTES && value <= MAX_PART_BYTES,
                "partBytes must be from " + MIN_PART_BYTES + " to " + MAX_PART_BYTES,
                value);
        return new PartPlan(value, partsInFlight, expectedLength);
    }

    PartPlan withPartsInFlight(int value) {
        TryOptions.require(
                value >= 1 && value <= MAX_IN_FLIGHT,
                "partsInFlight must be from 1 to " + MAX_IN_FLIGHT,
                value);
        return new PartPlan(partBytes, value, expectedLength);
    }

    PartPlan withExpectedLength(long value) {
        TryOptions.require(
                value >= 0 && value <= MAX_LENGTH,
                "expectedLength must be from 0 to " + MAX_LENGTH,
                value);
        return new PartPlan(partBytes, partsInFlight, value);
    }

    /** How many bytes of parts may be in memory, the one that is being filled among them. */
    long budget() {
        return firstBytes() * partsInFlight;
    }

    /** How many bytes a part has unless it is the last, or cut early. */
    long size(int number) {
        if (isKnown()) {
            return firstBytes();
        }
        int doublings = (number - 1) / PARTS_PER_DOUBLING;
        long most = Math.min(MAX_PART_BYTES, Math.max(partBytes, budget() / 2));
        return Math.min(partBytes << doublings, most);
    }

    /**
     * Tells whether a part may be cut before it is full, so that 10,000 still suffice.
     *
     * @param number the part's
     * @param length how many bytes there are up to its end
     */
    boolean allowsEarlyCut(int number, long length) {
        if (isKnown() && length < expectedLength) {
            return (MAX_PARTS - number) * firstBytes() >= expectedLength - length;
        }
        return number <= LAST_EARLY_PART;
    }

    private boolean isKnown() {
        return expectedLength >= 0;
    }

    private long firstBytes() {
        long least = isKnown() ? (expectedLength + MAX_PARTS - 1) / MAX_PARTS : 0;
        return Math.max(partBytes, (least + MIB - 1) / MIB * MIB);
    }
}
