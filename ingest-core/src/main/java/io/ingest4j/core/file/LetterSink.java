package io.ingest4j.core.file;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.WriterContext;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/** Adds letters to a file. */
final class LetterSink implements RecordSink<DeadLetter> {

    private static final long serialVersionUID = 1;

    private final URI file;

    LetterSink(Path path) {
        file = path.toAbsolutePath().normalize().toUri();
    }

    @Override
    public RecordWriter<DeadLetter> open(WriterContext context) throws IOException {
        return LetterWriter.open(Path.of(file), Disk.REAL);
    }

    @Override
    public String toString() {
        return "dead letters in " + Path.of(file);
    }
}
