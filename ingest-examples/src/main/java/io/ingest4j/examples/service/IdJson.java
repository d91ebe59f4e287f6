package io.ingest4j.examples.service;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** An id as {@code {"id": 1}}. */
final class IdJson implements RecordEncoder<BigInteger> {

    private static final long serialVersionUID = 1;

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public int maxBatchSize() {
        return 1;
    }

    @Override
    public void encode(RecordBatch<? extends BigInteger> batch, OutputStream out)
            throws IOException {
        out.write(("{\"id\": " + batch.record(0) + "}").getBytes(StandardCharsets.US_ASCII));
    }
}
