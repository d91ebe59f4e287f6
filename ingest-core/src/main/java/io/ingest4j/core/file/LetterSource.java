package io.ingest4j.core.file;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The letters in a file. */
final class LetterSource implements RecordSource<DeadLetter> {

    private static final long serialVersionUID = 1;

    private final FileSource file;

    LetterSource(Path path) {
        file = FileSource.of(path);
    }

    @Override
    public List<SourceSplit> splits(int wanted) throws IOException {
        if (wanted < 1) {
            throw new IllegalArgumentException("wanted must be >= 1, was " + wanted);
        }
        ByteObject object = file.objects().get(0);
        return List.of(
                new SourceSplit(
                        object.name(), object.name(), object.version(), 0, object.length(), ""));
    }

    @Override
    public RecordReader<DeadLetter> open(SourceSplit split, Position from) throws IOException {
        if (!from.split().equals(split.id())) {
            throw new IllegalArgumentException(
                    "from must be a position in split " + split.id() + ", was " + from);
        }
        ByteObject object = new ByteObject(split.source(), split.version(), split.end(), true);
        return new LetterReader(split, file.open(object, from.offset()), from);
    }

    @Override
    public String identity() {
        return file.identity() + " as dead letters";
    }

    @Override
    public String toString() {
        return "the dead letters in " + file;
    }
}
