package io.ingest4j.examples.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code .env} file: lines of {@code KEY=value}, perhaps after {@code export}, the value perhaps in
 * single or double quotes; empty lines and those that begin with {@code #} mean nothing. A key that
 * comes twice has its last value.
 */
public final class DotEnv {

    private static final Pattern LINE =
            Pattern.compile("(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(.*)");

    private DotEnv() {}

    /**
     * Reads a file; one that isn't there has no settings.
     *
     * @param file the file
     * @return its values by their keys
     * @throws SettingsException if it can't be read or has another form
     */
    public static Map<String, String> read(Path file) throws SettingsException {
        if (Files.notExists(file)) {
            return Map.of();
        }
        try {
            return parse(Files.readAllLines(file), file.toString());
        } catch (IOException e) {
            throw new SettingsException(
                    file + " must be a readable UTF-8 file, was not: " + e.getMessage());
        }
    }

    static Map<String, String> parse(List<String> lines, String file) throws SettingsException {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                // The line itself may hold a secret.
                throw new SettingsException(
                        file + " must hold lines of KEY=value, line " + (i + 1) + " was none");
            }
            values.put(matcher.group(1), unquoted(matcher.group(2)));
        }
        return values;
    }

    private static String unquoted(String value) {
        char first = value.isEmpty() ? ' ' : value.charAt(0);
        boolean quoted = first == '"' || first == '\'';
        return quoted && value.length() > 1 && value.charAt(value.length() - 1) == first
                ? value.substring(1, value.length() - 1)
                : value;
    }
}
