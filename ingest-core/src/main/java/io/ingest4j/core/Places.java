package io.ingest4j.core;

import io.ingest4j.api.Position;
import io.ingest4j.api.RejectedRecord;
import io.ingest4j.api.SourceSplit;

/** Words for where something is in a source. */
final class Places {

    private Places() {}

    /** Where a record is bad, as far as its source can tell: for people, not to go on reading there. */
    static Position of(RejectedRecord bad) {
        Position at = bad.position();
        if (bad.column() == 0) {
            return at;
        }
        String detail = (at.detail().isEmpty() ? "" : at.detail() + ',') + "column=" + bad.column();
        return new Position(at.split(), at.recordNumber(), at.offset(), detail);
    }

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
