package io.ingest4j.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Describes bytes that can be read: an object on S3, all objects under a prefix, a file, a download.
 * Like every source it is a serializable description that several threads may use.
 *
 * @since 0.1
 */
public interface ByteSource extends Serializable {

    /**
     * Lists what there is to read now, with the versions that {@link #open} will insist on.
     *
     * @return the objects in reading order; empty when there is none
     * @throws IOException if the store can't be asked, or what was named does not exist
     */
    List<ByteObject> objects() throws IOException;

    /**
     * Opens one object at an offset. The stream resumes by itself after a broken connection and
     * fails rather than end early: its end is the end of the object. Closing it, from any thread,
     * frees its connection without reading what is left and makes a blocked read fail.
     *
     * @param object one of {@link #objects()}, perhaps of another process
     * @param offset how many bytes to leave out at the start, from 0 to the object's length
     * @return the bytes, to be read by one thread
     * @throws IOException if it can't be opened
     * @throws SourceChangedException if the object is no longer of that version
     */
    InputStream open(ByteObject object, long offset) throws IOException;

    /**
     * Returns what tells this source from others, such as {@code s3://bucket/customers.csv}: equal for
     * descriptions that read the same data, and different for others. It does not change with the
     * data's version, with credentials or with settings such as timeouts.
     *
     * @return text for people, without secrets, of at most 4,096 characters; empty, the default, if the
     *     source has none, see {@link RecordSource#identity()}
     */
    default String identity() {
        return "";
    }

    /**
     * Reads the bytes as records.
     *
     * @param format how records are written in the bytes
     * @param <T> the record type
     * @return a source of those records
     */
    default <T> RecordSource<T> as(RecordFormat<T> format) {
        return Objects.requireNonNull(format, "format").read(this);
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
