package io.ingest4j.core.file;

import io.ingest4j.api.RecordEncoder;
import io.ingest4j.api.Row;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.json.Json;
import java.nio.file.Path;
import java.time.Duration;

/** A program that copies a CSV file into another file, and is made to be killed. */
final class CopyJob {

    private CopyJob() {}

    /** Takes the source, the target and the directory of the checkpoints. */
    public static void main(String[] args) {
        copy(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]));
    }

    static void copy(Path from, Path to, Path state) {
        RecordEncoder<Row> encoder =
                to.toString().endsWith(".csv") ? Csv.withHeader().encoder() : Json.lines();
        Ingest.from(FileSource.of(from).as(Csv.withHeader()))
                .name("copy")
                .batchSize(10)
                .checkpoint(CheckpointStores.directory(state))
                .checkpointInterval(Duration.ofMillis(20))
                .to(FileSink.of(to, encoder))
                .run();
    }
}
