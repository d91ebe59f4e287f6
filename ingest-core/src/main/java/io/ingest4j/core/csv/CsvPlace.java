package io.ingest4j.core.csv;

import io.ingest4j.api.Position;

/**
 * What the detail of a position says, such as {@code line=3} or {@code line=3,charset=UTF-16LE}.
 *
 * @param line the line in the object, from 1, or less when that isn't known
 * @param charset the charset with the byte order that was found, where the object's byte order mark decides it; else
 *     empty
 */
record CsvPlace(long line, String charset) {

    private static final String LINE = "line=";
    private static final String CHARSET = "charset=";

    static CsvPlace of(Position position) {
        long line = 0;
        String charset = "";
        for (String part : position.detail().split(",", -1)) {
            if (part.startsWith(LINE)) {
                line = Long.parseLong(part.substring(LINE.length()));
            } else if (part.startsWith(CHARSET)) {
                charset = part.substring(CHARSET.length());
            }
        }
        return new CsvPlace(line, charset);
    }

    /** Returns the place some lines further on, if the line is known. */
    CsvPlace plus(int lines) {
        return line < 1 ? this : new CsvPlace(line + lines, charset);
    }

    String detail() {
        String first = line < 1 ? "" : LINE + line;
        String second = charset.isEmpty() ? "" : CHARSET + charset;
        return first + (first.isEmpty() || second.isEmpty() ? "" : ",") + second;
    }
}
