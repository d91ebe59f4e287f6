package app;

import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.FileSink;
import io.ingest4j.http.HttpDownload;
import java.net.URI;
import java.nio.file.Path;

/** From an HTTP server into a file, and from there into an API. */
public final class HttpJobs {

    public static void main(String[] args) {
        var server = URI.create(System.getenv("HTTP_SERVER"));
        var file = Path.of("from-http.csv");
        IngestReport down =
                Ingest.from(
                                HttpDownload.of(server.resolve("/customers.csv"))
                                        .allowPrivateAddresses(true)
                                        .as(Csv.withHeader()))
                        .name("download")
                        .to(FileSink.of(file, Csv.withHeader().encoder()))
                        .checkpoint(CheckpointStores.directory(Path.of("state")))
                        .run();
        IngestReport up =
                Ingest.from(file.toUri().toString())
                        .name("send")
                        .to(server.resolve("/process").toString())
                        .run();
        Ingest.from(server.resolve("/customers.csv").toString()); // a provider stands for it
        System.out.println("http " + down.ledger().delivered() + " " + up.ledger().delivered());
    }
}
