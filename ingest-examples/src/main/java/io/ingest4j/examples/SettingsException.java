package io.ingest4j.examples;

/** A setting is missing or bad; the message names it, the rule and the value. */
final class SettingsException extends Exception {

    private static final long serialVersionUID = 1;

    SettingsException(String message) {
        super(message);
    }
}
