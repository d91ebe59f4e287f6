package io.ingest4j.examples.service;

import io.ingest4j.examples.settings.SettingsException;
import io.ingest4j.examples.settings.Variables;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Reads settings of those kinds that only the service has. */
record SettingReader(Variables variables) {

    int number(String name, int min, int max, int fallback) throws SettingsException {
        return (int) variables.number("", name, min, max, fallback);
    }

    /** Seconds, perhaps with a fraction. */
    Duration seconds(String name, String min, String max, String fallback)
            throws SettingsException {
        BigDecimal seconds = decimal(name, "seconds", min, max, fallback);
        return Duration.ofNanos(seconds.movePointRight(9).longValue());
    }

    /** Seconds, or 0 for no limit; less than the least would be taken for one by mistake. */
    Duration period(String name, String min, String max, String fallback) throws SettingsException {
        BigDecimal seconds = decimal(name, "seconds", "0", max, fallback);
        if (seconds.signum() != 0 && seconds.compareTo(new BigDecimal(min)) < 0) {
            throw new SettingsException(
                    "%s must be 0 or seconds from %s to %s, was '%s'"
                            .formatted(name, min, max, seconds.toPlainString()));
        }
        return Duration.ofNanos(seconds.movePointRight(9).longValue());
    }

    double share(String name) throws SettingsException {
        return decimal(name, "a share", "0", "1", "0").doubleValue();
    }

    private BigDecimal decimal(String name, String kind, String min, String max, String fallback)
            throws SettingsException {
        String text = variables.text(name).orElse(fallback).strip();
        try {
            BigDecimal number = text.length() > 20 ? null : new BigDecimal(text);
            if (number != null
                    && number.compareTo(new BigDecimal(min)) >= 0
                    && number.compareTo(new BigDecimal(max)) <= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new SettingsException(
                "%s must be %s from %s to %s, was '%s'".formatted(name, kind, min, max, text));
    }

    Optional<URI> url(String name) throws SettingsException {
        Optional<String> text = variables.text(name).map(String::strip);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        SettingsException bad =
                new SettingsException(
                        name + " must be an http or https URL with a host and without a user");
        try {
            URI uri = new URI(text.get());
            boolean isHttp =
                    "http".equalsIgnoreCase(uri.getScheme())
                            || "https".equalsIgnoreCase(uri.getScheme());
            if (!isHttp || uri.getHost() == null || uri.getRawUserInfo() != null) {
                throw bad;
            }
            return Optional.of(uri);
        } catch (URISyntaxException e) {
            throw bad;
        }
    }

    /** Origins as browsers send them, or one star. */
    Set<String> origins(String name) throws SettingsException {
        Set<String> origins = new LinkedHashSet<>();
        String text = variables.text(name).orElse("").strip();
        for (String entry : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            String origin = entry.strip();
            origins.add(
                    origin.equals("*")
                            ? origin
                            : Origin.of(origin)
                                    .orElseThrow(
                                            () ->
                                                    new SettingsException(
                                                            name
                                                                    + " must be * or origins such as"
                                                                    + " https://app.example.com,"
                                                                    + " separated by commas, was '"
                                                                    + text
                                                                    + "'")));
        }
        return origins;
    }
}
