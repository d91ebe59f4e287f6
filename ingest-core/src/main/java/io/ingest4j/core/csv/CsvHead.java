package io.ingest4j.core.csv;

import java.io.Serializable;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The names that the rows of a file are written under. */
final class CsvHead implements Serializable {

    private static final long serialVersionUID = 1;

    static final CsvHead UNKNOWN = new CsvHead(new String[0]);

    private final String[] names;

    private CsvHead(String[] names) {
        this.names = names;
    }

    static CsvHead of(List<String> names) {
        return new CsvHead(names.toArray(String[]::new));
    }

    boolean isKnown() {
        return names.length > 0;
    }

    /** Returns a text in which each name ends with a comma. */
    String encode() {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append(URLEncoder.encode(name, StandardCharsets.UTF_8)).append(',');
        }
        return text.toString();
    }

    static CsvHead decode(String text) {
        if (text.isEmpty()) {
            return UNKNOWN;
        }
        if (!text.endsWith(",")) {
            throw new IllegalArgumentException(
                    "a CSV head must be names that each end with a comma, was '" + text + "'");
        }
        String[] names = text.substring(0, text.length() - 1).split(",", -1);
        for (int i = 0; i < names.length; i++) {
            names[i] = URLDecoder.decode(names[i], StandardCharsets.UTF_8);
        }
        return new CsvHead(names);
    }

    /** Throws unless each field of such a row stands under its own name, or has none. */
    void requireFit(List<String> rowNames) {
        for (int i = 0; i < rowNames.size(); i++) {
            String under = i < names.length ? names[i] : Integer.toString(i + 1);
            if (!rowNames.get(i).equals(under)) {
                throw new IllegalArgumentException(
                        "names of a row must be those of the header, "
                                + Arrays.toString(names)
                                + ", was "
                                + rowNames);
            }
        }
    }
}
