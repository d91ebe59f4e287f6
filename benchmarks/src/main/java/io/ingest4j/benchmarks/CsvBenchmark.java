package io.ingest4j.benchmarks;

import io.ingest4j.api.Row;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVRecord;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Reads 20 MB of CSV from a stream over memory and looks at every field: as a String, or with {@code ingest4jBytes} as
 * the bytes it consists of. Before anything is timed, every contender must have read the same fields as were written.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class CsvBenchmark {

    /** What the input looks like. */
    @Param public CsvShape shape;

    private byte[] bytes = {};

    /**
     * Makes the input and checks every contender on it.
     *
     * @throws IOException never
     */
    @Setup
    public void check() throws IOException {
        CsvDigest written = new CsvDigest();
        bytes = shape.make(written);
        CsvDigest ours = new CsvDigest();
        CsvParsers.ingest4j(bytes, row -> digest(row, ours));
        written.check("ingest4j", ours);
        CsvDigest fastcsv = new CsvDigest();
        CsvParsers.fastcsv(bytes, record -> digest(record, fastcsv));
        written.check("fastcsv", fastcsv);
        CsvDigest univocity = new CsvDigest();
        CsvParsers.univocity(bytes, record -> digest(record, univocity));
        written.check("univocity", univocity);
        CsvDigest commonscsv = new CsvDigest();
        CsvParsers.commonscsv(bytes, record -> digest(record.values(), commonscsv));
        written.check("commonscsv", commonscsv);
        CsvDigest jackson = new CsvDigest();
        CsvParsers.jackson(bytes, record -> digest(record, jackson));
        written.check("jackson", jackson);
    }

    private static void digest(Row row, CsvDigest digest) {
        for (int i = 0; i < row.size(); i++) {
            digest.field(row.get(i));
        }
        digest.endRecord();
    }

    private static void digest(String[] record, CsvDigest digest) {
        for (String field : record) {
            digest.field(field);
        }
        digest.endRecord();
    }

    /** Where each field lies in shared bytes. */
    @Benchmark
    public void ingest4jBytes(Blackhole blackhole) throws IOException {
        CsvParsers.ingest4j(
                bytes,
                row -> {
                    for (int i = 0; i < row.size(); i++) {
                        blackhole.consume(row.array(i));
                        blackhole.consume(row.start(i));
                        blackhole.consume(row.length(i));
                    }
                });
    }

    /** Each field as a String. */
    @Benchmark
    public void ingest4jStrings(Blackhole blackhole) throws IOException {
        CsvParsers.ingest4j(
                bytes,
                row -> {
                    for (int i = 0; i < row.size(); i++) {
                        blackhole.consume(row.get(i));
                    }
                });
    }

    /** Each field as a String. */
    @Benchmark
    public void fastcsv(Blackhole blackhole) throws IOException {
        CsvParsers.fastcsv(bytes, each(blackhole));
    }

    /** Each field as a String. */
    @Benchmark
    public void univocity(Blackhole blackhole) throws IOException {
        CsvParsers.univocity(bytes, each(blackhole));
    }

    /** Each field as a String. */
    @Benchmark
    public void commonscsv(Blackhole blackhole) throws IOException {
        Consumer<CSVRecord> consumer =
                record -> {
                    for (String field : record) {
                        blackhole.consume(field);
                    }
                };
        CsvParsers.commonscsv(bytes, consumer);
    }

    /** Each field as a String. */
    @Benchmark
    public void jackson(Blackhole blackhole) throws IOException {
        CsvParsers.jackson(bytes, each(blackhole));
    }

    private static Consumer<String[]> each(Blackhole blackhole) {
        return record -> {
            for (String field : record) {
                blackhole.consume(field);
            }
        };
    }
}
