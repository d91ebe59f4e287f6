package io.ingest4j.core.json;

/** What stands around the objects of a message. A code of 0 stands for nothing. */
enum JsonLayout {
    OBJECT("application/json", 0, 0, 0, 0),
    ARRAY("application/json", '[', ',', 0, ']'),
    LINES("application/x-ndjson", 0, 0, '\n', 0);

    final String contentType;
    final int open;
    final int between;
    final int after;
    final int close;

    JsonLayout(String contentType, int open, int between, int after, int close) {
        this.contentType = contentType;
        this.open = open;
        this.between = between;
        this.after = after;
        this.close = close;
    }
}
