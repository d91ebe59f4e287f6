package io.ingest4j.core.bytes;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import io.ingest4j.api.Position;
import io.ingest4j.api.RecordReader;
import io.ingest4j.api.RecordSource;
import io.ingest4j.api.SourceSplit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** The chunks of the objects of a byte source. */
final class ChunkSource implements RecordSource<ByteBuffer> {

    private static final long serialVersionUID = 1;
    private static final String SEEKABLE = "seekable";
    private static final String NOT_SEEKABLE = "forward";

    private final ByteSource bytes;
    private final int chunkBytes;

    ChunkSource(ByteSource bytes, int chunkBytes) {
        this.bytes = bytes;
        this.chunkBytes = chunkBytes;
    }

    @Override
    public List<SourceSplit> splits(int wanted) throws IOException {
        if (wanted < 1) {
            throw new IllegalArgumentException("wanted must be >= 1, was " + wanted);
        }
        List<SourceSplit> splits = bytes.objects().stream().map(this::split).toList();
        return splits.isEmpty() ? List.of(nothing()) : splits;
    }

    /** The size is the split's, as a run that is continued counts chunks of the size it began with. */
    private SourceSplit split(ByteObject object) {
        return new SourceSplit(
                object.name(),
                object.name(),
                object.version(),
                0,
                object.length(),
                (object.seekable() ? SEEKABLE : NOT_SEEKABLE) + ',' + chunkBytes);
    }

    /** The split of a source without objects, which is never opened at a byte. */
    private static SourceSplit nothing() {
        return new SourceSplit("nothing", "nothing", "nothing", 0, 0, "nothing");
    }

    @Override
    public RecordReader<ByteBuffer> open(SourceSplit split, Position from) throws IOException {
        if (!from.split().equals(split.id())) {
            throw new IllegalArgumentException(
                    "from must be a position in split " + split.id() + ", was " + from);
        }
        if (split.equals(nothing())) {
            return new ChunkReader(split, from, InputStream.nullInputStream(), chunkBytes);
        }
        int comma = split.detail().indexOf(',');
        boolean seekable = split.detail().substring(0, Math.max(0, comma)).equals(SEEKABLE);
        int size = Integer.parseInt(split.detail().substring(comma + 1));
        ByteObject object = new ByteObject(split.source(), split.version(), split.end(), seekable);
        return new ChunkReader(split, from, bytes.open(object, from.offset()), size);
    }

    @Override
    public Map<String, Long> requests() {
        return bytes.requests();
    }

    @Override
    public String identity() {
        return bytes.identity().isEmpty() ? "" : bytes.identity() + " as bytes";
    }

    @Override
    public String toString() {
        return bytes.toString();
    }
}
