package io.ingest4j.core.schedule.jdbc;

/** What a text must be for every database to keep it and give it back as it was. */
final class JdbcText {

    private JdbcText() {}

    /** Requires a text without NUL, which PostgreSQL refuses, and unpaired surrogates, which no UTF-8 has. */
    static String require(String name, String value) {
        int wrong = wrong(value, 0);
        if (wrong >= 0) {
            throw new IllegalArgumentException(
                    "%s must hold no %s, held one at character %d"
                            .formatted(
                                    name,
                                    value.charAt(wrong) == '\0' ? "NUL" : "unpaired surrogate",
                                    wrong));
        }
        return value;
    }

    /** Replaces what can't be kept. */
    static String clean(String value) {
        int wrong = wrong(value, 0);
        if (wrong < 0) {
            return value;
        }
        StringBuilder text = new StringBuilder(value);
        for (; wrong >= 0; wrong = wrong(value, wrong + 1)) {
            text.setCharAt(wrong, '\uFFFD');
        }
        return text.toString();
    }

    private static int wrong(String value, int from) {
        for (int i = from; i < value.length(); i++) {
            char one = value.charAt(i);
            if (one == '\0') {
                return i;
            }
            if (Character.isSurrogate(one)) {
                if (!Character.isHighSurrogate(one)
                        || i + 1 == value.length()
                        || !Character.isLowSurrogate(value.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
