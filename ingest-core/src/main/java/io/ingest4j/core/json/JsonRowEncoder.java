package io.ingest4j.core.json;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.Row;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Encodes rows as JSON, made by {@link Json}. Values go from the row's bytes to the message without
 * becoming Strings; they must be the UTF-8 that a {@link Row} promises. Immutable and safe for use by
 * several threads.
 *
 * @since 0.1
 */
public final class JsonRowEncoder implements RecordEncoder<Row> {

    private static final long serialVersionUID = 1;

    private final JsonLayout layout;
    private final String keyName;
    private transient volatile @Nullable MemberNames lastNames;

    JsonRowEncoder(JsonLayout layout, String keyName) {
        this.layout = layout;
        this.keyName = keyName;
    }

    /**
     * Puts the record's {@linkplain RecordBatch#key stable key} into each object, before its fields,
     * so that the receiver can tell a record sent again from a new one.
     *
     * @param name the member's name, not empty; a row that has a field of this name can't be encoded
     * @return another encoder like this one
     * @throws IllegalArgumentException if the name is empty
     */
    public JsonRowEncoder withKey(String name) {
        Objects.requireNonNull(name, "name");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("key name must not be empty");
        }
        return new JsonRowEncoder(layout, name);
    }

    @Override
    public String contentType() {
        return layout.contentType;
    }

    @Override
    public int maxBatchSize() {
        return layout == JsonLayout.OBJECT ? 1 : Integer.MAX_VALUE;
    }

    /**
     * Returns this encoder if it makes lines.
     *
     * @throws IllegalArgumentException if it makes one object or one array, which fill a file
     */
    @Override
    public RecordEncoder<Row> after(String head) {
        if (layout != JsonLayout.LINES) {
            throw new IllegalArgumentException(
                    "JSON in a file of several messages must be lines, was "
                            + (layout == JsonLayout.ARRAY ? "an array" : "an object")
                            + "; Json.lines() makes lines");
        }
        return this;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the batch has more or less than one record and the message
     *     is one object, or if two members of an object would have the same name
     */
    @Override
    public void encode(RecordBatch<? extends Row> batch, OutputStream out) throws IOException {
        int size = batch.size();
        if (layout == JsonLayout.OBJECT && size != 1) {
            throw new IllegalArgumentException(
                    "batch size must be 1 for Json.object(), was " + size);
        }
        JsonBytes json = new JsonBytes();
        json.mark(layout.open);
        for (int i = 0; i < size; i++) {
            if (i > 0) {
                json.mark(layout.between);
            }
            object(batch, i, json);
            json.mark(layout.after);
            json.drainLargeTo(out);
        }
        json.mark(layout.close);
        json.drainTo(out);
    }

    private void object(RecordBatch<? extends Row> batch, int index, JsonBytes json) {
        Row row = batch.record(index);
        MemberNames names = names(row.names());
        boolean first = true;
        if (!keyName.isEmpty()) {
            json.raw(names.key());
            byte[] key = batch.key(index).getBytes(StandardCharsets.UTF_8);
            json.escaped(key, 0, key.length);
            first = false;
        }
        int size = row.size();
        for (int field = 0; field < size; field++) {
            json.raw(names.member(field, first));
            json.escaped(row.array(field), row.start(field), row.length(field));
            first = false;
        }
        json.raw(first ? MemberNames.EMPTY_OBJECT : MemberNames.END);
    }

    private MemberNames names(List<String> names) {
        MemberNames last = lastNames;
        if (last == null || !last.isFor(names)) {
            last = MemberNames.of(names, keyName);
            lastNames = last;
        }
        return last;
    }

    @Override
    public String toString() {
        return keyName.isEmpty() ? layout.contentType : layout.contentType + " with " + keyName;
    }
}
