/** HTTP sink, download source and paged API source. */
module io.ingest4j.http {
    requires transitive io.ingest4j.core;
    requires static transitive org.jspecify;
    requires transitive java.net.http;
    requires org.slf4j;

    exports io.ingest4j.http;

    provides io.ingest4j.spi.RecordSinkProvider with
            io.ingest4j.http.HttpSinkProvider;
}
