package io.ingest4j.examples.settings;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.Level;

/**
 * Looks settings up, first on the command line, then in the environment, then in the {@code .env} file.
 * An empty value counts as not set.
 */
public final class Variables {

    private record Value(String name, String text) {}

    private final Map<String, String> arguments;
    private final List<Map<String, String>> variables;

    /**
     * Makes a lookup.
     *
     * @param arguments the command line's options by their names
     * @param environment the environment
     * @param dotEnv the file's values
     */
    public Variables(
            Map<String, String> arguments,
            Map<String, String> environment,
            Map<String, String> dotEnv) {
        this.arguments = arguments;
        variables = List.of(environment, dotEnv);
    }

    /**
     * Finds the value of a variable.
     *
     * @param variable its name
     * @return the value, if it is set
     */
    public Optional<String> text(String variable) {
        return variables.stream()
                .map(values -> values.getOrDefault(variable, ""))
                .filter(value -> !value.isEmpty())
                .findFirst();
    }

    /**
     * Finds a whole number.
     *
     * @param argument the name on the command line, or empty
     * @param variable the name elsewhere, or empty
     * @param min the least that it may be
     * @param max the most
     * @param fallback what it is if it isn't set
     * @return the number
     * @throws SettingsException if it is none, or out of range
     */
    public long number(String argument, String variable, long min, long max, long fallback)
            throws SettingsException {
        Optional<Value> value = value(argument, variable);
        return value.isPresent() ? number(value.get(), min, max) : fallback;
    }

    /**
     * Finds a yes or no.
     *
     * @param variable its name
     * @return what it is, false if it isn't set
     * @throws SettingsException if it is neither
     */
    public boolean flag(String variable) throws SettingsException {
        String text = text(variable).orElse("false").strip().toLowerCase(Locale.ROOT);
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new SettingsException(
                            variable + " must be true or false, was '" + text + "'");
        };
    }

    /**
     * Finds {@code LOG_LEVEL}.
     *
     * @return the level, INFO if it isn't set
     * @throws SettingsException if it is none
     */
    public Level logLevel() throws SettingsException {
        String text = text("LOG_LEVEL").orElse("INFO");
        return switch (text.strip().toUpperCase(Locale.ROOT)) {
            case "DEBUG" -> Level.DEBUG;
            case "INFO" -> Level.INFO;
            case "WARN", "WARNING" -> Level.WARN;
            case "ERROR", "CRITICAL" -> Level.ERROR;
            default ->
                    throw new SettingsException(
                            "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, was '" + text + "'");
        };
    }

    private Optional<Value> value(String argument, String variable) {
        String given = arguments.get(argument);
        return given != null
                ? Optional.of(new Value(argument, given))
                : text(variable).map(text -> new Value(variable, text));
    }

    private static long number(Value value, long min, long max) throws SettingsException {
        String rule =
                value.name
                        + " must be a whole number from "
                        + min
                        + " to "
                        + max
                        + ", was '"
                        + value.text
                        + "'";
        try {
            long number = Long.parseLong(value.text.strip());
            if (number < min || number > max) {
                throw new SettingsException(rule);
            }
            return number;
        } catch (NumberFormatException e) {
            throw new SettingsException(rule);
        }
    }
}
