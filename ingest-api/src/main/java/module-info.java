/** The types that sources, sinks, limiters and stores of ingest4j are written against. */
module io.ingest4j.api {
    requires static transitive org.jspecify;

    exports io.ingest4j.api;
    exports io.ingest4j.spi;
}
