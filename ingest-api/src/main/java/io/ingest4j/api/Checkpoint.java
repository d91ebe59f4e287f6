package io.ingest4j.api;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How far a job has come: what a later run needs to continue it.
 *
 * @param job the job's name
 * @param completed whether nothing is left to do, the sink's {@link StatefulRecordWriter#finish()}
 *     included
 * @param splits the progress of each split, in source order
 * @param counters the ledger's counters by name, so that a continued run reports on the whole job;
 *     names are ASCII without white space
 * @param limiterState what {@link RateLimiter#snapshot} returned; empty if it needs none
 * @param sinkState what {@link StatefulRecordWriter#snapshot()} returned, as Base64; empty for a sink
 *     without state
 * @since 0.1
 */
public record Checkpoint(
        String job,
        boolean completed,
        List<SplitProgress> splits,
        Map<String, Long> counters,
        String limiterState,
        String sinkState) {

    /**
     * How far a split is done.
     *
     * @param split the split, with the version of its source
     * @param done everything before this position is done
     * @param doneLater further stretches that are done, in order and apart
     * @param complete whether the split holds nothing that is not done
     */
    public record SplitProgress(
            SourceSplit split, Position done, List<Stretch> doneLater, boolean complete) {

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

    /**
     * Copies the collections.
     *
     * @throws IllegalArgumentException if a text has white space or is no printable ASCII
     */
    public Checkpoint {
        requireWord("job", job);
        splits = List.copyOf(splits);
        counters = Map.copyOf(counters);
        counters.keySet().forEach(name -> requireWord("counter", name));
        requireWord("limiterState", limiterState);
        requireWord("sinkState", sinkState);
    }

    private static void requireWord(String name, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
                throw new IllegalArgumentException(
                        name
                                + " must be printable ASCII without white space, has character "
                                + (int) text.charAt(i)
                                + " at index "
                                + i);
            }
        }
    }

    /**
     * Returns the form that stores keep: text in lines, versioned, and framed with its length and its
     * CRC-32C (RFC 3720, appendix B.4), so that {@link #decode} finds out when a part is missing.
     *
     * @return UTF-8
     */
    public byte[] encode() {
        return CheckpointForm.write(this);
    }

    /**
     * Reads what {@link #encode()} returned.
     *
     * @param bytes the form
     * @return the equal checkpoint
     * @throws IllegalArgumentException if the bytes are not such a form, not all of it, not as they
     *     were written, or of a later version; the message says which
     */
    public static Checkpoint decode(byte[] bytes) {
        return CheckpointForm.read(bytes);
    }
}
