package io.ingest4j.examples;

import io.ingest4j.api.ByteSource;
import io.ingest4j.api.Row;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestJob;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.csv.CsvFormat;
import io.ingest4j.core.file.DeadLetters;
import io.ingest4j.core.file.Gzip;
import io.ingest4j.core.report.ConsoleProgress;
import io.ingest4j.http.HttpSink;
import io.ingest4j.http.HttpSinkBuilder;
import io.ingest4j.s3.S3Source;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;

/** The job itself: CSV on S3, as JSON to an API that limits its callers. */
final class Transfer {

    static final String NAME = "s3-to-api";

    private Transfer() {}

    /**
     * The job, which goes on where the last run of this name came to. A replay is a job of its own for
     * each file, named after it.
     */
    static IngestJob job(Settings settings, Ends ends, String name) {
        IngestJob job =
                unwatched(settings, ends)
                        .checkpoint(CheckpointStores.directory(settings.state()))
                        .maxUncheckpointed(settings.maxUncheckpointed())
                        .deadLetters(DeadLetters.appendTo(settings.failed()))
                        .listener(ConsoleProgress.create())
                        .listener(new RunLog());
        if (settings.replay().isEmpty()) {
            job.name(name);
        }
        return settings.startOver() ? job.startOver() : job;
    }

    /** The same without a trace. */
    static IngestJob unwatched(Settings settings, Ends ends) {
        HttpSinkBuilder post = HttpSink.post(ends.api()).maxConnections(settings.maxWorkers());
        HttpSink<Row> api = settings.sendsObjects() ? post.jsonObject() : post.json();
        return records(settings, ends)
                .batchSize(settings.batchSize())
                .rateLimit(settings.limiter())
                .maxInFlight(settings.maxWorkers())
                .to(api);
    }

    private static Ingest<Row> records(Settings settings, Ends ends) {
        CsvFormat format = Csv.withHeader();
        if (settings.replay().isPresent()) {
            return Ingest.from(DeadLetters.replay(settings.replay().get())).map(format::parse);
        }
        ByteSource object =
                S3Source.of(ends.access(), ends.bucket(), ends.key())
                        .rangeBytes(settings.rangeBytes());
        ByteSource csv = ends.key().endsWith(".gz") ? Gzip.of(object) : object;
        return Ingest.from(csv.as(format));
    }

    /** Jobs that have the same ends are the same job. */
    static String name(Ends ends) {
        CRC32C digest = new CRC32C();
        String all = ends.bucket() + '\n' + ends.key() + '\n' + ends.api();
        digest.update(all.getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%s-%08x", NAME, digest.getValue());
    }
}
