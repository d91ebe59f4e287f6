package io.ingest4j.examples.server;

import java.util.Locale;

/**
 * What the API has seen: {@code records = unique + duplicates + corrupted}.
 *
 * @param requests requests with records, those rejected among them
 * @param rejected requests answered with 429; nothing of them counts as received
 * @param records records received
 * @param unique different records received intact
 * @param missing records not received intact yet
 * @param duplicates records received intact once more
 * @param corrupted records that were not as they were written
 * @param maxPerWindow the largest number of requests in any sliding period
 */
public record Counts(
        long requests,
        long rejected,
        long records,
        long unique,
        long missing,
        long duplicates,
        long corrupted,
        long maxPerWindow) {

    /**
     * Returns the counts for programs.
     *
     * @return one JSON object on one line
     */
    public String toJson() {
        return "{\"requests\":"
                + requests
                + ",\"rejected\":"
                + rejected
                + ",\"records\":"
                + records
                + ",\"unique\":"
                + unique
                + ",\"missing\":"
                + missing
                + ",\"duplicates\":"
                + duplicates
                + ",\"corrupted\":"
                + corrupted
                + ",\"maxPerWindow\":"
                + maxPerWindow
                + "}";
    }

    /** Returns the counts for people, in two lines. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "the API's count:%n"
                        + "  records     received %,d, missing %,d, duplicated %,d, corrupted %,d%n"
                        + "  requests    %,d, of them %,d rejected with 429, at most %,d in any window",
                records,
                missing,
                duplicates,
                corrupted,
                requests,
                rejected,
                maxPerWindow);
    }
}
