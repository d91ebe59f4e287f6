package io.ingest4j.api;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Describes where records come from. A source is a serializable description: it holds settings, no
 * connections and no threads, and may be used from several threads at once.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface RecordSource<T> extends Serializable {

    /**
     * Plans how to read the source as it is now, pinning its version.
     *
     * @param wanted how many splits are wanted, at least 1; a source that can't be divided so
     *     returns fewer, one that consists of more parts returns more
     * @return the splits in source order, which together hold every record exactly once; at least
     *     one
     * @throws IOException if the source can't be looked at
     * @throws IllegalArgumentException if {@code wanted} is less than 1
     */
    List<SourceSplit> splits(int wanted) throws IOException;

    /**
     * Opens a split for reading.
     *
     * @param split one of {@link #splits}, perhaps of another process
     * @param from where to begin: {@link SourceSplit#startPosition()}, or a position that a reader
     *     of the same split reported
     * @return a reader that the caller closes
     * @throws IOException if the data can't be opened
     * @throws SourceChangedException if the data is no longer of the split's version
     */
    RecordReader<T> open(SourceSplit split, Position from) throws IOException;

    /**
     * Returns what tells this source from others, such as {@code s3://bucket/customers.csv as csv}: equal for
     * descriptions that read the same data, and different for others. It does not change with the
     * data's version, with credentials or with settings such as timeouts. A checkpoint keeps it, so that
     * a job is never continued with other data.
     *
     * @return text for people, without secrets, of at most 4,096 characters; empty, the default, if the
     *     source has none: then a job that keeps checkpoints needs a name, which stands for it
     */
    default String identity() {
        return "";
    }

    /**
     * Compares the settings that decide what the records of a split are with those it was planned with.
     * Where they differ, a job that goes on, or that is completed, warns. A job that has done records out
     * of order knows them by their numbers, which may mean other records then, so it does not go on.
     *
     * @param split one of {@link #splits}, perhaps of another process with other settings
     * @return text for people, such as {@code comment was the default, is U+0023}; empty, the default, if
     *     nothing differs
     */
    default Optional<String> settingsChange(SourceSplit split) {
        return Optional.empty();
    }

    /**
     * Tells how many requests were made so far, by kind, such as {@code get_object}: by this
     * description, those made from it by its setters, and all that they opened in this process. Every
     * attempt counts, also one that fails. A run reports how far the counts rose while it ran, so two
     * runs at the same time count apart only with descriptions made apart.
     *
     * @return counts by kind, none of them zero; empty, the default, if requests are not counted
     */
    default Map<String, Long> requests() {
        return Map.of();
    }
}
