package io.ingest4j.examples.settings;

/** A setting is missing or bad; the message names it, the rule and the value. */
public final class SettingsException extends Exception {

    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message for the person who set it
     */
    public SettingsException(String message) {
        super(message);
    }
}
