package io.ingest4j.benchmarks;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;

/** An object in memory. */
final class CsvBytes implements ByteSource {

    private static final long serialVersionUID = 1;

    private final byte[] bytes;

    CsvBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public List<ByteObject> objects() {
        return List.of(new ByteObject("memory", "1", bytes.length, true));
    }

    @Override
    public InputStream open(ByteObject object, long offset) {
        return new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset);
    }
}
