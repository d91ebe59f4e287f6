package io.ingest4j.api;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How far a job has come: what a later run needs to continue it.
 *
 * @param job the job's name
 * @param start what the job was begun with
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
        Start start,
        boolean completed,
        List<SplitProgress> splits,
        Map<String, Long> counters,
        String limiterState,
        String sinkState) {

    /**
     * What a job was begun with. Runs that continue it have the same.
     *
     * @param id different for each start of any job; empty if that is not known
     * @param source {@link RecordSource#identity()}; empty if it has none
     * @param sink {@link RecordSink#identity()}; empty if it has none
     */
    public record Start(String id, String source, String sink) {

        /** Stands for what is not known. */
        public static final Start UNKNOWN = new Start("", "", "");

        /** Checks that nothing is missing. */
        public Start {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(sink, "sink");
        }
    }

    /**
     * How far a split is done.
     *
     * @param split the split, with the version of its source
     * @param done everything before this position is done
     * @param doneLater further stretches that are done, in order and apart
     * @param complete whether the split holds nothing that is not done
     * @param content what was read of a split without a version, to compare it later; empty for
     *     others
     */
    public record SplitProgress(
            SourceSplit split,
            Position done,
            List<Stretch> doneLater,
            boolean complete,
            Optional<Content> content) {

        /** Copies the list. */
        public SplitProgress {
            Objects.requireNonNull(split, "split");
            Objects.requireNonNull(done, "done");
            Objects.requireNonNull(content, "content");
            doneLater = List.copyOf(doneLater);
        }
    }

    /**
     * The first records of a split.
     *
     * @param records how many, at least 1; all that is done is among them
     * @param sha256 their digest, 64 hex digits
     */
    public record Content(long records, String sha256) {

        /**
         * Checks the parts.
         *
         * @throws IllegalArgumentException if there is no record, or the digest has white space or is no
         *     printable ASCII
         */
        public Content {
            PrintableForm.requireNotNegative("records", records - 1);
            requireWord("sha256", sha256);
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
        Objects.requireNonNull(start, "start");
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
     *     were written, or of another version; the message says which
     */
    public static Checkpoint decode(byte[] bytes) {
        return CheckpointForm.read(bytes);
    }
}
