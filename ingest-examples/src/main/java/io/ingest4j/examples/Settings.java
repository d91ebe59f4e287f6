package io.ingest4j.examples;

import static io.ingest4j.examples.Arguments.BATCH_SIZE;
import static io.ingest4j.examples.Arguments.FAILED;
import static io.ingest4j.examples.Arguments.RATE;
import static io.ingest4j.examples.Arguments.RECORDS;
import static io.ingest4j.examples.Arguments.REPLAY;
import static io.ingest4j.examples.Arguments.REPORT;
import static io.ingest4j.examples.Arguments.SERVE;
import static io.ingest4j.examples.Arguments.START_OVER;
import static io.ingest4j.examples.Arguments.STATE;

import io.ingest4j.api.RateLimiter;
import io.ingest4j.core.limit.RateLimiters;
import io.ingest4j.examples.settings.DotEnv;
import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
 * @param state the directory of the checkpoints
 * @param failed where to put records that are given up
 * @param replay the file of given up records to try again, instead of the object
 * @param startOver whether to ignore where the last run came to
 * @param maxUncheckpointed how many records may be sent again after a crash
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
        Optional<Path> report,
        Path state,
        Path failed,
        Optional<Path> replay,
        boolean startOver,
        long maxUncheckpointed) {

    private static final long DEFAULT_RECORDS = 100_000;
    private static final long MAX_RECORDS = 10_000_000_000L;
    private static final long WARM_UP_REQUESTS = 25_000;
    private static final int WARM_UP_BATCH_SIZE = 20;
    private static final long DEFAULT_UNCHECKPOINTED = 100_000;
    private static final String FAILED_FILE = "failed.ndjson";
    private static final String FAILED_AGAIN_FILE = "failed-again.ndjson";
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
        for (String option : List.of(REPORT, STATE, FAILED, REPLAY)) {
            refuse(arguments, option, serve, "with --serve");
        }
        int batchSize =
                (int)
                        variables.number(
                                BATCH_SIZE,
                                "BATCH_SIZE",
                                1,
                                1_000_000,
                                ends.isPresent() ? 1_000 : 1);
        return new Settings(
                ends,
                serve,
                variables.number(RECORDS, "", 1, MAX_RECORDS, DEFAULT_RECORDS),
                batchSize,
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
                file(REPORT, arguments, directory),
                directory
                        .resolve(arguments.options().getOrDefault(STATE, "state"))
                        .toAbsolutePath(),
                failed(arguments, directory),
                replay(arguments, directory),
                arguments.has(START_OVER),
                variables.number(
                        "",
                        "MAX_UNCHECKPOINTED",
                        batchSize,
                        MAX_RECORDS,
                        Math.max(batchSize, DEFAULT_UNCHECKPOINTED)));
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
                Optional.empty(),
                state,
                failed,
                Optional.empty(),
                false,
                maxUncheckpointed);
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

    private static Path failed(Arguments arguments, Path directory) throws SettingsException {
        Optional<Path> given = file(FAILED, arguments, directory);
        if (given.isPresent()) {
            return given.get();
        }
        String name = arguments.options().containsKey(REPLAY) ? FAILED_AGAIN_FILE : FAILED_FILE;
        return directory.resolve(name).toAbsolutePath();
    }

    private static Optional<Path> replay(Arguments arguments, Path directory)
            throws SettingsException {
        Optional<Path> file = file(REPLAY, arguments, directory);
        if (file.isPresent() && !Files.isRegularFile(file.get())) {
            throw new SettingsException(
                    REPLAY + " must be a file that exists, was '" + file.get() + "'");
        }
        if (file.isPresent() && file.get().equals(failed(arguments, directory))) {
            throw new SettingsException(
                    REPLAY
                            + " must be another file than records go to that fail again, see "
                            + FAILED);
        }
        return file;
    }

    private static Optional<Path> file(String option, Arguments arguments, Path directory)
            throws SettingsException {
        String file = arguments.options().get(option);
        if (file == null) {
            return Optional.empty();
        }
        Path path = directory.resolve(file).toAbsolutePath();
        Path parent = path.getParent();
        if (parent == null || !Files.isDirectory(parent) || Files.isDirectory(path)) {
            throw new SettingsException(
                    option + " must be a file in an existing directory, was '" + file + "'");
        }
        return Optional.of(path);
    }
}
