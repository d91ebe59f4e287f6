/** Sources and sinks on S3. */
@SuppressWarnings("module") // "s3" ends in a digit
module io.ingest4j.s3 {
    requires transitive io.ingest4j.core;
    requires static transitive org.jspecify;
    requires dev.failsafe.core;
    requires org.slf4j;
    requires transitive software.amazon.awssdk.services.s3;
    requires software.amazon.awssdk.auth;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.http;
    requires software.amazon.awssdk.regions;
    requires software.amazon.awssdk.retries.api;
    // What the SDK and its HTTP client need: automatic modules can't say it.
    requires java.security.jgss;
    requires java.xml;
    requires jdk.net;

    exports io.ingest4j.s3;

    provides io.ingest4j.spi.ByteSourceProvider with
            io.ingest4j.s3.S3SourceProvider;
}
