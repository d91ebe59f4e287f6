package io.ingest4j.examples.service;

import io.ingest4j.examples.settings.SettingsException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * What processes ids.
 *
 * @param url gets each as a POST request; empty if the system is simulated
 * @param timeout how long an attempt may take
 * @param minMillis the least time that the simulated one takes for an id
 * @param maxMillis the most
 * @param failures the share of attempts that fail there
 * @param rejections the share of ids that it never processes
 * @param seed which ones
 */
public record ExternalSettings(
        Optional<URI> url,
        Duration timeout,
        int minMillis,
        int maxMillis,
        double failures,
        double rejections,
        long seed) {

    /** Without the URL's query, which may hold a secret. */
    @Override
    public String toString() {
        String where =
                url.map(uri -> uri.toString().replaceFirst("[?#].*", "")).orElse("simulated");
        return where + " within " + timeout;
    }

    static ExternalSettings read(SettingReader reader) throws SettingsException {
        int minMillis = reader.number("SIMULATED_MIN_MS", 0, 3_600_000, 1_000);
        int maxMillis =
                reader.number("SIMULATED_MAX_MS", minMillis, 3_600_000, Math.max(3_000, minMillis));
        return new ExternalSettings(
                reader.url("EXTERNAL_URL"),
                reader.seconds("EXTERNAL_TIMEOUT", "0.001", "3600", "30"),
                minMillis,
                maxMillis,
                reader.share("SIMULATED_FAILURES"),
                reader.share("SIMULATED_REJECTIONS"),
                reader.variables().number("", "SIMULATED_SEED", Long.MIN_VALUE, Long.MAX_VALUE, 1));
    }
}
