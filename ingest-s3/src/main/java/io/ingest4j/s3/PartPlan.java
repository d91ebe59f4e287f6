package io.ingest4j.s3;

import java.io.Serializable;

/**
 * Says how large each part of a multipart upload is, and how small one may be that is cut early for a
 * checkpoint: from its number alone, so that a run that continues cuts as the one before would have.
 * The limits are those of "Amazon S3 multipart upload limits" in the S3 User Guide.
 *
 * <p>With the default settings:
 *
 * <table>
 * <caption>Sizes by number</caption>
 * <tr><th>part</th><th>full, length unknown</th><th>cut early from</th></tr>
 * <tr><td>1 to 2,500</td><td>50 MiB</td><td>5 MiB</td></tr>
 * <tr><td>5,000</td><td>100 MiB</td><td>10 MiB</td></tr>
 * <tr><td>7,500</td><td>100 MiB</td><td>15 MiB</td></tr>
 * <tr><td>8,000 to 9,000</td><td>100 MiB</td><td>16 MiB</td></tr>
 * <tr><td>9,001 to 10,000</td><td>100 MiB</td><td>never</td></tr>
 * </table>
 *
 * <p>So an object of unknown length may have 854 GiB, and 180 GiB at the least, if each part but the
 * last thousand is cut as early as can be. With a known length full parts take 5,000 numbers at most,
 * and the other 5,000 are for early cuts, as long as the rest fits.
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
    private static final int FULL_PARTS = 5_000;
    private static final int LAST_EARLY_PART = 9_000;
    private static final long MIB = 1L << 20;

    /** More is not kept in a checkpoint as long as there are numbers for early cuts. */
    private static final long MAX_TAIL_BYTES = 16 * MIB;

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
     * Tells whether a part may be cut before it is full, so that 10,000 still suffice where they can.
     *
     * @param number the part's
     * @param size how many bytes it has now
     * @param length how many bytes there are up to its end
     */
    boolean allowsEarlyCut(int number, long size, long length) {
        if (size < leastEarly(number) || number > LAST_EARLY_PART) {
            return false;
        }
        return !isKnown()
                || length >= expectedLength
                || (MAX_PARTS - number) * firstBytes() >= expectedLength - length;
    }

    private static long leastEarly(int number) {
        long grown = MIN_PART_BYTES * number / PARTS_PER_DOUBLING;
        return Math.min(MAX_TAIL_BYTES, Math.max(MIN_PART_BYTES, grown));
    }

    /** Tells whether the object may need parts; if not, it is to be smaller than one. */
    boolean needsParts() {
        return !isKnown() || expectedLength >= size(1);
    }

    private boolean isKnown() {
        return expectedLength >= 0;
    }

    private long firstBytes() {
        long least = isKnown() ? (expectedLength + FULL_PARTS - 1) / FULL_PARTS : 0;
        long rounded = (least + MIB - 1) / MIB * MIB;
        return Math.min(MAX_PART_BYTES, Math.max(partBytes, rounded));
    }
}
