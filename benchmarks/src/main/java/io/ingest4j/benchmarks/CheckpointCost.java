package io.ingest4j.benchmarks;

import io.ingest4j.api.RecordBatch;
import io.ingest4j.api.RecordSink;
import io.ingest4j.api.RecordWriter;
import io.ingest4j.api.Row;
import io.ingest4j.api.WriteResult;
import io.ingest4j.api.WriterContext;
import io.ingest4j.core.Ingest;
import io.ingest4j.core.IngestJob;
import io.ingest4j.core.IngestReport;
import io.ingest4j.core.checkpoint.CheckpointStores;
import io.ingest4j.core.csv.Csv;
import io.ingest4j.core.file.FileSource;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What checkpoints cost a job that does nothing else but read: CSV from a file, in batches of 1,000, to a sink that adds
 * the lengths of all fields up. Runs with and without checkpoints take turns, so that a change of the machine's speed hits both.
 */
public final class CheckpointCost {

    private static final int RECORDS = 20_000_000;
    private static final int WARM_UP = 2;

    private CheckpointCost() {}

    /**
     * Prints the median rates and their ratio: checkpointing every second, and also after each 25,000 records, which is
     * what the default bound of 100,000 uncheckpointed records comes to at this speed.
     *
     * @param args the number of rounds
     * @throws IOException if the files can't be written
     */
    public static void main(String[] args) throws IOException {
        int rounds = Integer.parseInt(args[0]);
        Path directory = Files.createTempDirectory("ingest4j-checkpoints-");
        Path csv = directory.resolve("numbers.csv");
        write(csv);
        List<List<Double>> rates = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int round = -WARM_UP; round < rounds; round++) {
            for (int i = 0; i < rates.size(); i++) {
                int kind = (i + Math.max(0, round)) % rates.size();
                double rate = run(csv, directory.resolve("state"), kind);
                if (round >= 0) {
                    rates.get(kind).add(rate);
                }
            }
        }
        double without = median(rates.get(0));
        System.out.printf(
                "records/s without %,.0f; every second %,.0f = %.3f; bounded to 100,000 %,.0f = %.3f%n",
                without,
                median(rates.get(1)),
                ratio(rates.get(1), rates.get(0)),
                median(rates.get(2)),
                ratio(rates.get(2), rates.get(0)));
    }

    private static void write(Path csv) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(csv)) {
            out.write("id,name,amount\n");
            for (int i = 0; i < RECORDS; i++) {
                out.write(i + ",name of " + i % 1_000 + ',' + i % 777 + ".50\n");
            }
        }
    }

    private static double run(Path csv, Path state, int kind) {
        IngestJob job =
                Ingest.from(FileSource.of(csv).as(Csv.withHeader()))
                        .batchSize(1_000)
                        .to(new Taking());
        if (kind > 0) {
            job.checkpoint(CheckpointStores.directory(state)).startOver();
            job.maxUncheckpointed(kind == 1 ? Long.MAX_VALUE : 100_000);
        }
        IngestReport report = job.run();
        if (report.ledger().delivered() != RECORDS) {
            throw new IllegalStateException("lost records: " + report);
        }
        return report.rate().averagePerSecond();
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /** The median of the rounds' ratios. */
    private static double ratio(List<Double> values, List<Double> base) {
        double[] ratios = new double[values.size()];
        Arrays.setAll(ratios, i -> values.get(i) / base.get(i));
        Arrays.sort(ratios);
        return ratios[ratios.length / 2];
    }

    /** Looks at every field. */
    private static final class Taking implements RecordSink<Row> {

        private static final long serialVersionUID = 1;

        @Override
        public RecordWriter<Row> open(WriterContext context) {
            return new RecordWriter<>() {
                private long bytes;

                @Override
                public CompletionStage<WriteResult> write(RecordBatch<? extends Row> batch) {
                    for (int i = 0; i < batch.size(); i++) {
                        Row row = batch.record(i);
                        for (int field = 0; field < row.size(); field++) {
                            bytes += row.length(field);
                        }
                    }
                    return CompletableFuture.completedFuture(WriteResult.delivered());
                }

                @Override
                public void close() {
                    if (bytes == 0) {
                        throw new IllegalStateException("nothing was read");
                    }
                }
            };
        }
    }
}
