package io.ingest4j.core.csv;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.Row;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The rows in the objects of a byte source. */
final class CsvSource implements RecordSource<Row> {

    private static final long serialVersionUID = 1;

    /** Set to true, it overwrites the bytes of released batches, so that use after release shows. */
    private static final String POISON_PROPERTY = "io.ingest4j.poisonReleased";

    private final CsvOptions options;
    private final ByteSource bytes;

    CsvSource(CsvOptions options, ByteSource bytes) {
        this.options = options;
        this.bytes = bytes;
    }

    @Override
    public List<SourceSplit> splits(int wanted) throws IOException {
        if (wanted < 1) {
            throw new IllegalArgumentException("wanted must be >= 1, was " + wanted);
        }
        List<ByteObject> objects = bytes.objects();
        if (objects.isEmpty()) {
            return List.of(CsvSplit.nothing());
        }
        long total = 0;
        for (ByteObject object : objects) {
            total += Math.max(object.length(), 0);
        }
        List<SourceSplit> splits = new ArrayList<>();
        for (ByteObject object : objects) {
            double share = total == 0 ? 0 : (double) wanted * object.length() / total;
            int parts = (int) Math.max(1, Math.round(share));
            splits.addAll(
                    parts > 1 ? divide(object, parts) : List.of(CsvSplit.whole(options, object)));
        }
        return List.copyOf(splits);
    }

    private List<SourceSplit> divide(ByteObject object, int parts) throws IOException {
        boolean possible =
                object.seekable()
                        && object.length() != ByteObject.UNKNOWN
                        && !CsvCharset.isWide(options.charset())
                        && (options.scanForSplits || !options.quotedNewlines);
        if (!possible) {
            return List.of(CsvSplit.whole(options, object));
        }
        return new CsvDivider(options, bytes, object, parts).divide();
    }

    @Override
    public RecordReader<Row> open(SourceSplit split, Position from) throws IOException {
        Objects.requireNonNull(from, "from");
        if (CsvSplit.isNothing(split)) {
            return new CsvNothing(from);
        }
        if (!from.split().equals(split.id()) || from.offset() < split.start()) {
            throw new IllegalArgumentException(
                    "from must be a position in split "
                            + split.id()
                            + " at or after byte "
                            + split.start()
                            + ", was "
                            + from);
        }
        return new CsvReader(options, bytes, split, from, Boolean.getBoolean(POISON_PROPERTY));
    }

    @Override
    public String identity() {
        return bytes.identity().isEmpty() ? "" : bytes.identity() + " as csv";
    }

    @Override
    public Optional<String> settingsChange(SourceSplit split) {
        return CsvSplit.isNothing(split)
                ? Optional.empty()
                : CsvSplit.of(split).change(options.reading());
    }

    @Override
    public Map<String, Long> requests() {
        return bytes.requests();
    }
}
