package io.ingest4j.core.csv;

import io.ingest4j.api.ByteObject;
import io.ingest4j.api.ByteSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Objects in memory whose streams give at most some bytes at a time, or stop once at one place. */
record TestBytes(List<byte[]> contents, int chunk, long cut) implements ByteSource {

    static final int WHOLE = Integer.MAX_VALUE;

    static TestBytes of(byte[]... contents) {
        return new TestBytes(List.of(contents), WHOLE, -1);
    }

    TestBytes chunked(int size) {
        return new TestBytes(contents, size, -1);
    }

    TestBytes cutAt(long offset) {
        return new TestBytes(contents, WHOLE, offset);
    }

    @Override
    public List<ByteObject> objects() {
        List<ByteObject> objects = new ArrayList<>();
        for (int i = 0; i < contents.size(); i++) {
            objects.add(new ByteObject("object-" + i, "v1", contents.get(i).length, true));
        }
        return objects;
    }

    @Override
    public InputStream open(ByteObject object, long offset) throws IOException {
        int index = Integer.parseInt(object.name().substring("object-".length()));
        byte[] bytes = contents.get(index);
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        in.skipNBytes(offset);
        return new InputStream() {
            private long at = offset;

            @Override
            public int read() {
                throw new UnsupportedOperationException("one byte at a time is never asked for");
            }

            @Override
            public int read(byte[] into, int start, int length) {
                int most = Math.min(length, chunk);
                if (at < cut) {
                    most = (int) Math.min(most, cut - at);
                }
                int count = in.read(into, start, most);
                at += Math.max(count, 0);
                return count;
            }
        };
    }
}
