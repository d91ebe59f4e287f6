package io.ingest4j.core.file;

import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriterContext;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Writes all records to one local file, which appears as a whole at the end of a run or not at all.
 *
 * <pre>{@code
 * FileSink.of(Path.of("customers.ndjson"), Json.lines())
 * FileSink.of(Path.of("customers.csv"), Csv.withHeader().encoder())
 * }</pre>
 *
 * <p>Records are gathered in {@code .<name>.ingest4j.partial} in the same directory. A second run is
 * refused meanwhile, by a lock on {@code .<name>.ingest4j.lock} there, which is deleted at the end;
 * one that a killed process left is in nobody's way. When all are written the file is made durable
 * and renamed; a file of the target's name is replaced, unless {@link #failIfExists} is set. A run
 * that doesn't complete deletes the unfinished file, or leaves it if a checkpoint needs it. A run
 * that continues from a checkpoint cuts the unfinished file to the length in the checkpoint, having
 * compared its SHA-256, and goes on there: given deterministic mappers, the file becomes byte for
 * byte the one of a run that was never interrupted, however records were batched. If the file was
 * finished just before the checkpoint could say so, that is recognized. If the bytes are no longer
 * there, opening fails with a {@link io.ingest4j.api.CheckpointException} and changes nothing. A run
 * without a checkpoint begins anew, in place of what is left unfinished.
 *
 * <p>The file holds what one message of all records would hold: CSV has one line of names, taken from
 * the first record. A file without any record is empty. A batch that can't be encoded, such as one
 * with rows of other names than the file's, is refused as a whole. The first error of the disk, for
 * example since it is full, ends the run as FAILED: nobody knows then what the disk holds but for what
 * the last checkpoint covers, and no record is left out. The same job goes on from there when the
 * trouble is mended.
 *
 * <p>Everything is read and written on a thread of the writer's own. Immutable, safe for use by
 * several threads, and serializable if its encoder is.
 *
 * @param <T> the record type
 * @since 0.1
 */
public final class FileSink<T> implements RecordSink<T> {

    private static final long serialVersionUID = 1;

    private final URI file;
    private final RecordEncoder<? super T> encoder;
    private final boolean failIfExists;

    private FileSink(URI file, RecordEncoder<? super T> encoder, boolean failIfExists) {
        this.file = file;
        this.encoder = encoder;
        this.failIfExists = failIfExists;
    }

    /**
     * Makes a sink.
     *
     * @param <T> the record type
     * @param file the file to write, in a directory that exists when the sink is opened; a relative
     *     path is resolved now. A symbolic link is replaced, not followed
     * @param encoder makes the bytes, one message after the other
     * @return a sink that replaces the file
     * @throws IllegalArgumentException if one message can't follow another, as with JSON arrays, or
     *     the path has no name
     */
    public static <T> FileSink<T> of(Path file, RecordEncoder<? super T> encoder) {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(encoder, "encoder");
        encoder.after("");
        Path absolute = file.toAbsolutePath().normalize();
        if (absolute.getFileName() == null) {
            throw new IllegalArgumentException("file must have a name, was " + file);
        }
        return new FileSink<>(absolute.toUri(), encoder, false);
    }

    /**
     * Refuses to replace a file. Looked at when the sink is opened, and again right before the
     * finished file gets its name; another process that makes the file in that last instant loses it.
     * A run that continues accepts a file that holds exactly what it wrote itself, since a run before
     * it may have been killed right after it finished.
     *
     * @return the changed sink
     */
    public FileSink<T> failIfExists() {
        return new FileSink<>(file, encoder, true);
    }

    /**
     * {@inheritDoc}
     *
     * @throws io.ingest4j.api.CheckpointException if the bytes that the context's state tells of are
     *     not there, or the state is not one of such a sink
     */
    @Override
    public RecordWriter<T> open(WriterContext context) throws IOException {
        return open(context, Disk.REAL);
    }

    FileSinkWriter<T> open(WriterContext context, Disk disk) throws IOException {
        Path target = Path.of(file);
        return FileSinkWriter.open(
                target, new PartialFile(target, disk, failIfExists), encoder, context.state());
    }

    @Override
    public int maxBatchSize() {
        return encoder.maxBatchSize();
    }

    @Override
    public String identity() {
        return file + " as " + encoder.contentType();
    }

    /** {@inheritDoc} Reads the whole file to compare its SHA-256 with that of the bytes written. */
    @Override
    public boolean isIntact(byte[] state) throws IOException {
        return PartialFile.holds(Path.of(file), FileState.decode(state));
    }

    /** Names the file and what is in it. */
    @Override
    public String toString() {
        return Path.of(file) + " as " + encoder.contentType();
    }
}
