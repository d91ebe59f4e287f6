package io.ingest4j.core;

import io.ingest4j.api.Position;
import io.ingest4j.api.SourceSplit;

/** Words for where something is in a source. */
final class Places {

    private Places() {}

    static String describe(SourceSplit split, Position position) {
        String detail = position.detail().isEmpty() ? "" : ", " + position.detail();
        return split.source()
                + ", record "
                + position.recordNumber()
                + " at offset "
                + position.offset()
                + detail;
    }
}
