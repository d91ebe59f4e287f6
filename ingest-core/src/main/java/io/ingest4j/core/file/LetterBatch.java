package io.ingest4j.core.file;

import io.ingest4j.api.DeadLetter;
import io.ingest4j.api.Position;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.SourceBatch;
import io.ingest4j.api.SourceSplit;
import java.nio.ByteBuffer;
import java.util.List;

/** Letters read from a file, under the keys that their records had. */
record LetterBatch(
        SourceSplit split,
        List<Line> lines,
        List<RejectedRecord> rejected,
        Position end,
        long sizeBytes)
        implements SourceBatch<DeadLetter> {

    /** A line without its line feed. */
    record Line(Position position, ByteBuffer bytes, DeadLetter letter) {}

    @Override
    public int size() {
        return lines.size();
    }

    @Override
    public DeadLetter record(int index) {
        return lines.get(index).letter;
    }

    @Override
    public Position position(int index) {
        return lines.get(index).position;
    }

    @Override
    public ByteBuffer raw(int index) {
        return lines.get(index).bytes.duplicate();
    }

    @Override
    public String key(int index) {
        return lines.get(index).letter.key();
    }

    @Override
    public boolean hasDerivedKeys() {
        return false;
    }
}
