package io.ingest4j.core.csv;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.SourceSplit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the detail of a split says.
 *
 * @param length the object's length
 * @param seekable whether the object is seekable
 * @param line the line at the split's start, or 0 when that isn't known
 * @param exact whether a record begins at the split's start, or else after the next line end
 * @param reading {@link CsvOptions#reading()} when the split was planned, such as {@code
 *     comment=U+0023;skipLines=2}; null if a version planned it that did not keep it
 */
record CsvSplit(long length, boolean seekable, long line, boolean exact, @Nullable String reading) {

    private static final String NOTHING = "nothing";
    private static final String DEFAULT = "the default";

    static SourceSplit whole(CsvOptions options, ByteObject object) {
        return part(options, object, object.name(), 0, object.length(), 1, true);
    }

    static SourceSplit part(
            CsvOptions options,
            ByteObject object,
            String id,
            long start,
            long end,
            long line,
            boolean exact) {
        String reading =
                options.reading().entrySet().stream()
                        .map(Map.Entry::toString)
                        .collect(Collectors.joining(";"));
        String detail =
                String.join(
                        ",",
                        "" + object.length(),
                        "" + object.seekable(),
                        "" + line,
                        "" + exact,
                        reading);
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
        if (parts.length != 4 && parts.length != 5) {
            throw new IllegalArgumentException(
                    "split detail must be length, seekable, line, exact, reading, was '"
                            + split.detail()
                            + "'");
        }
        return new CsvSplit(
                Long.parseLong(parts[0]),
                Boolean.parseBoolean(parts[1]),
                Long.parseLong(parts[2]),
                Boolean.parseBoolean(parts[3]),
                parts.length == 4 ? null : parts[4]);
    }

    /** Says which settings differ from those that the split was planned with; empty if none does. */
    Optional<String> change(Map<String, String> now) {
        if (reading == null) {
            return Optional.empty();
        }
        Map<String, String> before = new TreeMap<>();
        for (String setting : reading.isEmpty() ? new String[0] : reading.split(";")) {
            int equals = setting.indexOf('=');
            before.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        SortedSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        names.removeIf(name -> Objects.equals(before.get(name), now.get(name)));
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        names.stream()
                                .map(name -> change(name, before, now))
                                .collect(Collectors.joining("; ")));
    }

    private static String change(String name, Map<String, String> before, Map<String, String> now) {
        String is = now.getOrDefault(name, DEFAULT);
        return name + " was " + before.getOrDefault(name, DEFAULT) + ", is " + is;
    }

    ByteObject object(SourceSplit split) {
        return new ByteObject(split.source(), split.version(), length, seekable);
    }
}
