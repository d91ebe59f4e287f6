package io.ingest4j.benchmarks;

/** A digest of fields and records, to see whether two parsers read the same. */
final class CsvDigest {

    private long records;
    private long fields;
    private long hash;

    void field(String text) {
        fields++;
        hash = 31 * hash + text.hashCode();
    }

    void endRecord() {
        records++;
        hash = 31 * hash + records;
    }

    /** Fails unless the other has seen the same. */
    void check(String name, CsvDigest other) {
        if (records != other.records || fields != other.fields || hash != other.hash) {
            throw new IllegalStateException(name + " must read " + this + ", read " + other);
        }
    }

    @Override
    public String toString() {
        return records + " records, " + fields + " fields, hash " + Long.toHexString(hash);
    }
}
