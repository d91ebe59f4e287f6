package io.ingest4j.s3;

import java.io.Serializable;

/** How a source reads. */
record ReadOptions(int rangeBytes, int prefetch, TryOptions tries, boolean pinVersionId)
        implements Serializable {

    static final ReadOptions DEFAULT = new ReadOptions(8 << 20, 2, TryOptions.DEFAULT, false);

    private static final int MAX_RANGE_BYTES = 1 << 30;
    private static final int MAX_PREFETCH = 256;

    ReadOptions withRangeBytes(int value) {
        TryOptions.require(
                value >= 1 && value <= MAX_RANGE_BYTES,
                "rangeBytes must be from 1 to " + MAX_RANGE_BYTES,
                value);
        return new ReadOptions(value, prefetch, tries, pinVersionId);
    }

    ReadOptions withPrefetch(int value) {
        TryOptions.require(
                value >= 0 && value <= MAX_PREFETCH,
                "prefetch must be from 0 to " + MAX_PREFETCH,
                value);
        return new ReadOptions(rangeBytes, value, tries, pinVersionId);
    }

    ReadOptions withTries(TryOptions value) {
        return new ReadOptions(rangeBytes, prefetch, value, pinVersionId);
    }

    ReadOptions withPinVersionId(boolean value) {
        return new ReadOptions(rangeBytes, prefetch, tries, value);
    }
}
