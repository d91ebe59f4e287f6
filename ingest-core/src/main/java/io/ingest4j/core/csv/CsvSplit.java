package io.ingest4j.core.csv;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.SourceSplit;

/**
 * What the detail of a split says.
 *
 * @param length the object's length
 * @param seekable whether the object is seekable
 * @param line the line at the split's start, or 0 when that isn't known
 * @param exact whether a record begins at the split's start, or else after the next line end
 */
record CsvSplit(long length, boolean seekable, long line, boolean exact) {

    private static final String NOTHING = "nothing";

    static SourceSplit whole(ByteObject object) {
        return part(object, object.name(), 0, object.length(), 1, true);
    }

    static SourceSplit part(
            ByteObject object, String id, long start, long end, long line, boolean exact) {
        String detail = object.length() + "," + object.seekable() + "," + line + "," + exact;
        return new SourceSplit(id, object.name(), object.version(), start, end, detail);
    }

    /** Returns the split of a source without objects. */
    static SourceSplit nothing() {
        return new SourceSplit(NOTHING, NOTHING, NOTHING, 0, 0, NOTHING);
    }

    static boolean isNothing(SourceSplit split) {
        return split.detail().equals(NOTHING);
    }

    static CsvSplit of(SourceSplit split) {
        String[] parts = split.detail().split(",", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException(
                    "split detail must be length, seekable, line, exact, was '"
                            + split.detail()
                            + "'");
        }
        return new CsvSplit(
                Long.parseLong(parts[0]),
                Boolean.parseBoolean(parts[1]),
                Long.parseLong(parts[2]),
                Boolean.parseBoolean(parts[3]));
    }

    ByteObject object(SourceSplit split) {
        return new ByteObject(split.source(), split.version(), length, seekable);
    }
}
