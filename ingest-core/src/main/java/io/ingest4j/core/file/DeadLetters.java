package io.ingest4j.core.file;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordSource;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Keeps records that were given up in a file, and reads them from it to try them again.
 *
 * <pre>{@code
 * Ingest.from(rows).to(api).deadLetters(DeadLetters.appendTo(Path.of("failed.ndjson"))).run();
 *
 * Ingest.from(DeadLetters.replay(Path.of("failed.ndjson")))
 *         .map(Csv.withHeader()::parse)
 *         .to(api)
 *         .deadLetters(DeadLetters.appendTo(Path.of("failed-again.ndjson")))
 *         .run();
 * }</pre>
 *
 * <p>The file is NDJSON in UTF-8: one object per line, whose strings hold no control characters. Its
 * members are {@code time} (ISO 8601), {@code source}, {@code version}, {@code position},
 * {@code line} and {@code column} (from 1, where known; the column is that at which a malformed
 * record is bad), {@code record} and {@code offset} (where the record begins), {@code length} (of its
 * bytes), {@code key}, {@code attempts}, {@code action}, {@code kind}, {@code detail} (cut to 1,000
 * characters), {@code fields} (if the record had names) and the record's bytes: {@code raw} if they
 * are UTF-8 text, else {@code rawBase64}, and beside that {@code rawText}, what of the beginning can
 * be read as UTF-8, with U+FFFD for the rest (at most 1,000 characters). Reading ignores members that
 * it doesn't know, and {@code line}, {@code column}, {@code record}, {@code offset}, {@code length}
 * and {@code rawText}, which are there for people. Files of earlier versions, without some of these,
 * are read, too.
 *
 * @since 0.1
 */
public final class DeadLetters {

    private DeadLetters() {}

    /**
     * Adds letters to the end of a file, which is made if there is none, and not left behind empty.
     *
     * <p>A letter is durable before its result is known; letters that are handed over together cost
     * one force of the disk. A second run is refused while a run has the file, by a lock on {@code
     * .<name>.ingest4j.lock} in the same directory, which must be writable; anybody may read the letters
     * meanwhile. A last line that a crash left unfinished is completed if it is a letter, else cut off, which is logged; a
     * file that holds something else than letters is refused and not touched. After the first error of
     * the disk a writer refuses everything, since nobody knows then what the disk holds; when it is closed
     * it cuts off the letters whose result was an error.
     *
     * <p>A record may stand in the file more than once: when a run is killed after the letter was
     * written and before the checkpoint was, or when it fails again. Its letters carry the same key.
     *
     * @param file the file, in a directory that exists when a run begins; a relative path is resolved
     *     now
     * @return a sink for {@code deadLetters(...)}
     */
    public static RecordSink<DeadLetter> appendTo(Path file) {
        return new LetterSink(Objects.requireNonNull(file, "file"));
    }

    /**
     * Reads the letters of a file, each under the {@linkplain
     * io.ingest4j.api.RecordBatch#key key} that its record had, so that a receiver which honours keys
     * takes no record twice. Every line is a record, also when the same record has several lines.
     *
     * <p>A line that is no letter, or longer than 16 MiB, is a rejected record. The file is pinned: if
     * it changes meanwhile, reading fails with a {@link io.ingest4j.api.SourceChangedException}, so
     * what fails again must go to another file.
     *
     * <p>A letter's {@link DeadLetter#raw()} holds the record as it stood in its source; {@link
     * io.ingest4j.core.csv.CsvFormat#parse} makes a row of it. A letter that is given up again is
     * kept as it was, with the attempts added.
     *
     * @param file the file; a relative path is resolved now
     * @return a source of one split
     */
    public static RecordSource<DeadLetter> replay(Path file) {
        return new LetterSource(Objects.requireNonNull(file, "file"));
    }
}
