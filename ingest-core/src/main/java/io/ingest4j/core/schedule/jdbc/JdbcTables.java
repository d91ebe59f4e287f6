package io.ingest4j.core.schedule.jdbc;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a store's tables are called. Statements are written with {@code {item}} for a table and {@code
 * [item_waiting]} for another object.
 */
record JdbcTables(String schema, String prefix) {

    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,31}");
    private static final Pattern TABLE = Pattern.compile("\\{(\\w+)}");
    private static final Pattern OBJECT = Pattern.compile("\\[(\\w+)]");

    JdbcTables {
        Objects.requireNonNull(schema, "schema");
        Objects.requireNonNull(prefix, "tablePrefix");
        if (!schema.isEmpty()) {
            requireName("schema", schema);
        }
        requireName("tablePrefix", prefix);
    }

    String expand(String statement) {
        String objects =
                OBJECT.matcher(statement).replaceAll(Matcher.quoteReplacement(prefix).concat("$1"));
        String tables = (schema.isEmpty() ? "" : schema + '.') + prefix;
        return TABLE.matcher(objects).replaceAll(Matcher.quoteReplacement(tables).concat("$1"));
    }

    private static void requireName(String name, String value) {
        if (!NAME.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    name + " must match " + NAME + ", was '" + value + "'");
        }
    }
}
