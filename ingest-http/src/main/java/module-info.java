/** HTTP sink and download source. */
module io.ingest4j.http {
    requires transitive io.ingest4j.core;
    requires static transitive org.jspecify;
    requires transitive java.net.http;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;
    requires org.slf4j;
    // What httpclient5 needs: an automatic module can't say it.
    requires java.security.jgss;
    requires jdk.net;

    exports io.ingest4j.http;

    provides io.ingest4j.spi.ByteSourceProvider with
            io.ingest4j.http.HttpDownloadProvider;
    provides io.ingest4j.spi.RecordSinkProvider with
            io.ingest4j.http.HttpSinkProvider;
}
