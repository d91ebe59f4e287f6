package io.ingest4j.examples.files;

import io.ingest4j.examples.settings.S3Variables;
import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import io.ingest4j.s3.S3Access;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.Level;

/**
 * What an ingestion is told.
 *
 * @param access how to reach S3
 * @param bucket holds the parameters, and gets the files
 * @param prefix what the keys of the files begin with, without a slash at the end; perhaps empty
 * @param concurrency how many files are streamed at a time
 * @param partBytes the size of a part of an upload
 * @param partsInFlight how many parts of a file are in memory
 * @param chunkBytes how much of a download is handed on at once
 * @param names the names of files by a part of their URLs
 * @param resume whether a file that can't be finished is kept, to be continued
 * @param stateInterval how often the state of such a file is kept while it is streamed
 * @param orphanAge the age from which unfinished uploads under the prefix are aborted; zero for never
 * @param allowPrivateAddresses whether files may come from hosts that aren't public
 * @param logLevel what is logged
 */
public record IngestionSettings(
        S3Access access,
        String bucket,
        String prefix,
        int concurrency,
        long partBytes,
        int partsInFlight,
        int chunkBytes,
        Map<String, String> names,
        boolean resume,
        Duration stateInterval,
        Duration orphanAge,
        boolean allowPrivateAddresses,
        Level logLevel) {

    /** The variable without which nothing can be done. */
    public static final String BUCKET_NAME = "BUCKET_NAME";

    private static final String DEFAULT_NAMES =
            "rent_contracts,transactions,projects,units,developers,buildings";
    private static final long MAX_PART_MB = 5 << 10;

    /**
     * Reads the settings.
     *
     * @param variables where they are
     * @param known how to reach S3, if the variables need not tell
     * @return the settings
     * @throws SettingsException if one is missing or bad
     */
    public static IngestionSettings read(Variables variables, Optional<S3Access> known)
            throws SettingsException {
        String bucket =
                variables
                        .text(BUCKET_NAME)
                        .map(String::strip)
                        .filter(name -> !name.isEmpty())
                        .orElseThrow(
                                () -> new SettingsException(BUCKET_NAME + " must be set, was not"));
        return new IngestionSettings(
                known.isPresent() ? known.get() : S3Variables.access(variables),
                bucket,
                prefix(variables.text("PATH_PREFIX").orElse("raw")),
                (int) variables.number("", "CONCURRENCY", 1, 64, 2),
                variables.number("", "S3_PART_MB", 5, MAX_PART_MB, 50) << 20,
                (int) variables.number("", "S3_PARTS_IN_FLIGHT", 1, 64, 2),
                (int) variables.number("", "HTTP_CHUNK_KB", 1, 64 << 10, 1_024) << 10,
                names(variables.text("SUFFIX_MAP").orElse(DEFAULT_NAMES)),
                variables.flag("RESUME"),
                Duration.ofSeconds(variables.number("", "STATE_SECONDS", 1, 3_600, 30)),
                Duration.ofHours(variables.number("", "ORPHAN_HOURS", 0, 10_000, 24)),
                variables.flag("ALLOW_PRIVATE_ADDRESSES"),
                variables.logLevel());
    }

    private static String prefix(String text) throws SettingsException {
        String prefix = text.strip().replaceAll("^/+|/+$", "");
        if (prefix.contains("//") || prefix.length() > 500) {
            throw new SettingsException(
                    "PATH_PREFIX must be a path of at most 500 characters without empty parts, was '"
                            + text
                            + "'");
        }
        return prefix;
    }

    /** A part of the URL alone stands for a CSV file of that name. */
    private static Map<String, String> names(String text) throws SettingsException {
        Map<String, String> names = new LinkedHashMap<>();
        for (String entry : text.split(",", -1)) {
            int equals = entry.indexOf('=');
            String key = (equals < 0 ? entry : entry.substring(0, equals)).strip();
            String name = equals < 0 ? key + ".csv" : entry.substring(equals + 1).strip();
            if (key.isEmpty() || !name.equals(FileNames.safe(name))) {
                throw new SettingsException(
                        "SUFFIX_MAP must be key or key=name, separated by commas, with names of letters,"
                                + " digits, dots, dashes and underscores, was '"
                                + text
                                + "'");
            }
            names.put(key.toLowerCase(Locale.ROOT), name);
        }
        return names;
    }
}
