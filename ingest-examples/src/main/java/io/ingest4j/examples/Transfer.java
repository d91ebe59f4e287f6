package io.ingest4j.examples;

import io.ingest4j.api.ByteSource;
import io.ingest4j.api.Row;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestJob;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.Gzip;
import io.ingest4j.core.report.ConsoleProgress;
import io.ingest4j.http.HttpSink;
import io.ingest4j.http.HttpSinkBuilder;
import io.ingest4j.s3.S3Source;

/** The job itself: CSV on S3, as JSON to an API that limits its callers. */
final class Transfer {

    private Transfer() {}

    static IngestJob job(Settings settings, Ends ends) {
        return unwatched(settings, ends).listener(ConsoleProgress.create()).listener(new RunLog());
    }

    static IngestJob unwatched(Settings settings, Ends ends) {
        ByteSource object =
                S3Source.of(ends.access(), ends.bucket(), ends.key())
                        .rangeBytes(settings.rangeBytes());
        ByteSource csv = ends.key().endsWith(".gz") ? Gzip.of(object) : object;
        HttpSinkBuilder post = HttpSink.post(ends.api()).maxConnections(settings.maxWorkers());
        HttpSink<Row> api = settings.sendsObjects() ? post.jsonObject() : post.json();
        return Ingest.from(csv.as(Csv.withHeader()))
                .name("s3-to-api")
                .batchSize(settings.batchSize())
                .rateLimit(settings.limiter())
                .maxInFlight(settings.maxWorkers())
                .to(api);
    }
}
