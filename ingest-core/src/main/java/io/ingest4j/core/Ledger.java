package io.ingest4j.core;

/** Where every record is: read = delivered + deadLettered + skipped + pending. */
final class Ledger {

    long read;
    long delivered;
    long deadLettered;
    long skipped;
    long attempts;
    long retries;
    long sentBytes;

    long pending() {
        return read - delivered - deadLettered - skipped;
    }
}
