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
 * single or double quotes; empty lines and those that begin with {@code #} mean nothing. A comment may
 * follow a value: it begins with a {@code #} after a space. A {@code #} that stands elsewhere, or within
 * quotes, belongs to the value. A key that comes twice has its last value. A byte order mark is no part of
 * the first line.
 */
public final class DotEnv {

    private static final Pattern LINE =
            Pattern.compile("(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=(.*)");

    private static final String QUOTES = "\"'";
    private static final Pattern QUOTED = Pattern.compile("([\"'])(.*?)\\1(?:\\s+#.*)?");
    private static final Pattern COMMENT = Pattern.compile("\\s+#.*");
    private static final String BYTE_ORDER_MARK = "\uFEFF";

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
            String line = (i == 0 ? withoutMark(lines.get(i)) : lines.get(i)).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                // The line itself may hold a secret.
                throw new SettingsException(
                        file + " must hold lines of KEY=value, line " + (i + 1) + " was none");
            }
            String place = "line %d of %s, %s,".formatted(i + 1, file, matcher.group(1));
            values.put(matcher.group(1), value(matcher.group(2), place));
        }
        return values;
    }

    /** Editors on Windows begin UTF-8 files with one. */
    private static String withoutMark(String line) {
        return line.startsWith(BYTE_ORDER_MARK) ? line.substring(1) : line;
    }

    private static String value(String afterSign, String place) throws SettingsException {
        String text = afterSign.strip();
        if (text.isEmpty() || QUOTES.indexOf(text.charAt(0)) < 0) {
            return COMMENT.matcher(afterSign).replaceFirst("").strip();
        }
        Matcher quoted = QUOTED.matcher(text);
        if (!quoted.matches()) {
            throw new SettingsException(
                    place + " must end with its quote, or a comment after a space, did not");
        }
        return quoted.group(2);
    }
}
