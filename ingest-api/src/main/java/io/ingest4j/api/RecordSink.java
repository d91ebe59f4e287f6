package io.ingest4j.api;

import java.io.IOException;
import java.io.Serializable;
import java.util.Map;

/**
 * Describes where records go. A sink is a serializable description: settings, no connections and no
 * threads; what works is the {@link RecordWriter} that it opens.
 *
 * @param <T> the record type
 * @since 0.1
 */
public interface RecordSink<T> extends Serializable {

    /**
     * Opens the sink for one run.
     *
     * @param context what the run gives to its writer
     * @return a writer that the caller closes
     * @throws IOException if the sink can't be opened
     */
    RecordWriter<T> open(WriterContext context) throws IOException;

    /**
     * Returns what tells this sink from others, such as {@code POST https://api.example.com/process}: equal
     * for descriptions that write to the same target, and different for others. It does not change with
     * credentials or with settings such as timeouts. A checkpoint keeps it, so that what one target got
     * never counts as delivered to another.
     *
     * @return text for people, without secrets, of at most 4,096 characters; empty, the default, if the
     *     sink has none: then a job that keeps checkpoints needs a name, which stands for it
     */
    default String identity() {
        return "";
    }

    /**
     * Tells whether the target still is what a completed run has made of it. Called when a job starts
     * that has nothing left to do, on a thread of the run that may block.
     *
     * @param state what {@link StatefulRecordWriter#snapshot()} returned last before the target was
     *     finished
     * @return false if the target is gone or holds something else; true by default, as for a sink whose
     *     target can't be looked at
     * @throws IOException if the target can't be looked at now
     */
    default boolean isIntact(byte[] state) throws IOException {
        return true;
    }

    /**
     * Returns how many records a batch may hold, so that a wrong setting is refused before a run.
     *
     * @return at least 1; {@link Integer#MAX_VALUE}, the default, for any number
     */
    default int maxBatchSize() {
        return Integer.MAX_VALUE;
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
