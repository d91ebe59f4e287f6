package io.ingest4j.examples.service;

import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.slf4j.event.Level;

/**
 * What the service is told.
 *
 * @param host the address or name to listen on
 * @param port the port; 0 for any that is free
 * @param logLevel what is logged
 * @param batchSize the most ids of a batch and of a dispatch
 * @param batchDelay the period in which there is at most one dispatch
 * @param maxWait after which an id counts as one priority higher; empty if it never does
 * @param idempotencyWindow how long an idempotency key is known
 * @param maxIds the most ids of a submission
 * @param maxInFlight how many ids may be under way
 * @param maxQueued how many ids may wait
 * @param retention how long a submission is kept after its end
 * @param lease after how long a process that shows no life has lost what it took
 * @param stopTimeout how long a stop waits for what is being processed
 * @param maxAttempts how often an id is tried
 * @param deadLetters the file for ids that are given up, if there is to be one
 * @param database where submissions are kept
 * @param maxBodyBytes the largest body of a request
 * @param clientRequestsPerSecond how many requests a client may make; 0 for any number
 * @param trustForwardedFor whether a proxy in front tells who the client is
 * @param corsOrigins whose pages may use the API, with {@code *} for all
 * @param external what processes ids
 */
public record ServiceSettings(
        String host,
        int port,
        Level logLevel,
        int batchSize,
        Duration batchDelay,
        Optional<Duration> maxWait,
        Duration idempotencyWindow,
        int maxIds,
        int maxInFlight,
        int maxQueued,
        Duration retention,
        Duration lease,
        Duration stopTimeout,
        int maxAttempts,
        Optional<Path> deadLetters,
        Database database,
        int maxBodyBytes,
        int clientRequestsPerSecond,
        boolean trustForwardedFor,
        Set<String> corsOrigins,
        ExternalSettings external) {

    /** As many connections as there may be to the external system. */
    private static final int MOST_IN_FLIGHT = 10_000;

    /**
     * Reads the settings.
     *
     * @param variables where they are
     * @param directory the working directory
     * @return the settings
     * @throws SettingsException if one is bad
     */
    public static ServiceSettings read(Variables variables, Path directory)
            throws SettingsException {
        SettingReader reader = new SettingReader(variables);
        Duration maxWait = reader.seconds("MAX_WAIT_SECONDS", "0", "31536000", "0");
        int batchSize = reader.number("BATCH_SIZE", 1, 1_000, 3);
        Duration window = reader.seconds("IDEMPOTENCY_WINDOW_SECONDS", "0", "31536000", "300");
        return new ServiceSettings(
                variables
                        .text("HOST")
                        .map(String::strip)
                        .filter(host -> !host.isEmpty())
                        .orElse("127.0.0.1"),
                reader.number("PORT", 0, 65_535, 8_000),
                variables.logLevel(),
                batchSize,
                reader.period("BATCH_DELAY", "0.001", "86400", "5"),
                maxWait.isZero() ? Optional.empty() : Optional.of(maxWait),
                window,
                maxIds(reader, MemoryBudget.ofHeap()),
                reader.number(
                        "MAX_IN_FLIGHT",
                        batchSize,
                        MOST_IN_FLIGHT,
                        variables.text("EXTERNAL_URL").isPresent()
                                ? Math.max(64, 10 * batchSize)
                                : MOST_IN_FLIGHT / 10),
                reader.number("MAX_QUEUED", 1, 100_000_000, 1_000_000),
                retention(reader, window),
                reader.seconds("LEASE_SECONDS", "1", "86400", "30"),
                reader.seconds("STOP_SECONDS", "0", "86400", "30"),
                reader.number("MAX_ATTEMPTS", 1, 1_000, 5),
                variables
                        .text("DEAD_LETTER_FILE")
                        .map(name -> directory.resolve(name).toAbsolutePath()),
                Database.read(variables, directory),
                reader.number("MAX_BODY_KB", 1, 100 << 10, 1_024) << 10,
                reader.number("CLIENT_REQUESTS_PER_SECOND", 0, 1_000_000, 0),
                variables.flag("TRUST_FORWARDED_FOR"),
                reader.origins("CORS_ORIGINS"),
                ExternalSettings.read(reader));
    }

    /** A submission that can never be taken should not be allowed. */
    static int maxIds(SettingReader reader, MemoryBudget budget) throws SettingsException {
        int maxIds = reader.number("MAX_IDS", 1, 1_000_000, 10_000);
        long bytes = SubmissionReader.HELD_PER_SUBMITTED_ID * maxIds;
        if (bytes > budget.maxBytes()) {
            throw new SettingsException(
                    "MAX_IDS must be at most %d, as a submission takes %d bytes an id and all requests"
                                    .formatted(
                                            budget.maxBytes()
                                                    / SubmissionReader.HELD_PER_SUBMITTED_ID,
                                            SubmissionReader.HELD_PER_SUBMITTED_ID)
                            + " may hold %d bytes, an eighth of the heap (-Xmx), was '%d'"
                                    .formatted(budget.maxBytes(), maxIds));
        }
        return maxIds;
    }

    private static Duration retention(SettingReader reader, Duration window)
            throws SettingsException {
        Duration retention = Duration.ofHours(reader.number("RETENTION_HOURS", 0, 87_600, 24));
        if (retention.compareTo(window) < 0) {
            throw new SettingsException(
                    "RETENTION_HOURS must be at least IDEMPOTENCY_WINDOW_SECONDS, as a repeated key is"
                            + " answered with the first submission, was '%d' hours for '%s' seconds"
                                    .formatted(
                                            retention.toHours(),
                                            BigDecimal.valueOf(window.toNanos(), 9)
                                                    .stripTrailingZeros()
                                                    .toPlainString()));
        }
        return retention;
    }
}
