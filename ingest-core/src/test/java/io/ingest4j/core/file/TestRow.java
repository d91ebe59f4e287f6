package io.ingest4j.core.file;

import io.ingest4j.api.Row;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A row in memory. */
record TestRow(List<String> names, List<String> values) implements Row {

    static TestRow of(List<String> names, String... values) {
        return new TestRow(names, List.of(values));
    }

    @Override
    public int size() {
        return values.size();
    }

    @Override
    public byte[] array(int field) {
        return values.get(field).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int start(int field) {
        return 0;
    }

    @Override
    public int length(int field) {
        return array(field).length;
    }

    @Override
    public Row copy() {
        return this;
    }
}
