/** The builder, the run loop, formats, limiters, schedulers and stores. */
module io.ingest4j.core {
    requires transitive io.ingest4j.api;
    requires static transitive org.jspecify;
    requires transitive java.sql;
    requires org.slf4j;
    requires dev.failsafe.core;
    requires tools.jackson.core;
    requires static me.tongfei.progressbar;
    requires static micrometer.core;

    exports io.ingest4j.core;
    exports io.ingest4j.core.bytes;
    exports io.ingest4j.core.checkpoint;
    exports io.ingest4j.core.csv;
    exports io.ingest4j.core.file;
    exports io.ingest4j.core.json;
    exports io.ingest4j.core.limit;
    exports io.ingest4j.core.report;
    exports io.ingest4j.core.schedule;
    exports io.ingest4j.core.schedule.jdbc;

    uses io.ingest4j.spi.ByteSourceProvider;
    uses io.ingest4j.spi.RecordFormatProvider;
    uses io.ingest4j.spi.RecordSinkProvider;

    provides io.ingest4j.spi.ByteSourceProvider with
            io.ingest4j.core.file.FileSourceProvider;
    provides io.ingest4j.spi.RecordFormatProvider with
            io.ingest4j.core.csv.CsvFormatProvider;
}
