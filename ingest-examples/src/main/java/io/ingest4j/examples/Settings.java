package io.ingest4j.examples;

import static io.ingest4j.examples.Arguments.BATCH_SIZE;
import static io.ingest4j.examples.Arguments.RATE;
import static io.ingest4j.examples.Arguments.RECORDS;
import static io.ingest4j.examples.Arguments.REPORT;
import static io.ingest4j.examples.Arguments.SERVE;

import io.ingest4j.api.RateLimiter;
import io.ingest4j.core.limit.RateLimiters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@link S3ToApi} is told.
 *
 * @param ends the ends; empty if it brings its own
 * @param serve whether it is to start its own ends and nothing else
 * @param records how many records its own source holds
 * @param batchSize records in one request
 * @param maxWorkers requests in flight
 * @param rateLimitCalls requests per period, 0 for any number
 * @param rateLimitPeriod the period
 * @param rangeBytes the size of one read from S3
 * @param report where to write the report
 */
record Settings(
        Optional<Ends> ends,
        boolean serve,
        long records,
        int batchSize,
        int maxWorkers,
        long rateLimitCalls,
        Duration rateLimitPeriod,
        int rangeBytes,
        Optional<Path> report) {

    private static final long DEFAULT_RECORDS = 100_000;
    private static final long MAX_RECORDS = 10_000_000_000L;
    private static final long WARM_UP_REQUESTS = 25_000;
    private static final int WARM_UP_BATCH_SIZE = 20;
    private static final long MAX_CALLS = 1_000_000_000;
    private static final long MAX_PERIOD_SECONDS = 86_400;

    static Settings read(Arguments arguments, Map<String, String> environment, Path directory)
            throws SettingsException {
        boolean serve = arguments.has(SERVE);
        Variables variables =
                new Variables(
                        arguments.options(), environment, DotEnv.read(directory.resolve(".env")));
        Optional<Ends> ends = serve ? Optional.empty() : Ends.read(variables);
        refuse(arguments, RECORDS, ends.isPresent(), "with S3_BUCKET, S3_KEY and API_ENDPOINT");
        refuse(arguments, BATCH_SIZE, serve, "with --serve");
        refuse(arguments, REPORT, serve, "with --serve");
        long batchSize = ends.isPresent() ? 1_000 : 1;
        return new Settings(
                ends,
                serve,
                variables.number(RECORDS, "", 1, MAX_RECORDS, DEFAULT_RECORDS),
                (int) variables.number(BATCH_SIZE, "BATCH_SIZE", 1, 1_000_000, batchSize),
                (int) variables.number("", "MAX_WORKERS", 1, 10_000, 20),
                variables.number(RATE, "RATE_LIMIT_CALLS", 0, MAX_CALLS, 5_000),
                Duration.ofSeconds(
                        variables.number("", "RATE_LIMIT_PERIOD", 1, MAX_PERIOD_SECONDS, 1)),
                (int)
                                variables.number(
                                        "",
                                        "CHUNK_SIZE",
                                        64,
                                        1 << 20,
                                        defaultChunk(Runtime.getRuntime().maxMemory()))
                        << 10,
                report(arguments.options().get(REPORT), directory));
    }

    /** The same without a limit, in small batches, and with no more records than it takes. */
    Settings forWarmUp() {
        int fewInOne = batchSize == 1 ? 1 : Math.min(batchSize, warmUpBatchSize());
        long few = Math.min(records, WARM_UP_REQUESTS * fewInOne);
        return new Settings(
                ends,
                false,
                few,
                fewInOne,
                maxWorkers,
                0,
                rateLimitPeriod,
                rangeBytes,
                Optional.empty());
    }

    /** What makes as many requests as wanted of the records that there are, but stays a batch. */
    private int warmUpBatchSize() {
        return (int) Math.max(2, Math.min(WARM_UP_BATCH_SIZE, records / WARM_UP_REQUESTS));
    }

    /** One request for every record, as an object; or many, as an array. */
    boolean sendsObjects() {
        return batchSize == 1;
    }

    RateLimiter limiter() {
        return rateLimitCalls == 0
                ? RateLimiters.unlimited()
                : RateLimiters.per(rateLimitCalls, rateLimitPeriod);
    }

    /** Several are in memory at a time, so they are smaller in a heap of less than 256 MiB. */
    static long defaultChunk(long maxHeapBytes) {
        return Math.max(1_024, Math.min(8_192, maxHeapBytes >> 15));
    }

    private static void refuse(Arguments arguments, String option, boolean mode, String when)
            throws SettingsException {
        if (mode && arguments.options().containsKey(option)) {
            throw new SettingsException(option + " must not be given " + when);
        }
    }

    private static Optional<Path> report(@Nullable String file, Path directory)
            throws SettingsException {
        if (file == null) {
            return Optional.empty();
        }
        Path path = directory.resolve(file).toAbsolutePath();
        Path parent = path.getParent();
        if (parent == null || !Files.isDirectory(parent) || Files.isDirectory(path)) {
            throw new SettingsException(
                    REPORT + " must be a file in an existing directory, was '" + file + "'");
        }
        return Optional.of(path);
    }
}
