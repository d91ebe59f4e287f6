package app;

import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.FileSink;
import io.ingest4j.s3.S3Access;
import io.ingest4j.s3.S3CheckpointStore;
import io.ingest4j.s3.S3Sink;
import io.ingest4j.s3.S3Source;
import java.nio.file.Path;

/** From S3 into a file and back; where the server is and its keys come from the environment. */
public final class S3Jobs {

    public static void main(String[] args) {
        var file = Path.of("from-s3.csv");
        var home = Path.of("").toAbsolutePath().getFileName().toString();
        var checkpoints = S3CheckpointStore.in(S3Access.defaults(), "bucket", home);
        IngestReport down =
                Ingest.from("s3://bucket/in/customers.csv")
                        .name("down")
                        .to(FileSink.of(file, Csv.withHeader().encoder()))
                        .checkpoint(checkpoints)
                        .run();
        IngestReport up =
                Ingest.from(file.toUri().toString())
                        .name("up")
                        .to(S3Sink.object(S3Access.defaults(), "bucket", "out/customers.csv", Csv.withHeader().encoder()))
                        .checkpoint(checkpoints)
                        .run();
        IngestReport listed =
                Ingest.from(S3Source.prefix(S3Access.defaults(), "bucket", "out/").as(Csv.withHeader()))
                        .name("listed")
                        .to(FileSink.of(Path.of("listed.csv"), Csv.withHeader().encoder()))
                        .run();
        System.out.println("s3 " + delivered(down) + " " + delivered(up) + " " + delivered(listed));
    }

    private static long delivered(IngestReport report) {
        return report.ledger().delivered();
    }
}
