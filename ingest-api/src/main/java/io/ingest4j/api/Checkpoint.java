package io.ingest4j.api;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How far a job has come: what a later run needs to continue it.
 *
 * @param splits the progress of each split, in source order
 * @param counters the ledger's counters by name, so that a continued run reports on the whole job
 * @param sinkState what {@link StatefulRecordWriter#snapshot()} returned, printable as Base64; empty
 *     for a sink without state
 * @since 0.1
 */
public record Checkpoint(List<SplitProgress> splits, Map<String, Long> counters, String sinkState) {

    /**
     * How far a split is done.
     *
     * @param split the split, with the version of its source
     * @param done everything before this position is done
     * @param doneLater further stretches that are done, in order and apart
     */
    public record SplitProgress(SourceSplit split, Position done, List<Stretch> doneLater) {

        /** Copies the list. */
        public SplitProgress {
            Objects.requireNonNull(split, "split");
            Objects.requireNonNull(done, "done");
            doneLater = List.copyOf(doneLater);
        }
    }

    /**
     * Neighbouring records of one split.
     *
     * @param fromRecord the number of the first of them in its split
     * @param toRecord the number after the last of them, larger than {@code fromRecord}
     */
    public record Stretch(long fromRecord, long toRecord) {

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if the stretch is empty
         */
        public Stretch {
            PrintableForm.requireNotNegative("fromRecord", fromRecord);
            if (toRecord <= fromRecord) {
                throw new IllegalArgumentException(
                        "toRecord must be > fromRecord " + fromRecord + ", was " + toRecord);
            }
        }
    }

    /** Copies the collections. */
    public Checkpoint {
        splits = List.copyOf(splits);
        counters = Map.copyOf(counters);
        Objects.requireNonNull(sinkState, "sinkState");
    }
}
